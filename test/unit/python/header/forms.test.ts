/** Compares unusual migration files with Alembic's recorded results. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Binding, MigrationModule, PyValue } from '../../../../src/core/history/migration-module.ts'
import { messageOf, readMigration } from '../../../../src/python/header/read-migration.ts'

interface Seen {
  readonly file: string
  readonly revision: string
  readonly down_revision: readonly (string | null)[]
  readonly branch_labels: readonly string[]
  readonly depends_on: readonly string[]
  readonly doc: string
}

interface Case {
  readonly case: string
  readonly files: Readonly<Record<string, string | { readonly base64: string }>>
  readonly alembic_1_19_1: {
    readonly revisions: readonly Seen[]
    readonly error: { readonly type: string; readonly message: string; readonly file?: string } | null
  }
}

const { cases } = JSON.parse(readFileSync('test/fixtures/forms.json', 'utf8')) as {
  readonly cases: readonly Case[]
}

/** Values known only at run time. Remove a case once the guard can read it. */
const unreadable: Readonly<Record<string, string>> = {
  'v-get-down-revision': 'down_revision comes from an imported function',
  'v-getenv': 'revision and down_revision come from the environment',
  'v-global-in-func': 'a function that is called assigns down_revision',
  'v-import-as': 'revision is imported',
  'v-import-const': 'revision and down_revision are imported constants',
  'v-listdir': 'down_revision comes from the files in the folder',
  'v-star-import': 'a star import may bind any name',
  'v-try-import-deps': 'depends_on hangs on what is installed',
  'v-uuid-call': 'revision is computed by uuid5()',
}

/** Errors caused by Alembic or the environment, not by the file. */
const laterErrors = new Set([
  'CommandError',
  'AttributeError',
  'RevisionError',
  'LoopDetected',
  'DependencyLoopDetected',
])

function read(entry: Case, path: string): MigrationModule {
  const text = entry.files[path] ?? ''
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.base64, 'base64')
  return readMigration(bytes, path)
}

function unreadableNames(module: MigrationModule): string[] {
  const { revision, downRevision, branchLabels, dependsOn } = module
  const bindings = { revision, downRevision, branchLabels, dependsOn }
  return Object.entries(bindings).flatMap(([name, binding]) => (binding.kind === 'unreadable' ? [name] : []))
}

function idOf(value: PyValue): string | null {
  return value.kind === 'str' ? value.value : null
}

function idsOf(binding: Binding): readonly (string | null)[] {
  if (binding.kind !== 'value' || binding.value.kind === 'none') return []
  return 'items' in binding.value ? binding.value.items.map(idOf) : [idOf(binding.value)]
}

/** Sorts ids from a set, because sets are unordered. */
function inOrder(binding: Binding, ids: readonly (string | null)[]): readonly (string | null)[] {
  const unordered = binding.kind === 'value' && /set/.test(binding.value.kind)
  return unordered ? [...ids].sort() : ids
}

describe('the reader finds the same values as real Alembic', () => {
  for (const entry of cases) {
    const seen = entry.alembic_1_19_1.revisions ?? []
    if (seen.length === 0 || entry.case in unreadable) continue
    test(entry.case, () => {
      for (const revision of seen) {
        const module = read(entry, revision.file)
        expect(module.raises).toBeNull()
        expect(module.unreadable).toBeNull()
        expect(unreadableNames(module)).toEqual([])
        expect(messageOf(module.doc)).toBe(revision.doc)
        // Without `revision`, Alembic takes the id from the file name.
        if (module.revision.kind === 'value' && entry.case !== 'v-bytes') {
          expect(idsOf(module.revision)).toEqual([revision.revision])
        }
        const { downRevision, branchLabels, dependsOn } = module
        expect(inOrder(downRevision, idsOf(downRevision))).toEqual(
          inOrder(downRevision, revision.down_revision),
        )
        expect([...idsOf(branchLabels)].sort()).toEqual([...revision.branch_labels].sort())
        expect([...idsOf(dependsOn)].sort()).toEqual([...revision.depends_on].sort())
      }
    })
  }
})

test('bytes are a value, though Alembic would never find them', () => {
  const entry = cases.find((one) => one.case === 'v-bytes')
  if (entry === undefined) throw new Error('no such case')
  const { revision } = read(entry, 'alembic/versions/bbb_x.py')
  expect(revision).toMatchObject({ kind: 'value', value: { kind: 'other', type: 'bytes' } })
})

describe('values only known at run time are reported as unreadable', () => {
  test('in exactly these cases', () => {
    const found = cases.filter((entry) =>
      Object.keys(entry.files).some(
        (path) =>
          /versions\/[^.]/.test(path) &&
          path.endsWith('.py') &&
          unreadableNames(read(entry, path)).length > 0,
      ),
    )
    expect(found.map((entry) => entry.case).sort()).toEqual(Object.keys(unreadable).sort())
  })

  test('with the expression and its position', () => {
    const entry = cases.find((one) => one.case === 'v-uuid-call')
    if (entry === undefined) throw new Error('no such case')
    expect(read(entry, 'alembic/versions/bbb_x.py').revision).toEqual({
      kind: 'unreadable',
      expression: 'uuid.uuid5(uuid.NAMESPACE_DNS, "x").hex[-12:]',
      reason: 'the result of uuid.uuid5() is only known at run time',
      span: { path: 'alembic/versions/bbb_x.py', line: 6, column: 12 },
    })
  })
})

describe("a file that Alembic can't execute raises the same error here", () => {
  // `op.f` at module level makes `alembic heads` fail, but works in `alembic upgrade`.
  const dependsOnCommand = new Set(['f-op-at-import'])
  for (const entry of cases) {
    const { error } = entry.alembic_1_19_1
    const file = error?.file
    if (error === null || file === undefined || laterErrors.has(error.type)) continue
    if (dependsOnCommand.has(entry.case) || entry.case in unreadable) continue
    if (error.type === 'TypeError') continue
    test(entry.case, () => {
      const [, message = error.message, line] = /^(.*) \([^()]+, line (\d+)\)$/s.exec(error.message) ?? []
      const { raises } = read(entry, file)
      expect(raises?.error).toEqual({ type: error.type, message })
      if (line !== undefined) expect(raises?.span).toMatchObject({ path: file, line: Number(line) })
    })
  }

  test("a value of the wrong type is still a value: Alembic's reaction isn't decided here", () => {
    const wrong = cases.filter((entry) => entry.alembic_1_19_1.error?.type === 'TypeError')
    expect(wrong.map((entry) => entry.case)).toContain('v-int')
    for (const entry of wrong) {
      const { file } = entry.alembic_1_19_1.error ?? {}
      if (file !== undefined) expect(read(entry, file).raises).toBeNull()
    }
  })
})
