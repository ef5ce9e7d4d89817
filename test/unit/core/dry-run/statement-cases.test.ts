/**
 * Tests the cases from row-statements.test.ts and expressions.test.ts without a database. No invalid
 * statement may count as checked.
 */
import { describe, expect, test } from 'vitest'
import type { Operations } from '../../../../src/core/history/operation.ts'
import { type DryRun, dryRunUpgrade } from '../../../../src/core/dry-run/dry-run.ts'
import { noEffects } from '../../../../src/core/history/env-effects.ts'
import type { SchemaSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'
import { boundedDoubtCases } from '../../../support/bounded-doubt-cases.ts'
import { constructNameCases } from '../../../support/construct-name-cases.ts'
import { determinedCases } from '../../../support/determined-cases.ts'
import { commonInquiries, postgresInquiries } from '../../../support/inquiry-cases.ts'
import { helperCases } from '../../../support/helper-cases.ts'
import { managerCases } from '../../../support/manager-cases.ts'
import { newObjectCases } from '../../../support/new-object-cases.ts'
import { childTableCases, partitionCases } from '../../../support/partition-cases.ts'
import { reflectedColumnCases } from '../../../support/reflected-column-cases.ts'
import { replicaIdentityCases } from '../../../support/replica-identity-cases.ts'
import { routineCases } from '../../../support/routine-cases.ts'
import { knownPartCases } from '../../../support/known-part-cases.ts'
import { statisticsCases } from '../../../support/statistics-cases.ts'
import { typeChangeCases } from '../../../support/type-change-cases.ts'
import { conditionalCases } from '../../../support/conditional-cases.ts'
import { chosenNameCases, namingCases } from '../../../support/dry-run-naming-cases.ts'
import { commonCases, postgresCases } from '../../../support/dry-run-cases.ts'
import {
  commonStatementCases,
  constraintCases,
  constructCases,
  postgresStatementCases,
  swallowedCases,
} from '../../../support/dry-run-statement-cases.ts'
import { defaultNameCases } from '../../../support/default-name-cases.ts'
import { predictedCases, rehearsedCases } from '../../../support/unlisted-object-cases.ts'
import { viewDefinitionCases } from '../../../support/view-definition-cases.ts'
import { expressionCases } from '../../../support/expression-cases.ts'
import {
  acceptedStatements,
  refusedStatements,
  rowStatementSchema,
} from '../../../support/row-statement-cases.ts'

const empty: SchemaSnapshot = {
  dialect: 'postgresql',
  defaultSchema: 'public',
  schemas: ['public'],
  tables: [],
  enums: [],
  statistics: [],
  surroundings: {
    relations: [],
    types: [],
    access: [],
    createSchemas: true,
    ownCasts: false,
    pathSetting: ['public'],
  },
}

/** The same database as seen by a superuser, with extensions that can be installed. */
const surroundings = {
  relations: [],
  types: [],
  access: [{ name: 'public', usage: true, create: true, owned: true }],
  constraintNames: [],
  createSchemas: true,
  superuser: true,
  ownCasts: false,
  pathSetting: ['public'],
}
const known: SchemaSnapshot = {
  ...empty,
  surroundings,
  routines: { taken: ['taken', 'uuid_nil'], own: false, plpgsql: true, sql: true },
  extensions: {
    found: ['uuid-ossp', 'pgcrypto', 'citext'].map((name) => ({
      name,
      installed: false,
      available: true,
      superuserOnly: true,
      trusted: true,
    })),
    plainRules: true,
  },
}

function operationsOf(lines: readonly string[]): Operations {
  const head =
    'import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\nrevision = "a"\n'
  const body = ['pass', ...lines].flatMap((line) => line.split('\n')).map((line) => `    ${line}`)
  const source = `${head}def upgrade():\n${body.join('\n')}\n`
  return readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql').upgrade
}

const executed = (sql: string): string => `op.execute(${JSON.stringify(sql)})`

/** Dry-runs the lines after an earlier pending migration creates the tables. */
function tried(live: readonly string[], lines: readonly string[], schema = empty): DryRun {
  const operations = new Map([
    ['r1', operationsOf(live.map(executed))],
    ['r2', operationsOf(lines)],
  ])
  return dryRunUpgrade(['r1', 'r2'], operations, {
    schema,
    searchPath: ['public'],
    newVersionTable: 'alembic_version',
    versionTableSure: true,
    env: { ...noEffects, namesFinal: true },
  })
}

/** Whether the guard claims that the second migration can't fail. */
function isClaimed({ failure, unchecked }: DryRun): boolean {
  return failure === null && unchecked.every(({ revision }) => revision !== 'r2')
}

describe('statements on rows', () => {
  test.each(acceptedStatements)('accepted: %s', (sql) => {
    expect(isClaimed(tried(rowStatementSchema, [executed(sql)]))).toBe(true)
  })

  test.each(refusedStatements)('refused: %s', (sql) => {
    expect(isClaimed(tried(rowStatementSchema, [executed(sql)]))).toBe(false)
  })
})

describe('expressions', () => {
  test.each(expressionCases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    expect(tried(one.passesOn ?? one.live, one.passes).failure).toBeNull()
    expect(isClaimed(tried(one.live, one.fails))).toBe(false)
  })
})

describe('changes under a condition', () => {
  test.each(conditionalCases.map((one) => [one.name, one] as const))('%s', (_, { live, fails, passes }) => {
    expect(isClaimed(tried(live, fails))).toBe(false)
    expect(isClaimed(tried(live, passes))).toBe(true)
  })
})

describe('names, types and values that follow from the code', () => {
  test.each(determinedCases.map((one) => [one.name, one] as const))('%s', (_, { live, fails, passes }) => {
    expect(isClaimed(tried(live, fails, known))).toBe(false)
    expect(isClaimed(tried(live, passes, known))).toBe(true)
  })
})

describe('replica identities', () => {
  test.each(replicaIdentityCases.map((one) => [one.name, one] as const))(
    '%s',
    (_, { live, fails, passes }) => {
      expect(isClaimed(tried(live, fails, known))).toBe(false)
      expect(isClaimed(tried(live, passes, known))).toBe(true)
    },
  )

  test('older servers reject an invalid index', () => {
    const lines = (only: string): readonly string[] =>
      [
        'CREATE TABLE seats (id int NOT NULL) PARTITION BY HASH (id)',
        `CREATE UNIQUE INDEX ix ON ${only} seats (id)`,
        'ALTER TABLE seats REPLICA IDENTITY USING INDEX ix',
      ].map(executed)
    expect(isClaimed(tried([], lines('ONLY'), known))).toBe(false)
    expect(isClaimed(tried([], lines(''), known))).toBe(true)
  })
})

describe('functions, triggers and policies', () => {
  test.each(routineCases.map((one) => [one.name, one] as const))('%s', (_, { live, fails, passes }) => {
    expect(isClaimed(tried(live, fails, known))).toBe(false)
    expect(isClaimed(tried(live, passes, known))).toBe(true)
  })
})

test.each([
  ['no other tables', ['alembic_version', '_alembic_version'], 5],
  ['a table that may have triggers', ['logs'], 6],
])('an update of an unknown table in a database with %s', (_, names, operations) => {
  const lines = [
    "op.create_table('fresh', sa.Column('id', sa.Integer()))",
    'name = op.get_bind().execute(sa.text("SELECT max(relname) FROM pg_class")).scalar()',
    "op.execute(f'UPDATE {name} SET id = 1')",
    "for row in op.get_bind().execute(sa.text('SELECT id FROM fresh')):",
    "    op.drop_table('fresh')",
  ]
  const schema = { ...known, listed: { tables: [], schemas: ['public'], names } }
  expect(tried(['SELECT 1'], lines, schema).operations).toBe(operations)
})

test('a policy that a condition may have created is about its own table', () => {
  const lines = [
    "if op.get_bind().execute(sa.text('SELECT count(*) FROM posts')).scalar() == 0:",
    "    op.execute('CREATE POLICY p ON posts USING (id > 1)')",
    "op.drop_column('notes', 'id')",
    "op.drop_column('posts', 'id')",
  ]
  const live = ['CREATE TABLE posts (id int)', 'CREATE TABLE notes (id int)', 'INSERT INTO posts VALUES (1)']
  const { unchecked } = tried(live, lines, known)
  expect(unchecked.map(({ span }) => span?.line)).toEqual([8, 10])
})

test('REVOKE on a function leaves other privileges certain', () => {
  const create = (name: string): string =>
    executed(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`)
  const lines = [create('a'), executed('REVOKE ALL ON FUNCTION a() FROM PUBLIC'), create('b')]
  const { unchecked } = tried(['CREATE TABLE posts (id int)'], lines, known)
  expect(unchecked.map(({ span }) => span?.line)).toEqual([8])
})

test.each([
  ['GRANT SELECT ON posts TO staff', true],
  ['ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO staff', true],
  ['CREATE ROLE staff', true],
  ["DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'staff') THEN CREATE ROLE staff; END IF; END $$", true], // prettier-ignore
  ['REVOKE SELECT ON posts FROM staff', false],
  ['ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', false],
  ['GRANT owners TO CURRENT_USER WITH INHERIT FALSE', false],
  ['ALTER ROLE CURRENT_USER NOSUPERUSER', false],
  ['DO $$ BEGIN REVOKE ALL ON ALL TABLES IN SCHEMA public FROM staff; END $$', false],
])('a policy after %s', (sql, isChecked) => {
  const create = "op.create_table('posts', sa.Column('id', sa.Integer()))"
  const lines = [create, executed(sql), executed('CREATE POLICY p ON posts USING (id > 1)')]
  const limited = { ...known, surroundings: { ...surroundings, superuser: false } }
  const { unchecked } = tried(['SELECT 1'], lines, limited)
  expect(unchecked.map(({ span }) => span?.line)).toEqual(isChecked ? [8] : [8, 9])
})

test('dropping an unknown function makes only functions of that name uncertain', () => {
  const create = (name: string): string =>
    executed(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`)
  const lines = [create('a'), executed('DROP FUNCTION a(text)'), create('a'), create('b')]
  const { unchecked } = tried(['CREATE TABLE posts (id int)'], lines, known)
  expect(unchecked.map(({ span }) => span?.line)).toEqual([8, 9])
})

test('a foreign key with an unknown action needs a rehearsal', () => {
  const lines = [
    "action = op.get_bind().execute(sa.text('SELECT max(relname) FROM pg_class')).scalar()",
    "op.execute(f'ALTER TABLE b ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES a (id) ON DELETE {action}')",
    "op.execute(f'ALTER TABLE b ADD CONSTRAINT {action} FOREIGN KEY (id) REFERENCES a (id) ON DELETE {action}')",
  ]
  const live = ['CREATE TABLE a (id int PRIMARY KEY)', 'CREATE TABLE b (id int)']
  const { unchecked } = tried(live, lines, known)
  expect(unchecked.map(({ reason }) => reason)).toEqual([
    { kind: 'unmodelled', what: 'referential action' },
    { kind: 'opaque', reason: 'SQL that is only partly known before run time' },
  ])
})

describe('statistics and statements of which a part is known', () => {
  test.each(
    [...statisticsCases, ...knownPartCases, ...viewDefinitionCases].map((one) => [one.name, one] as const),
  )('%s', (_, { live, fails, passes }) => {
    expect(isClaimed(tried(live, fails))).toBe(false)
    expect(isClaimed(tried(live, passes))).toBe(true)
  })
})

const replayed = [
  ...commonCases,
  ...postgresCases,
  ...commonStatementCases,
  ...constraintCases,
  ...constructCases,
  ...postgresStatementCases,
  ...swallowedCases,
  ...namingCases,
  ...chosenNameCases,
  ...defaultNameCases,
  ...boundedDoubtCases,
  ...childTableCases,
  ...managerCases,
  ...helperCases,
  ...commonInquiries,
  ...postgresInquiries,
  ...typeChangeCases,
].flatMap(({ name, live, pending, passes }) =>
  passes.map((one, at) => [`${name}, ${at + 1}`, one.live ?? live, one.pending ?? pending] as const),
)

describe('migrations that succeed', () => {
  test.each(replayed)('%s', (_, live, pending) => {
    expect(tried([live], pending).failure).toBeNull()
  })

  test.each(
    [
      ...rehearsedCases,
      ...predictedCases,
      ...constructNameCases,
      ...partitionCases,
      ...reflectedColumnCases,
      ...routineCases,
      ...newObjectCases,
    ].map((one) => [one.name, one] as const),
  )('%s', (_, { live, passes }) => {
    expect(tried(live, passes).failure).toBeNull()
  })
})
