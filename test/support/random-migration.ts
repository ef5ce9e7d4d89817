/** Generates random valid migrations in common styles. Uses a model of the schema to choose valid steps. */

import { randomStatement } from './random-statements.ts'

interface Model {
  readonly tables: Map<string, Map<string, string>>
  readonly indexes: Map<string, string>
  readonly uniques: Map<string, string>
  next: number
  /** True to also generate statements that don't change a table. The guard supports only some of them. */
  readonly statements: boolean
}

/** Returns a random integer from 0 to `sides` - 1. */
export type Dice = (sides: number) => number

/** Mulberry32. */
export function diceOf(seed: number): Dice {
  let state = seed
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
}

const types = [
  ['sa.Integer()', 'INTEGER'],
  ['sa.String(length=50)', 'VARCHAR(50)'],
  ['sa.Text', 'text'],
  ['sa.Boolean()', 'bool'],
  ['sa.DateTime(timezone=True)', 'timestamp with time zone'],
  ['sa.Numeric(10, 2)', 'decimal(10,2)'],
  ['postgresql.JSONB(astext_type=sa.Text())', 'JSONB'],
  ['sa.BigInteger', 'int8'],
] as const

/**
 * Returns consecutive migrations for an empty PostgreSQL schema. `statements` adds statements that don't
 * change a table.
 */
export function randomMigrations(dice: Dice, count: number, statements: boolean): readonly string[] {
  const model: Model = { tables: new Map(), indexes: new Map(), uniques: new Map(), next: 1, statements }
  return Array.from({ length: count }, () => sourceOf(model, dice))
}

function sourceOf(model: Model, dice: Dice): string {
  const helpers: string[] = []
  const body: string[] = []
  for (let left = 1 + dice(4); left > 0; left--) body.push(...step(model, dice, helpers))
  const head = 'from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n'
  const lines = body.flatMap((text) => text.split('\n')).map((line) => `    ${line}`)
  return `${head}\n${helpers.join('\n')}\ndef upgrade():\n${lines.join('\n')}\n`
}

/** Returns a random item. */
export function pick<T>(dice: Dice, items: readonly T[]): T {
  const item = items[dice(items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

function step(model: Model, dice: Dice, helpers: string[]): readonly string[] {
  const tables = [...model.tables.keys()]
  if (tables.length < 2 || dice(6) === 0) return createTable(model, dice)
  const table = pick(dice, tables)
  const columns = model.tables.get(table) ?? new Map<string, string>()
  const free = [...columns.keys()].filter((column) => column !== 'id')
  if (model.statements && dice(3) === 0)
    return randomStatement(dice, table, [...columns.keys()], model.next++)
  switch (dice(13)) {
    case 0:
    case 1:
    case 2:
      return addColumn(model, dice, table, helpers)
    case 3:
      return free.length === 0 ? [] : dropColumn(model, dice, table, pick(dice, free))
    case 4:
      return free.length === 0 ? [] : renameColumn(model, dice, table, pick(dice, free))
    case 5:
      return free.length === 0 ? [] : createIndex(model, dice, table, pick(dice, free))
    case 6: {
      const [name] = [...model.indexes].find(([, where]) => where === table) ?? []
      if (name === undefined) return []
      model.indexes.delete(name)
      return [
        pick(dice, [
          `op.drop_index('${name}', table_name='${table}')`,
          `op.drop_index(op.f('${name}'))`,
          `op.execute('DROP INDEX IF EXISTS ${name}')`,
        ]),
      ]
    }
    case 7:
      return renameTable(model, dice, table)
    case 8:
      return dropTable(model, dice, table)
    case 9: {
      const column = free[0]
      if (column === undefined) return []
      return [
        pick(dice, [
          `op.alter_column('${table}', '${column}', nullable=False)`,
          `op.execute('ALTER TABLE ${table} ALTER ${column} SET NOT NULL')`,
          `with op.batch_alter_table('${table}') as batch:\n    batch.alter_column('${column}', nullable=False)`,
        ]),
      ]
    }
    case 10: {
      const name = `mood${model.next++}`
      return [
        pick(dice, [
          `postgresql.ENUM('a', 'b', name='${name}').create(op.get_bind(), checkfirst=True)`,
          `op.execute("CREATE TYPE ${name} AS ENUM ('a', 'it''s')")\nop.execute("ALTER TYPE ${name} RENAME TO ${name}x")\nop.execute("ALTER TYPE ${name}x RENAME TO ${name}")`,
          `kind = sa.Enum('x', 'y', name='${name}')\nop.create_table('t_${name}', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('kind', kind, server_default='x'))`,
        ]),
      ]
    }
    case 11: {
      if (!model.statements) return []
      const [name] = [...model.uniques].find(([, where]) => where === table) ?? []
      if (name === undefined) return []
      model.uniques.delete(name)
      return [
        pick(dice, [
          `op.drop_constraint('${name}', '${table}', type_='unique')`,
          `op.execute('ALTER TABLE ${table} RENAME CONSTRAINT ${name} TO ${name}x')\nop.drop_constraint(op.f('${name}x'), '${table}')`,
          `op.execute('ALTER TABLE ${table} DROP CONSTRAINT ${name} CASCADE')`,
        ]),
      ]
    }
    default: {
      const column = free[0]
      if (column === undefined) return []
      const name = `uq_${model.next++}`
      model.uniques.set(name, table)
      return [
        pick(dice, [
          `op.create_unique_constraint('${name}', '${table}', ['${column}', 'id'])`,
          `op.execute('''ALTER TABLE "${table}" ADD CONSTRAINT ${name.toUpperCase()} UNIQUE (${column}, id)''')`,
          `with op.batch_alter_table("${table}", schema=None) as b:\n    b.create_unique_constraint(b.f('${name}'), ['${column}', 'id'])`,
        ]),
      ]
    }
  }
}

function createTable(model: Model, dice: Dice): readonly string[] {
  const name = `t${model.next++}`
  const parent = dice(2) === 0 ? [...model.tables.keys()][0] : undefined
  const [made, raw] = pick(dice, types)
  const key =
    parent === undefined ? '' : `, sa.ForeignKey('${parent}.id', name='fk_${name}', ondelete='CASCADE')`
  model.tables.set(
    name,
    new Map([
      ['id', ''],
      ['a', ''],
      ['b', ''],
    ]),
  )
  const reference =
    parent === undefined ? '' : ` CONSTRAINT fk_${name} REFERENCES ${parent} (id) ON DELETE CASCADE`
  return [
    pick(dice, [
      `op.create_table('${name}',\n    sa.Column('id', sa.Integer(), nullable=False),\n    sa.Column('a', ${made}, nullable=True),\n    sa.Column('b', sa.Integer()${key}),\n    sa.PrimaryKeyConstraint('id'),\n    sa.UniqueConstraint('b', 'id', name='uq_${name}'))`,
      `op.create_table('${name}', sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', ${made}, index=True), sa.Column('b', sa.Integer${key}, nullable=False, server_default=sa.text('0')))`,
      `op.execute("""\nCREATE TABLE IF NOT EXISTS ${name} ( -- the key; first\n  "id" SERIAL PRIMARY KEY,\n  A ${raw},\n  b integer NOT NULL DEFAULT (1 + 1)${reference}\n);\n""")`,
      `columns = [sa.Column(n, ${made}) for n in ('a',)]\nop.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True), *columns, sa.Column('b', sa.Integer${key}))`,
    ]),
  ]
}

function addColumn(model: Model, dice: Dice, table: string, helpers: string[]): readonly string[] {
  const name = `c${model.next++}`
  const [made, raw] = pick(dice, types)
  model.tables.get(table)?.set(name, '')
  const helper = `add_${name}`
  switch (dice(7)) {
    case 0:
      return [`op.add_column('${table}', sa.Column('${name}', ${made}, nullable=True))`]
    case 1:
      return [
        `with op.batch_alter_table('${table}') as batch_op:\n    batch_op.add_column(sa.Column('${name}', ${made}))`,
      ]
    case 2:
      return [`op.execute(f"ALTER TABLE {'${table}'} ADD COLUMN IF NOT EXISTS ${name} ${raw}")`]
    case 3:
      helpers.push(
        `def ${helper}(table, *names, kind=${made}):\n    for name in names:\n        op.add_column(table, sa.Column(name, kind))\n`,
      )
      return [`${helper}('${table}', '${name}')`]
    case 4:
      return [
        `for t, c in [('${table}', '${name}')]:\n    op.add_column(t, sa.Column(c, ${made}, unique=True))`,
      ]
    case 5:
      return [
        `op.get_bind().execute(sa.text('ALTER TABLE ONLY ${table} ADD ${name} ${raw} NULL, ADD ${name}z int'))\nop.drop_column('${table}', '${name}z')`,
      ]
    default:
      return [
        `conn = op.get_bind()\nif conn.dialect.name == 'postgresql':\n    op.add_column('${table}', sa.Column('${name}', ${made}))\nelse:\n    op.drop_table('${table}')`,
      ]
  }
}

function dropColumn(model: Model, dice: Dice, table: string, column: string): readonly string[] {
  model.tables.get(table)?.delete(column)
  // Dropping the column also drops its indexes and constraints.
  for (const [name, where] of model.indexes) if (where === table) model.indexes.delete(name)
  for (const [name, where] of model.uniques) if (where === table) model.uniques.delete(name)
  return [
    pick(dice, [
      `op.drop_column('${table}', '${column}')`,
      `op.execute('ALTER TABLE ${table} DROP COLUMN IF EXISTS ${column}')`,
      `[op.drop_column('${table}', c) for c in ('${column}',)]`,
    ]),
  ]
}

function renameColumn(model: Model, dice: Dice, table: string, column: string): readonly string[] {
  const name = `c${model.next++}`
  model.tables.get(table)?.delete(column)
  model.tables.get(table)?.set(name, '')
  return [
    pick(dice, [
      `op.alter_column('${table}', '${column}', new_column_name='${name}')`,
      `op.execute('alter table ${table} rename ${column} to ${name.toUpperCase()}')`,
    ]),
  ]
}

function createIndex(model: Model, dice: Dice, table: string, column: string): readonly string[] {
  const name = `ix_${model.next++}`
  // JSON has no sort order, so it can't be indexed.
  model.indexes.set(name, table)
  return [
    pick(dice, [
      `op.create_index('${name}', '${table}', ['${column}'], unique=False)`,
      `op.create_index(op.f('${name}'), '${table}', [sa.text('(id + 1)'), '${column}'])`,
      `op.execute("CREATE INDEX ${name} ON ${table} USING btree (${column} DESC, id)")`,
    ]),
  ]
}

function renameTable(model: Model, dice: Dice, table: string): readonly string[] {
  const name = `t${model.next++}`
  model.tables.set(name, model.tables.get(table) ?? new Map())
  model.tables.delete(table)
  for (const [index, where] of model.indexes) if (where === table) model.indexes.set(index, name)
  for (const [unique, where] of model.uniques) if (where === table) model.uniques.set(unique, name)
  return [
    pick(dice, [
      `op.rename_table('${table}', '${name}')`,
      `op.execute('ALTER TABLE IF EXISTS ${table} RENAME TO ${name}')`,
    ]),
  ]
}

function dropTable(model: Model, dice: Dice, table: string): readonly string[] {
  // A newer table may reference any older table, so drop only the newest.
  const later = [...model.tables.keys()]
  if (later[later.length - 1] !== table) return []
  model.tables.delete(table)
  for (const [name, where] of model.indexes) if (where === table) model.indexes.delete(name)
  return [pick(dice, [`op.drop_table('${table}')`, `op.execute('/* gone */ DROP TABLE IF EXISTS ${table}')`])]
}
