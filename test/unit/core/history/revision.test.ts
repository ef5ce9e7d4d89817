import { describe, expect, test } from 'vitest'
import { parseAlembicVersion } from '../../../../src/core/history/alembic-version.ts'
import { unreadableReason } from '../../../../src/rules/phrases/unreadable-file.ts'
import type { MigrationModule, PyValue } from '../../../../src/core/history/migration-module.ts'
import { type LoadedFile, loadFile } from '../../../../src/core/history/revision.ts'
import { moduleOf } from '../../../support/random-history.ts'

const none: PyValue = { kind: 'none' }
const str = (value: string): PyValue => ({ kind: 'str', value })
const span = { path: 'v/1.py', line: 3, column: 5 }

function load(changes: Partial<MigrationModule>, version = '1.19.1'): LoadedFile {
  const module = moduleOf({
    name: 'a_1.py',
    revision: 'a',
    downRevision: none,
    dependsOn: none,
    branchLabels: none,
    upgrade: 'takes all',
  })
  const alembic = parseAlembicVersion(version)
  if (!alembic) throw new Error(version)
  return loadFile({ ...module, ...changes }, alembic)
}

function parentsOf(value: PyValue, version?: string): unknown {
  const file = load({ downRevision: { kind: 'value', value, span } }, version)
  if (file.kind !== 'revision') return file.kind === 'raises' ? file.error.message : file.reason
  const { downRevisions, isBase, strangeParent } = file.revision
  return strangeParent ? strangeParent.error : isBase ? 'base' : downRevisions
}

const down = (value: PyValue): MigrationModule['downRevision'] => ({ kind: 'value', value, span })

describe('down_revision', () => {
  test.each<[string, PyValue, unknown, unknown]>([
    ['None', none, 'base', 'base'],
    ["'x'", str('x'), ['x'], ['x']],
    ["'' is a base until 1.12.1", str(''), 'base', ['']],
    ['()', { kind: 'tuple', items: [] }, 'base', 'base'],
    ['(None,)', { kind: 'tuple', items: [none] }, 'base', 'base'],
    ["('x',)", { kind: 'tuple', items: [str('x')] }, ['x'], ['x']],
    ["['x', 'y']", { kind: 'list', items: [str('x'), str('y')] }, ['x', 'y'], ['x', 'y']],
    ["{'x'}", { kind: 'set', items: [str('x')] }, "'set' object is not subscriptable", ['x']],
    [
      '5',
      { kind: 'int', value: '5' },
      "object of type 'int' has no len()",
      { type: 'TypeError', message: 'sequence item 0: expected str instance, int found' },
    ],
    ['False', { kind: 'bool', value: false }, 'base', { type: 'KeyError', message: 'False' }],
    [
      "('x', None)",
      { kind: 'tuple', items: [str('x'), none] },
      { type: 'TypeError', message: 'sequence item 1: expected str instance, NoneType found' },
      { type: 'TypeError', message: 'sequence item 1: expected str instance, NoneType found' },
    ],
  ])('%s', (_, value, before, since) => {
    expect([parentsOf(value, '1.12.0'), parentsOf(value, '1.12.1')]).toEqual([before, since])
  })

  test('a set of several values has no order, a set of one does', () => {
    const unordered = [
      ['x', 'y'],
      ['x', 'x'],
    ].map((names) => {
      const file = load({ downRevision: down({ kind: 'set', items: names.map(str) }) })
      return file.kind === 'revision' && file.revision.unorderedParents
    })
    expect(unordered).toEqual([true, false])
  })

  test("a value with unknown effect isn't guessed", () => {
    const value = { kind: 'other', type: 'bytes' } as const
    const reason = { kind: 'value', name: 'down_revision', value } as const
    expect(parentsOf(value)).toEqual(reason)
    expect(unreadableReason(reason)).toBe(
      "down_revision is a bytes, and the guard can't tell how Alembic would interpret it",
    )
  })
})

describe('Alembic rejects', () => {
  const refusals: [string, Partial<MigrationModule>, string, string][] = [
    ['a self-loop', { downRevision: down(str('a')) }, 'self-loop', 'Self-loop is detected in revisions (a)'],
    [
      'a dependency on itself',
      { dependsOn: down({ kind: 'tuple', items: [str('x'), str('a')] }) },
      'dependency-self-loop',
      'Dependency self-loop is detected in revisions (a)',
    ],
    [
      'illegal characters, sorted',
      { revision: down(str('a@b-c')) },
      'illegal-id',
      "Character(s) '-, @' not allowed in revision identifier 'a@b-c'",
    ],
    [
      'a self-loop before illegal characters',
      { revision: down(str('a-')), downRevision: down(str('a-')) },
      'self-loop',
      'Self-loop is detected in revisions (a-)',
    ],
    [
      'no down_revision',
      { downRevision: { kind: 'unbound' } },
      'no-down-revision',
      "module 'a_1_py' has no attribute 'down_revision'",
    ],
    ['revision = None', { revision: down(none) }, 'wrong-type', "'NoneType' object is not iterable"],
    [
      'no revision, and a name that is not hexadecimal',
      { revision: { kind: 'unbound' } },
      'no-revision',
      "Could not determine revision id from filename a_1.py. Be sure the 'revision' variable is declared inside the script (please see 'Upgrading from Alembic 0.1 to 0.2' in the documentation).",
    ],
  ]
  test.each(refusals)('%s', (_, changes, defect, message) => {
    expect(load(changes)).toMatchObject({ kind: 'raises', defect, error: { message } })
  })

  test('a colon since 1.17.1', () => {
    const kinds = ['1.17.0', '1.17.1'].map((version) => load({ revision: down(str('a:b')) }, version).kind)
    expect(kinds).toEqual(['revision', 'raises'])
  })
})

test('a file without revision whose name is hexadecimal is identified by its name', () => {
  const file = load({ path: 'v/add.py', revision: { kind: 'unbound' } })
  expect(file.kind === 'revision' && file.revision.id).toBe('add')
})

test('a computed id is unreadable, with its source text', () => {
  const revision = { kind: 'unreadable' as const, expression: 'make_id()', reason: 'a call', span }
  expect(load({ revision })).toMatchObject({ kind: 'unreadable', expression: 'make_id()', id: null, span })
})

test('an unreadable parent leaves the id known', () => {
  const downRevision = { kind: 'unreadable' as const, expression: 'X', reason: 'a name', span }
  expect(load({ downRevision })).toMatchObject({ kind: 'unreadable', id: 'a' })
})

test('an empty depends_on prevents a revision from being a real base', () => {
  const real = [str(''), { kind: 'tuple' as const, items: [] }, none].map((value) => {
    const file = load({ dependsOn: down(value) })
    return file.kind === 'revision' && file.revision.isRealBase
  })
  expect(real).toEqual([false, true, true])
})

test('the message ends at the first blank line', () => {
  const file = load({ doc: '\n  add users\nand more\n\nRevision ID: a\n' })
  expect(file.kind === 'revision' && file.revision.message).toBe('add users\nand more')
})
