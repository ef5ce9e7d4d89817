/** Each reason for an unknown outcome must name the file, revision or table. */
import { expect, test } from 'vitest'
import type { UnknownReason } from '../../../../src/core/upgrade/prediction.ts'
import { undetermined, unknownReason } from '../../../../src/report/phrases/diagnosis.ts'

const relation = { kind: 'relation', table: 'av', statement: 'INSERT', view: false } as const

test.each<[UnknownReason, readonly string[]]>([
  [{ kind: 'env', path: 'migrations/env.py', expression: 'f()' }, ['migrations/env.py', 'f()']],
  [{ kind: 'order', complete: true }, ['depends on the order']],
  [{ kind: 'order', complete: false }, ['may depend', 'too many possible orders']],
  [{ kind: 'inheritedLabels', identifier: 'cli@head' }, ['cli@head']],
  [{ kind: 'endless', ids: ['a', 'b'] }, ['a, b', 'cycle']],
  [relation, ['whether av, which is not a table, allows', 'INSERT']],
  [{ ...relation, view: true }, ['whether av, which is a view, allows']],
  [{ kind: 'idInSql', id: "a'b" }, [`"a'b"`]],
  [{ kind: 'columnType', type: 'uuid', id: 'a' }, ['uuid', "'a'"]],
  [{ kind: 'filledColumn', table: 'av', column: 'note' }, ['note', 'av', 'SQLite']],
])('%j', (why, parts) => {
  for (const part of parts) expect(unknownReason(why)).toContain(part)
  expect(undetermined({ kind: 'prediction', reason: why })).toBe(unknownReason(why))
})

test('a rule that failed is named', () => {
  expect(undetermined({ kind: 'crash', codes: ['AG101', 'AG201'] })).toContain('AG101, AG201')
})
