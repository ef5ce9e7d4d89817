/** A plain file's syntax tree must equal the parser package's tree, including positions and field order. */
import * as fc from 'fast-check'
import { parse } from 'py-ast'
import { expect, test } from 'vitest'
import { recogniseModule } from '../../../../src/python/syntax/grammar.ts'
import { plainTree } from '../../../../src/python/syntax/plain-tree.ts'
import { scanTokens } from '../../../../src/python/tokens/tokenize.ts'
import { generatedStates, sourceOf } from '../../../support/broken-states.ts'

/** Comparing text instead of objects also covers the order of fields. */
const textOf = (tree: unknown): string => JSON.stringify(tree, null, 1)

function expectSame(source: string): void {
  const tokens = scanTokens(source)
  expect(recogniseModule(tokens).objection).toBeNull()
  const plain = plainTree(tokens)
  expect(plain, source).not.toBeNull()
  expect(textOf(plain?.body)).toBe(textOf(parse(source).body))
}

test.each([
  '',
  '\n# only a comment\n',
  '"""one\n\n  two"""\n\n\nimport a\nimport a.b, c as d\nfrom a.b import c, d as e\nfrom a import (\n  b,\n  c as d,\n)\n',
  "x = y = None\nx: int\nx: Union[str, Sequence[str], None] = None\nx: a = 1, 2\nx = ()\nx = ('a',)\nx = 'a', b\nx = 1,\n",
  "x = {'a': [1, 2], b.c: {}}\nx = [\n  'a',\n  True,\n]\nx = '''a\nb'''\n",
  'def f():\n  pass\n\ndef g(a, b,) -> None: return\ndef h(a):\n    """doc"""\n    return a, b\n    # comment\n',
  "with a: pass\nwith a.b('c', d=e) as f, g:\n    f(*a, **b)\n    f(\n        x,  # why\n    )(y)[0].z\n\n    pass\n",
  'def f():\n  with a:\n    pass\n\n\n\n# end',
  'x = 1 ; y = 2\n'.replace(' ; y = 2', ''),
])('%j', (source) => {
  expectSame(source)
})

test.each([
  'x = (1)\n',
  'x = 1; y = 2\n',
  "x = 'a' 'b'\n",
  "x = 'a\\n'\n",
  "x = r'a'\n",
  "x = f'a'\n",
  "x = b'a'\n",
  "x = 'é'\n",
  'x = 1.5\nx = 0x1\n',
  'x = -1\n',
  'x = a + b\n',
  'x = a if b else c\n',
  'x = a and b\n',
  'x = [a for a in b]\n',
  'x = f(a for a in b)\n',
  'x = {1, 2}\n',
  'x = {**a}\n',
  'x = a[1:2]\n',
  'x += 1\n',
  'x.y = 1\n',
  'x, y = 1, 2\n',
  'from . import a\n',
  'from a import *\n',
  'type X = int\n',
  'match x:\n  case 1: pass\n',
  'if a:\n\tpass\n',
  'if a:\n  pass\n',
  'for a in b: pass\n',
  '@a\ndef f(): pass\n',
  'def f(a=1): pass\n',
  'def f(a: int): pass\n',
  'async def f(): pass\n',
  'with (a): pass\n',
  'with a as b.c: pass\n',
  'class A: pass\n',
])('%j is left to the parser package', (source) => {
  expect(plainTree(scanTokens(source))).toBeNull()
})

test('the generated migrations are plain', () => {
  const [revision] = generatedStates['merges']?.(100).revisions.slice(9) ?? []
  if (revision) expectSame(sourceOf(revision))
  expect(revision?.down).toHaveLength(2)
})

const nameOf = fc.constantFrom('a', 'op', 'sa', 'batch_op', 'revision', 'None_', 'x1')
const spaceOf = fc.constantFrom('', ' ', '\n   ', '  # note (\n')
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    nameOf,
    fc.constantFrom("'text'", '"text"', "''", '12', '0', 'None', 'True', 'False', "'''a\nb'''"),
    fc.tuple(nameOf, nameOf).map(([a, b]) => `${a}.${b}`),
    fc
      .tuple(nameOf, fc.array(tie('expression'), { maxLength: 3 }), spaceOf, fc.boolean())
      .map(
        ([a, all, space, comma]) =>
          `${a}(${space}${all.join(`,${space}`)}${comma && all.length > 0 ? ',' : ''}${space})`,
      ),
    fc.tuple(nameOf, nameOf, tie('expression')).map(([a, b, c]) => `${a}(${b}=${c}, **${a})`),
    fc.tuple(nameOf, tie('expression')).map(([a, b]) => `${a}[${b}]`),
    fc.array(tie('expression'), { maxLength: 3 }).map((all) => `[${all.join(', ')}]`),
    fc.array(tie('expression'), { minLength: 2, maxLength: 3 }).map((all) => `(${all.join(', ')})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `{${a}: ${b}}`),
  ),
}))
const line = fc.oneof(
  expression,
  fc.tuple(nameOf, expression).map(([a, b]) => `${a} = ${b}`),
  fc.tuple(nameOf, expression, expression).map(([a, b, c]) => `${a}: ${b} = ${c}`),
  fc.constantFrom('pass', 'import a.b as c', 'from a import b, c'),
)
const body = (depth: number): fc.Arbitrary<string> => {
  const indent = '  '.repeat(depth)
  const plain = line.map((text) => `${indent}${text}\n`)
  const part =
    depth > 2
      ? plain
      : fc.oneof(
          { weight: 3, arbitrary: plain },
          fc
            .tuple(nameOf, body(depth + 1))
            .map(([a, inner]) => `${indent}def ${a}(a, b) -> None:\n${inner}\n`),
          fc
            .tuple(expression, body(depth + 1))
            .map(([a, inner]) => `${indent}with op.f(${a}) as b:\n${inner}`),
        )
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''))
}

test('random plain modules', () => {
  fc.assert(
    fc.property(body(0), (source) => {
      expectSame(source)
    }),
    { numRuns: 300 },
  )
})
