/** Tests the cases from test/alembic/sqlalchemy-2.test.ts for each SQLAlchemy version. */
import { describe, expect, test } from 'vitest'
import type { Operation } from '../../../../src/core/history/operation.ts'
import { noModules } from '../../../../src/python/interpreter/run.ts'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'
import { removedCalls, soundCalls } from '../../../support/removed-calls.ts'

function operationsOf(lines: readonly string[], major: 1 | 2 | null): readonly Operation[] {
  const start = ['bind = op.get_bind()', 't = sa.table("t", sa.column("a"), sa.column("b"))']
  const body = [...start, ...lines].map((line) => `    ${line}`).join('\n')
  const source = `from alembic import op\nimport sqlalchemy as sa\nrevision = "a"\ndef upgrade():\n${body}\n`
  const project = { sqlalchemyMajor: () => major }
  const bytes = new TextEncoder().encode(source)
  const read = readUpgrade(bytes, 'a.py', 'sqlite', null, noModules, project)
  return read.kind === 'operations' ? read.operations : []
}

const raises = (operations: readonly Operation[]): boolean => operations.some(({ kind }) => kind === 'raise')

test.each(removedCalls.map((one) => [one.name, one] as const))('%s', (_, { fails, error, passes }) => {
  const last = operationsOf(fails, 2).at(-1)
  expect(last?.kind === 'raise' ? last.error.message : '').toMatch(error)
  expect(raises(operationsOf(fails, 1))).toBe(false)
  const open = operationsOf(fails, null)
  expect(open).toContainEqual(expect.objectContaining({ kind: 'opaque', touches: [] }))
  expect(raises(open)).toBe(false)
  expect(raises(operationsOf(passes, 2))).toBe(false)
})

describe('no exception', () => {
  test.each(soundCalls)('%s', (_, lines) => {
    expect(raises(operationsOf(lines, 2))).toBe(false)
  })
})
