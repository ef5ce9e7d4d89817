/** Tests naming conventions in env.py's metadata. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { execute } from '../../src/commands/delivery/execute.ts'
import type { Report } from '../../src/report/model/report.ts'
import { quietContext } from '../support/context.ts'
import { findJudges } from '../support/judges.ts'
import { type MetadataCase, configureOf, flaskCases, metadataCases } from '../support/metadata-cases.ts'

const { folder, python, driver, server } = await findJudges('metadata')

const env = (one: MetadataCase): string => `import pathlib, sys
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from alembic import context
from sqlalchemy import create_engine, pool
${one.env}
def run_migrations_online():
    connectable = create_engine(context.config.attributes['engine'].url, poolclass=pool.NullPool)
    with connectable.connect() as connection:
        ${configureOf(one)}
        with context.begin_transaction():
            context.run_migrations()
run_migrations_online()
`

const migration = (id: string, parent: string, body: readonly string[]): string =>
  `import sqlalchemy as sa\nfrom alembic import op\nrevision = '${id}'\ndown_revision = ${parent}\ndef upgrade():\n${body.map((line) => `    ${line}\n`).join('')}`

interface Judged {
  readonly report: Report
  readonly raised: string | null
}

let count = 0

/** Checks a migration, then runs it with Alembic. */
async function judge(one: MetadataCase, pending: readonly string[]): Promise<Judged> {
  if (!server) throw new TypeError('no server')
  const database = await server.createDatabase()
  try {
    const real = database.url.replace(/^postgres(?:ql)?:/, 'postgresql+psycopg2:')
    return await judgeOn(one, pending, database.url, real)
  } finally {
    await database.drop()
  }
}

/** `real` is the URL in SQLAlchemy's format. */
async function judgeOn(
  one: MetadataCase,
  pending: readonly string[],
  url: string,
  real: string,
): Promise<Judged> {
  const module = `models_${process.pid}_${(count += 1)}`
  const root = join(folder, module)
  mkdirSync(join(root, 'migrations', 'versions'), { recursive: true })
  const write = (path: string, text: string): void =>
    writeFileSync(join(root, path), text.replaceAll('MODULE', module))
  write('alembic.ini', '[alembic]\nscript_location = migrations\nprepend_sys_path = .\n')
  write('migrations/env.py', env(one))
  write(`${module}.py`, one.module)
  for (const [suffix, text] of Object.entries(one.others ?? {})) write(`${module}${suffix}.py`, text)
  write('migrations/versions/a1.py', migration('a1', 'None', ['pass']))
  const upgrade = async (target: string): Promise<string | null> =>
    (await driver.ask({ root: join(root, 'migrations'), url: real, upgrade: [target] })).error
  expect(await upgrade('a1')).toBeNull()
  write('migrations/versions/b2.py', migration('b2', "'a1'", pending))
  const { stdout } = await execute(check, { format: 'json', target: 'heads' }, quietContext(root, url))
  const report: Report = JSON.parse(stdout)
  return { report, raised: await upgrade('heads') }
}

const errorsOf = ({ findings }: Report): readonly string[] =>
  findings.flatMap(({ code, severity }) => (severity === 'error' ? [code] : []))

const create = `op.create_table('seats', sa.Column('id', sa.Integer()), sa.Column('place', sa.Integer()), sa.UniqueConstraint('place'))`
const drop = (name: string): readonly string[] => [create, `op.drop_constraint(op.f('${name}'), 'seats')`]

const hasFlask =
  python !== null && spawnSync(python, ['-c', 'import flask_migrate, flask_sqlalchemy']).status === 0

describe.skipIf(server === null)('the metadata in env.py:', () => {
  const cases = [...metadataCases, ...(hasFlask ? flaskCases : [])]
  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const sound = await judge(one, drop(one.unique))
    expect(sound.raised).toBeNull()
    expect(errorsOf(sound.report)).toEqual([])
    const doomed = await judge(one, drop('another_name'))
    expect(doomed.raised).toMatch(/UndefinedObject/)
    expect(errorsOf(doomed.report)).toEqual(one.unknown ? [] : ['AG302'])
    if (!one.unknown) expect(sound.report.prediction?.tried).toMatchObject({ unchecked: [] })
  })
})

/** A naming convention for indexes only, because SQLite can drop indexes without copying the table. */
const indexed: MetadataCase = {
  name: '',
  module: `from sqlalchemy import MetaData\nmetadata = MetaData(naming_convention={'ix': 'index_%(table_name)s_%(column_0_name)s', 'uq': 'unique_%(table_name)s'})`,
  env: 'from MODULE import metadata as target_metadata',
  unique: 'unique_seats',
}

describe.skipIf(python === null)('the metadata in env.py, on SQLite:', () => {
  const made = `op.create_table('seats', sa.Column('id', sa.Integer()), sa.Column('place', sa.Integer(), index=True))`
  const judgeFile = (pending: readonly string[]): Promise<Judged> => {
    const url = `sqlite:///${join(folder, `seats-${(count += 1)}.db`)}`
    return judgeOn(indexed, pending, url, url)
  }

  test('the name of an index', async () => {
    const sound = await judgeFile([made, `op.execute('DROP INDEX index_seats_place')`])
    expect(sound.raised).toBeNull()
    expect(errorsOf(sound.report)).toEqual([])
    const doomed = await judgeFile([made, `op.execute('DROP INDEX ix_seats_place')`])
    expect(doomed.raised).toMatch(/no such index/)
    expect(errorsOf(doomed.report)).toEqual(['AG302'])
  })

  test('the name of a constraint in a batch', async () => {
    const inBatch = (line: string): string => `with op.batch_alter_table('seats') as batch:\n        ${line}`
    const add = inBatch(`batch.create_unique_constraint(None, ['place'])`)
    const dropped = inBatch(`batch.drop_constraint(op.f('unique_seats'), type_='unique')`)
    const { raised, report } = await judgeFile([made, add, dropped])
    expect(raised).toBeNull()
    expect(errorsOf(report)).toEqual([])
  })
})
