/** Checks the claims made by AG419 and AG435 against Alembic and PostgreSQL. */
import { describe, expect, test } from 'vitest'
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'
import { lintOf } from '../support/lint-example.ts'
import { lintRunning } from '../support/lint-run.ts'

const { found, run, database } = await lintRunning()

const long = 'a_name_that_goes_on_and_on_because_somebody_wanted_to_say_all_of_it'
/** 40 characters, but 80 bytes. */
const accented = '\u00e9'.repeat(40)

/** Runs Alembic and lint on an `upgrade` that consists of these lines. */
async function both(lines: readonly string[]) {
  const files = { 'a1.py': firstTables, 'b2.py': exampleMigration('b2', 'a1', lines, ['pass']) }
  const { error, steps } = await run({ files, start: 'a1', upgrade: 'head' })
  const client = await database().connect()
  const ask = async (text: string): Promise<readonly string[]> => {
    const { rows } = await client.query<{ readonly x: string }>(text)
    return rows.map(({ x }) => x)
  }
  const row = await ask('SELECT version_num AS x FROM alembic_version')
  const columns = await ask(
    "SELECT attname AS x FROM pg_attribute WHERE attrelid = to_regclass('users') AND attnum > 0 ORDER BY attnum",
  )
  await client.end()
  const said = steps.flatMap((step) => step.said)
  const rewritten = steps.flatMap((step) => step.rewritten)
  return { error, said, rewritten, row, columns, findings: (await lintOf({ files })).findings }
}

const add = "op.add_column('users', sa.Column('plan', sa.Text(), nullable=True))"
const fail = "op.execute('SELECT 1/0')"

describe.skipIf(!found)('AG419: what remains after a migration that ends the transaction', () => {
  test.each(['COMMIT', 'END'])('%s keeps the earlier changes, without the version row', async (word) => {
    const { error, row, columns, findings } = await both([add, `op.execute('${word}')`, fail])
    expect(error).toContain('DivisionByZero')
    expect([row, columns.includes('plan')]).toEqual([['a1'], true])
    expect(findings.find(({ code }) => code === 'AG419')?.why).toContain("version row isn't written")
  })

  test('after COMMIT, every later statement is committed immediately', async () => {
    const { error, columns } = await both(["op.execute('COMMIT')", add, fail])
    expect(error).toContain('DivisionByZero')
    expect(columns).toContain('plan')
  })

  test.each(['ROLLBACK', 'ABORT'])(
    '%s undoes the change, and the revision counts as applied',
    async (word) => {
      const { error, row, columns, findings } = await both([add, `op.execute('${word}')`])
      expect([error, row, columns.includes('plan')]).toEqual([null, ['b2'], false])
      expect(findings.find(({ code }) => code === 'AG419')?.why).toContain('still records the revision')
    },
  )

  test('BEGIN only causes a warning, and a failure rolls everything back', async () => {
    const { said } = await both([add, "op.execute('BEGIN')"])
    expect(said).toContainEqual(expect.stringContaining('already a transaction in progress'))
    const { row, columns, findings } = await both([add, "op.execute('BEGIN')", fail])
    expect([row, columns.includes('plan')]).toEqual([['a1'], false])
    expect(findings.map(({ code }) => code)).not.toContain('AG419')
  })
})

const names: readonly (readonly [what: string, line: (name: string) => string, checked: boolean])[] = [
  ['an index', (name) => `op.create_index('${name}', 'users', ['name'])`, true],
  ['a check', (name) => `op.create_check_constraint('${name}', 'users', 'id > 0')`, true],
  [
    'a key with its column',
    (name) =>
      `op.add_column('users', sa.Column('x', sa.Integer(), sa.ForeignKey('orgs.id', name='${name}')))`,
    true,
  ],
  [
    'a check of a new table',
    (name) =>
      `op.create_table('t', sa.Column('id', sa.Integer()), sa.CheckConstraint('id > 0', name='${name}'))`,
    true,
  ],
  ['a column', (name) => `op.add_column('users', sa.Column('${name}', sa.Text(), nullable=True))`, false],
  ['a table', (name) => `op.create_table('${name}', sa.Column('id', sa.Integer()))`, false],
  ['a renamed table', (name) => `op.rename_table('users', '${name}')`, false],
  ['a type', (name) => `sa.Enum('a', name='${name}').create(op.get_bind())`, false],
  ['an index in SQL', (name) => `op.execute('CREATE INDEX "${name}" ON users (name)')`, false],
]

describe.skipIf(!found)('AG435: a name of more than 63 bytes', () => {
  test.each(names)('%s', async (_, line, checked) => {
    for (const [name, tooLong] of [
      [long, checked],
      [accented, false],
    ] as const) {
      const { error, said, findings } = await both([line(name)])
      const finding = findings.find(({ code }) => code === 'AG435')
      if (tooLong) expect(error).toMatch(/^IdentifierError/)
      else expect([error, said.some((text) => text.includes('will be truncated'))]).toEqual([null, true])
      expect(finding?.severity).toBe(tooLong ? 'error' : 'warning')
    }
  })

  test('in op.f(), SQLAlchemy shortens it, and 63 bytes are kept', async () => {
    const lines = [
      `op.create_index(op.f('${long}'), 'users', ['name'])`,
      `op.create_index('${long.slice(0, 63)}', 'users', ['id'])`,
    ]
    const { error, said, findings } = await both(lines)
    expect([error, said.filter((text) => text.includes('truncated'))]).toEqual([null, []])
    expect(findings.map(({ code }) => code)).not.toContain('AG435')
  })
})

describe.skipIf(!found)('AG422: an integer key that is added later', () => {
  test.each([
    ["sa.Column('no', sa.Integer, primary_key=True)", true],
    ["sa.Column('no', sa.BigInteger(), primary_key=True, autoincrement=True)", true],
    ["sa.Column('no', sa.Integer, primary_key=True, autoincrement=False, nullable=True)", false],
  ])('%s', async (column, rewrites) => {
    const { error, rewritten, findings } = await both([`op.add_column('users', ${column})`])
    expect(error).toBe(null)
    expect(rewritten.includes('users')).toBe(rewrites)
    expect(findings.some(({ code }) => code === 'AG422')).toBe(rewrites)
  })
})
