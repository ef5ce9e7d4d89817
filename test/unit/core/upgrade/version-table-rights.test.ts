/** Tests whether Alembic can create its version table. Alembic does this before it loads migrations. */
import { expect, test } from 'vitest'
import type { DatabaseState, Privileges } from '../../../../src/core/history/database-state.ts'
import { noEffects } from '../../../../src/core/history/env-effects.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import type { Repository } from '../../../../src/core/history/repository.ts'
import type { Prediction } from '../../../../src/core/upgrade/prediction.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import { database, project } from '../../../support/history.ts'

function predict(state: DatabaseState, env: Partial<Repository['env']> = {}): Prediction {
  const plain = project({ a: [] })
  const repository = { ...plain, env: { ...plain.env, ...env } }
  return predictUpgrade(repository, buildGraph(repository), state, 'head')
}

/** Returns a database without a version table in the schema. */
function without(privileges: Privileges, schema: string | null = 'app'): DatabaseState {
  const empty = database(null)
  return { ...empty, privileges, versionTable: { ...empty.versionTable, schema } }
}

const denied = {
  outcome: 'fails',
  steps: [],
  versionsAfter: [],
  error: {
    type: 'ProgrammingError',
    message: '(psycopg2.errors.InsufficientPrivilege) permission denied for schema app',
  },
  cause: { kind: 'version-privilege', statement: 'CREATE TABLE alembic_version', table: 'alembic_version' },
}

test('without CREATE on the schema, the upgrade fails before it begins', () => {
  expect(predict(without({ writeVersions: false, createTables: false }))).toMatchObject(denied)
})

test('with CREATE it succeeds, and so it does if privileges are unknown', () => {
  expect(predict(without({ writeVersions: true, createTables: true })).outcome).toBe('succeeds')
  expect(predict(database(null)).outcome).toBe('succeeds')
})

test('if the role has no access to any schema of the search path, there is none to create the table in', () => {
  expect(predict(without({ writeVersions: null, createTables: null }, null))).toMatchObject({
    outcome: 'fails',
    error: {
      message: '(psycopg2.errors.InvalidSchemaName) no schema has been selected to create in',
    },
  })
  // No migration can create this schema in time, because Alembic creates the version table first.
  expect(predict(without({ writeVersions: null, createTables: null }))).toMatchObject({
    outcome: 'fails',
    cause: { kind: 'version-schema', schema: 'app' },
  })
})

test("an existing version table isn't created", () => {
  const privileges = { writeVersions: false, createTables: false }
  const empty = { ...database([]), privileges }
  expect(predict(empty)).not.toMatchObject({ cause: { statement: 'CREATE TABLE alembic_version' } })
})

test('privileges that env.py may change decide nothing', () => {
  const span = { path: 'env.py', line: 1, column: 1 }
  const doubts = [{ what: 'takes a role', span, touches: { kind: 'rights' } as const }]
  const effects = { postgresql: { ...noEffects, doubts }, sqlite: noEffects }
  expect(predict(without({ writeVersions: false, createTables: false }), { effects }).outcome).toBe(
    'succeeds',
  )
})

test("a read-only database can't get a version table", () => {
  const readOnly = 'a standby server'
  expect(predict(database(null, { readOnly }))).toMatchObject({
    outcome: 'fails',
    cause: { kind: 'read-only', reason: readOnly },
  })
  expect(predict(database(['a'], { readOnly })).outcome).toBe('succeeds')
})
