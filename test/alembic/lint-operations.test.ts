/** Runs the examples for AG401 to AG405 and AG410 with Alembic. Bad examples must fail as predicted. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleMigration } from '../../src/rules/examples/example-migrations.ts'
import type { LintRule } from '../../src/core/lint/lint-rule.ts'
import { applyTextEdits } from '../../src/core/text/text-edits.ts'
import AG401 from '../../src/rules/lint/AG401-ddl-in-try.ts'
import AG402 from '../../src/rules/lint/AG402-execute-positional-parameters.ts'
import AG403 from '../../src/rules/lint/AG403-enum-not-dropped.ts'
import AG404 from '../../src/rules/lint/AG404-enum-value-unsafe.ts'
import AG405 from '../../src/rules/lint/AG405-foreign-key-type-mismatch.ts'
import AG407 from '../../src/rules/lint/AG407-schema-not-checked.ts'
import AG410 from '../../src/rules/lint/AG410-no-way-back.ts'
import { findPython } from '../support/judge.ts'
import { lintOf } from '../support/lint-example.ts'
import { type LintRequest, type LintRunner, startLintRunner } from '../support/lint-run.ts'
import { type TestDatabase, findPostgres } from '../support/postgres.ts'

const python = findPython()
const drivable = python !== null && spawnSync(python, ['-c', 'import psycopg2']).status === 0
const server = drivable ? await findPostgres() : null

let database: TestDatabase
let runner: LintRunner

beforeAll(async () => {
  if (!server || !python) return
  database = await server.createDatabase()
  runner = await startLintRunner(python, database.url.replace('postgresql:', 'postgresql+psycopg2:'))
})

afterAll(async () => {
  if (!server) return
  runner.close()
  await database.drop()
})

test('Python with Alembic and psycopg2, and a PostgreSQL server, are available', () => {
  if (!server) console.warn('SKIPPED: no python3 with Alembic and psycopg2, or no PostgreSQL server')
  expect(server !== null || !process.env['CI']).toBe(true)
})

const upgrade = { upgrade: 'head' }
const thereAndBack = { upgrade: 'head', downgrade: 'base', again: 'head' }

const predicted: readonly (readonly [LintRule, Omit<LintRequest, 'files'>, RegExp])[] = [
  [AG401, upgrade, /InFailedSqlTransaction.*current transaction is aborted/],
  [AG402, upgrade, /takes \d positional arguments? but \d were given|A value is required for bind parameter/],
  [AG403, thereAndBack, /DuplicateObject.*type "invite_state" already exists/],
  [AG404, upgrade, /UnsafeNewEnumValueUsage.*unsafe use of new value "paid"/],
  [AG405, upgrade, /DatatypeMismatch.*foreign key constraint "orders_user_id_fkey" cannot be implemented/],
  [AG407, upgrade, /(?:InvalidSchemaName|UndefinedTable).*"?auth/],
  [AG410, thereAndBack, /DuplicateTable.*relation "teams" already exists/],
]

describe
  .skipIf(server === null)
  .each(predicted.map((one) => [`${one[0].code} ${one[0].name}`, one] as const))(
  '%s',
  (_, [rule, request, error]) => {
    test('the bad example fails as predicted', async () => {
      expect((await runner.run({ files: rule.examples.bad.files, ...request })).error).toMatch(error)
    })

    test('the good example runs', async () => {
      expect((await runner.run({ files: rule.examples.good.files, ...request })).error).toBe(null)
    })
  },
)

/** Returns the bad example with the fixes applied. */
async function fixed({ code, examples }: LintRule): Promise<Readonly<Record<string, string>>> {
  const { findings, linted } = await lintOf(examples.bad)
  const edits = findings.flatMap((finding) => (finding.code === code ? (finding.fix ?? []) : []))
  expect(edits.length).toBeGreaterThan(0)
  const name = Object.keys(examples.bad.files).at(-1) ?? ''
  return { ...examples.bad.files, [name]: applyTextEdits(linted.source.text, edits) }
}

/** Runs lint and Alembic on a project whose first migration contains these operations. */
async function judged(
  body: { readonly up: readonly string[]; readonly down: readonly string[] },
  request: Omit<LintRequest, 'files'>,
): Promise<{ readonly codes: readonly string[]; readonly error: string | null }> {
  const files = { 'a1.py': exampleMigration('a1', null, body.up, body.down) }
  const { findings } = await lintOf({ files })
  return { codes: findings.map(({ code }) => code), error: (await runner.run({ files, ...request })).error }
}

describe.skipIf(server === null)('fixes and edge cases', () => {
  test('the fix for AG402 works', async () => {
    expect((await runner.run({ files: await fixed(AG402), ...upgrade })).error).toBe(null)
  })

  test('the second upgrade works with the fix for AG403', async () => {
    expect((await runner.run({ files: await fixed(AG403), ...thereAndBack })).error).toBe(null)
  })

  test('a savepoint inside the try keeps the transaction usable', async () => {
    const { codes, error } = await judged(
      {
        up: [
          "op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))",
          'try:',
          '    with op.get_bind().begin_nested():',
          "        op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))",
          'except Exception:',
          '    pass',
        ],
        down: ["op.drop_table('a')"],
      },
      upgrade,
    )
    expect([codes.includes('AG401'), error]).toEqual([false, null])
  })

  test('foreign keys between integers of different widths, between text types, and from a time to an interval are accepted', async () => {
    const { codes, error } = await judged(
      {
        up: [
          "op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('t', sa.Text(), unique=True), sa.Column('i', sa.Interval(), unique=True))",
          'op.create_table(',
          "    'b',",
          "    sa.Column('a_id', sa.BigInteger(), sa.ForeignKey('a.id')),",
          "    sa.Column('a_t', sa.String(20), sa.ForeignKey('a.t')),",
          "    sa.Column('a_i', sa.Time(), sa.ForeignKey('a.i')),",
          ')',
        ],
        down: ["op.drop_table('b')", "op.drop_table('a')"],
      },
      upgrade,
    )
    expect([codes.includes('AG405'), error]).toEqual([false, null])
  })

  test('a foreign key from a text to an integer is rejected', async () => {
    const { codes, error } = await judged(
      {
        up: [
          "op.create_table('a', sa.Column('id', sa.Integer(), primary_key=True))",
          "op.create_table('b', sa.Column('a_id', sa.String(36)))",
          "op.create_foreign_key('fk', 'b', 'a', ['a_id'], ['id'])",
        ],
        down: ["op.drop_table('b')", "op.drop_table('a')"],
      },
      upgrade,
    )
    expect(codes).toContain('AG405')
    expect(error).toMatch(/DatatypeMismatch/)
  })

  test('an enum value without IF NOT EXISTS fails the second time', async () => {
    const { codes, error } = await judged(
      {
        up: [
          `op.execute("DO $$ BEGIN CREATE TYPE mood AS ENUM ('ok'); EXCEPTION WHEN duplicate_object THEN NULL; END $$")`,
          'with op.get_context().autocommit_block():',
          `    op.execute("ALTER TYPE mood ADD VALUE 'sad'")`,
        ],
        down: ['pass'],
      },
      thereAndBack,
    )
    expect(codes).toContain('AG404')
    expect(error).toMatch(/DuplicateObject.*enum label "sad" already exists/)
  })

  test("a value added to a type created in the same transaction can't be used yet", async () => {
    const up = [
      `op.execute("CREATE TYPE mood AS ENUM ('ok')")`,
      `op.execute("ALTER TYPE mood ADD VALUE 'sad'")`,
      `op.execute("CREATE TABLE m (mood mood)")`,
      `op.execute("INSERT INTO m VALUES ('sad')")`,
    ]
    const files = {
      'a1.py': exampleMigration('a1', null, up, ["op.drop_table('m')", `op.execute("DROP TYPE mood")`]),
    }
    const project = {
      'pyproject.toml': `[tool.alembic-guard.lint]\npostgres = ${Math.min(server?.major ?? 0, 16)}\n`,
    }
    const codes = (await lintOf({ files, project })).findings.map(({ code }) => code)
    const { error } = await runner.run({ files, ...upgrade })
    expect(codes).toContain('AG404')
    if ((server?.major ?? 0) < 17) expect(error).toMatch(/UnsafeNewEnumValueUsage/)
  })

  test('an empty downgrade makes the next upgrade fail', async () => {
    const { codes, error } = await judged(
      { up: ["op.create_table('a', sa.Column('id', sa.Integer()))"], down: ['pass'] },
      thereAndBack,
    )
    expect(codes).toContain('AG410')
    expect(error).toMatch(/DuplicateTable/)
  })

  test('dropping a column drops its index, so it undoes both', async () => {
    const { codes, error } = await judged(
      {
        up: [
          "op.create_table('a', sa.Column('id', sa.Integer()), if_not_exists=True) if False else op.execute('CREATE TABLE IF NOT EXISTS a (id integer)')",
          "op.add_column('a', sa.Column('n', sa.Integer()))",
          "op.create_index('ix_n', 'a', ['n'])",
        ],
        down: ["op.drop_column('a', 'n')"],
      },
      thereAndBack,
    )
    expect([codes.includes('AG410'), error]).toEqual([false, null])
  })
})
