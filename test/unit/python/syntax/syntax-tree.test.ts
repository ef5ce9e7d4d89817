/** Tests the positions of nodes, the values of literals, and the rejection of invalid source code. */
import { describe, expect, test } from 'vitest'
import { constantOf, parsePython } from '../../../../src/python/syntax/syntax-tree.ts'
import type { SyntaxTree } from '../../../../src/python/syntax/syntax-tree.ts'

function treeOf(text: string): SyntaxTree {
  const parsed = parsePython(text)
  if (parsed.kind !== 'tree') throw new Error(JSON.stringify(parsed))
  return parsed.tree
}

describe('positions', () => {
  test('columns count characters, not bytes', () => {
    const tree = treeOf('é = "üü😀"; x = f(1)\n')
    const [, second] = tree.body
    if (second === undefined) throw new Error('no statement')
    expect(tree.positionOf(second)).toEqual({ line: 1, column: 12 })
    expect(tree.sourceOf(second)).toBe('x = f(1)')
  })

  test("tabs and form feeds don't change positions and strings", () => {
    const tree = treeOf("if x:\n\ty = '''a\n\tb\f'''\n\f\nz = 3\n\fw = 4\n")
    const [condition, , last] = tree.body
    if (condition?.nodeType !== 'If' || condition.body[0] === undefined || last === undefined)
      throw new Error('no if')
    expect(tree.positionOf(condition.body[0])).toEqual({ line: 2, column: 2 })
    expect(tree.sourceOf(condition.body[0])).toBe("y = '''a\n\tb\f'''")
    expect(tree.positionOf(last)).toEqual({ line: 6, column: 2 })
    expect(tree.sourceOf(last)).toBe('w = 4')
  })

  test('a byte order mark and other line endings are supported', () => {
    const tree = treeOf('\uFEFFx = 1\r\ny = 2\rz = 3')
    expect(tree.body.map((node) => tree.positionOf(node).line)).toEqual([1, 2, 3])
  })
})

test.each([
  ['"a" \'b\'', { kind: 'str', value: 'ab' }],
  ['b"a"', { kind: 'bytes', value: 'a' }],
  ['1_000', { kind: 'int', value: '1000' }],
  ['0xff', { kind: 'int', value: '255' }],
  ['123456789012345678901234567890', { kind: 'int', value: '123456789012345678901234567890' }],
  ['1.0', { kind: 'float' }],
  ['1e3', { kind: 'float' }],
  ['2j', { kind: 'complex' }],
  ['...', { kind: 'ellipsis' }],
  ['None', { kind: 'none' }],
  ['True', { kind: 'bool', value: true }],
  ['"\\N{DASH}"', { kind: 'named-character' }],
])('%s is the same constant as in Python', (source, constant) => {
  const tree = treeOf(`x = ${source}\n`)
  const [statement] = tree.body
  if (statement?.nodeType !== 'Assign' || statement.value.nodeType !== 'Constant')
    throw new Error('no constant')
  expect(constantOf(statement.value, tree)).toEqual(constant)
})

test("an error is Python's own, with its position", () => {
  expect(parsePython('x = 1\nif x\n  pass\n')).toEqual({
    kind: 'error',
    error: { type: 'SyntaxError', message: "expected ':'" },
    line: 2,
    column: 5,
  })
})

test('syntax that only the package rejects is unknown', () => {
  expect(parsePython('x = 1\nmatch a, b:\n  case _: pass\n')).toMatchObject({ kind: 'unknown', line: 2 })
})

test('nesting too deep for the package is unknown', () => {
  expect(parsePython(`x = ${'not '.repeat(50_000)}y`)).toMatchObject({ kind: 'unknown' })
})
