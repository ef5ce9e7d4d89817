/**
 * Compares lint with squawk on 1,000 random migrations. Every difference needs a reason from the list below.
 * SQUAWK is the path to the squawk binary.
 */
import { describe, expect, test } from 'vitest'
import { exampleMigration } from '../../src/rules/examples/example-migrations.ts'
import { lintRules } from '../../src/rules/lint/index.ts'
import { findPython } from '../support/judge.ts'
import { lintOf } from '../support/lint-example.ts'
import { type Dice, diceOf } from '../support/random-migration.ts'
import { complaintsOn, hasSquawk, pairs, renderSql } from '../support/squawk.ts'

const python = findPython()
const found = hasSquawk && python !== null
const count = 1000

const tables = ['users', 'orders', 'bills', 'rooms']
const first = exampleMigration(
  'a1',
  null,
  tables.flatMap((name) => [
    `op.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(50)), sa.Column('size', sa.Integer()), sa.Column('state', sa.Text(), nullable=False), sa.Column('owner_id', sa.Integer()))`,
    `op.create_index('${name}_size', '${name}', ['size'])`,
  ]),
  ['pass'],
)

/** Each function returns a migration's lines. New names contain `n`, which makes them unique. */
const shapes: Readonly<Record<string, (table: string, n: number, other: string) => readonly string[]>> = {
  'nullable column': (t, n) => [`op.add_column('${t}', sa.Column('c${n}', sa.Text(), nullable=True))`],
  'required column': (t, n) => [`op.add_column('${t}', sa.Column('c${n}', sa.Integer(), nullable=False))`],
  'column with default': (t, n) => [
    `op.add_column('${t}', sa.Column('c${n}', sa.Boolean(), nullable=False, server_default='false'))`,
  ],
  'column with volatile default': (t, n) => [
    `op.add_column('${t}', sa.Column('c${n}', sa.DateTime(), server_default=sa.text('clock_timestamp()')))`,
  ],
  'column with now()': (t, n) => [
    `op.add_column('${t}', sa.Column('c${n}', sa.DateTime(), server_default=sa.func.now()))`,
  ],
  'serial column': (t, n) => [sql(`ALTER TABLE ${t} ADD COLUMN c${n} serial`)],
  'computed column': (t, n) => [
    `op.add_column('${t}', sa.Column('c${n}', sa.Integer(), sa.Computed('size * 2', persisted=True)))`,
  ],
  index: (t, n) => [`op.create_index('i${n}', '${t}', ['name'])`],
  'concurrent index': (t, n) => [
    'with op.get_context().autocommit_block():',
    `    op.create_index('i${n}', '${t}', ['name'], postgresql_concurrently=True)`,
  ],
  'unique constraint': (t, n) => [`op.create_unique_constraint('u${n}', '${t}', ['name'])`],
  'dropped index': (t) => [`op.drop_index('${t}_size', '${t}')`],
  'foreign key': (t, n, o) => [`op.create_foreign_key('f${n}', '${t}', '${o}', ['owner_id'], ['id'])`],
  'foreign key NOT VALID': (t, n, o) => [
    `op.create_foreign_key('f${n}', '${t}', '${o}', ['owner_id'], ['id'], postgresql_not_valid=True)`,
  ],
  'column with foreign key': (t, n, o) => [
    `op.add_column('${t}', sa.Column('c${n}', sa.Integer(), sa.ForeignKey('${o}.id')))`,
  ],
  check: (t, n) => [`op.create_check_constraint('k${n}', '${t}', 'size > 0')`],
  'check NOT VALID': (t, n) => [sql(`ALTER TABLE ${t} ADD CONSTRAINT k${n} CHECK (size > 0) NOT VALID`)],
  'NOT NULL': (t) => [`op.alter_column('${t}', 'name', nullable=False)`],
  'NOT NULL again': (t) => [`op.alter_column('${t}', 'state', nullable=False)`],
  'longer varchar': (t) => [`op.alter_column('${t}', 'name', type_=sa.String(80))`],
  'shorter varchar': (t) => [`op.alter_column('${t}', 'name', type_=sa.String(10))`],
  'varchar to text': (t) => [`op.alter_column('${t}', 'name', type_=sa.Text())`],
  'integer to bigint': (t) => [`op.alter_column('${t}', 'size', type_=sa.BigInteger())`],
  'dropped column': (t) => [`op.drop_column('${t}', 'owner_id')`],
  'dropped table': (t) => [`op.drop_table('${t}')`],
  'renamed column': (t, n) => [`op.alter_column('${t}', 'name', new_column_name='n${n}')`],
  'new table': (_t, n, o) => [
    `op.create_table('t${n}', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('o', sa.Integer(), sa.ForeignKey('${o}.id')))`,
  ],
  'index on new table': (_t, n) => [
    `op.create_table('t${n}', sa.Column('id', sa.Integer(), primary_key=True))`,
    `op.create_index('i${n}', 't${n}', ['id'])`,
  ],
  'rows changed': (t) => [sql(`UPDATE ${t} SET size = 0 WHERE size IS NULL`)],
  'lock timeout': (t, n) => [
    sql("SET LOCAL lock_timeout = '2s'"),
    `op.add_column('${t}', sa.Column('c${n}', sa.Text()))`,
  ],
  truncate: (t) => [sql(`TRUNCATE ${t} CASCADE`)],
  'long name': (t) => [`op.execute("CREATE INDEX ${'i'.repeat(70)} ON ${t} (name)")`],
  'new enum': (_t, n) => [sql(`CREATE TYPE e${n} AS ENUM ('a', 'b')`)],
  comment: (t) => [sql(`COMMENT ON TABLE ${t} IS 'kept'`)],
}

interface Difference {
  readonly rules: string
  readonly alone: 'squawk' | 'ours'
  /** Kinds of migrations where this difference may occur. */
  readonly shapes: readonly string[]
  readonly why: string
}

const reasons: readonly Difference[] = [
  {
    rules: 'AG422',
    alone: 'ours',
    shapes: ['serial column'],
    why: 'nextval() is computed for each row, so PostgreSQL rewrites the table',
  },
  {
    rules: 'AG423',
    alone: 'squawk',
    shapes: ['longer varchar', 'varchar to text'],
    why: "PostgreSQL rewrites nothing; squawk doesn't know the column's type",
  },
  {
    rules: 'AG424 AG427',
    alone: 'squawk',
    shapes: ['unique constraint'],
    why: 'PostgreSQL has no NOT VALID for unique constraints; AG420 reports them',
  },
  {
    rules: 'AG425',
    alone: 'squawk',
    shapes: ['NOT NULL again'],
    why: 'the column is NOT NULL already',
  },
  {
    rules: 'AG432',
    alone: 'squawk',
    shapes: ['new table', 'index on new table', 'new enum'],
    why: 'nobody else uses an object that the migration creates',
  },
  {
    rules: 'AG432',
    alone: 'squawk',
    shapes: ['comment', 'concurrent index', 'foreign key', 'foreign key NOT VALID', 'index', 'long name'],
    why: 'the lock is weaker than ACCESS EXCLUSIVE',
  },
  {
    rules: 'AG432',
    alone: 'squawk',
    shapes: ['lock timeout'],
    why: 'lint accepts a lock_timeout anywhere in the migration; squawk requires it before the first lock',
  },
]

function sql(text: string): string {
  return `op.execute(${JSON.stringify(text)})`
}

interface Sample {
  readonly shapes: readonly string[]
  readonly source: string
}

/** Returns one to three random changes to different tables. */
function sampleOf(dice: Dice): Sample {
  const names = Object.keys(shapes)
  const start = dice(tables.length)
  const chosen = Array.from({ length: 1 + dice(3) }, () => names[dice(names.length)] ?? '')
  const lines = chosen.flatMap((name, at) => {
    const table = tables[(start + at) % tables.length] ?? ''
    const other = tables[(start + 3) % tables.length] ?? ''
    return shapes[name]?.(table, at, other) ?? []
  })
  return { shapes: chosen, source: exampleMigration('b2', 'a1', lines, ['raise NotImplementedError()']) }
}

/** Returns the squawk rules that flag each sample; null if Alembic can't render it. */
function squawkOn(samples: readonly Sample[]): readonly (ReadonlySet<string> | null)[] {
  const rendered = renderSql(
    python ?? '',
    samples.map(({ source }) => source),
  )
  const complaints = complaintsOn(rendered.map((text) => text ?? ''))
  return rendered.map((text, index) =>
    text === null ? null : new Set(complaints[index]?.map(({ rule }) => rule)),
  )
}

test('squawk is installed', () => {
  if (!found)
    console.warn('SKIPPED: no squawk (npm install squawk-cli outside of the repository, SQUAWK=path)')
  expect(found || !process.env['SQUAWK']).toBe(true)
})

describe.skipIf(!found)('squawk and lint agree on 1,000 migrations, or there is a reason', () => {
  test('every difference is explained, and every reason is needed', { timeout: 300_000 }, async () => {
    const dice = diceOf(19)
    const samples = Array.from({ length: count }, () => sampleOf(dice))
    const theirs = squawkOn(samples)
    expect(theirs.filter((one) => one === null)).toEqual([])
    const rules = lintRules.filter(({ code }) => Object.keys(pairs).some((codes) => codes.includes(code)))
    const unexplained = new Map<string, number>()
    const needed = new Set<Difference>()
    let agreed = 0
    for (const [index, { shapes: own, source }] of samples.entries()) {
      const { findings } = await lintOf({ files: { 'a1.py': first, 'b2.py': source } }, rules)
      const ours = new Set(findings.map(({ code }) => code))
      for (const [codes, names] of Object.entries(pairs)) {
        const we = codes.split(' ').some((code) => ours.has(code))
        const they = names.some((name) => theirs[index]?.has(name))
        if (we === they) agreed += we ? 1 : 0
        else {
          const alone = we ? 'ours' : 'squawk'
          const because = reasons.filter(
            (one) =>
              one.rules === codes && one.alone === alone && one.shapes.some((name) => own.includes(name)),
          )
          for (const one of because) needed.add(one)
          const label = `${codes}: only ${alone}: ${own.join(', ')}`
          if (because.length === 0) unexplained.set(label, (unexplained.get(label) ?? 0) + 1)
        }
      }
    }
    expect([...unexplained].toSorted()).toEqual([])
    expect(reasons.filter((one) => !needed.has(one))).toEqual([])
    expect(agreed).toBeGreaterThan(count)
  })
})
