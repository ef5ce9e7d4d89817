/** Random migrations that change SQLite tables in batches. Some use options or constraints that Alembic rejects. */
import { type Dice, pick as pickWith } from './random-migration.ts'

interface Table {
  readonly name: string
  readonly columns: string[]
  readonly indexes: string[]
  readonly uniques: string[]
  readonly checks: string[]
  readonly keys: string[]
}

/** Returns the source code of consecutive migrations. */
export function randomBatchMigrations(dice: Dice, count: number): readonly string[] {
  const tables: Table[] = []
  const repeated = new Set<string>()
  let next = 1
  const fresh = (prefix: string): string => `${prefix}${next++}`
  const pick = <T>(items: readonly T[]): T => pickWith(dice, items)
  const type = (): string =>
    pick([
      'sa.Integer()',
      'sa.String(50)',
      'sa.Text()',
      'sa.Boolean()',
      'sa.BigInteger()',
      'sa.Numeric(8, 2)',
    ])

  const create = (): string => {
    const name = fresh('t')
    const [unique, check] = [fresh('uq_'), fresh('ck_')]
    const [hasUnique, hasCheck] = [dice(3) === 0, dice(4) === 0]
    const id = pick([
      "sa.Column('id', sa.Integer(), primary_key=True)",
      "sa.Column('id', sa.Integer())",
      "sa.Column('id', sa.Integer(), nullable=False)",
    ])
    const rest = [
      ...(hasUnique ? [`sa.UniqueConstraint('b', name='${unique}')`] : []),
      ...(hasCheck ? [`sa.CheckConstraint('a > 0', name='${check}')`] : []),
      ...(dice(6) === 0 ? ["sa.UniqueConstraint('a', 'b')"] : []),
      ...(dice(6) === 0 ? ["sa.Column('d', sa.Integer(), sa.Computed('a + 1'))"] : []),
    ]
    if (hasUnique) repeated.add(`${name} b`)
    tables.push({
      name,
      columns: ['id', 'a', 'b', 'c'],
      indexes: [],
      uniques: hasUnique ? [unique] : [],
      checks: hasCheck ? [check] : [],
      keys: [],
    })
    const a = pick(["sa.Column('a', sa.Integer())", "sa.Column('a', sa.Integer(), server_default='1')"])
    const b = pick(["sa.Column('b', sa.Text())", "sa.Column('b', sa.String(20), index=True)"])
    return `op.create_table('${name}', ${[id, a, b, "sa.Column('c', sa.Integer(), unique=True)", ...rest].join(', ')})`
  }

  const change = (table: Table): readonly string[] => {
    const { columns, indexes, uniques, checks, keys } = table
    const column = columns.length === 0 ? 'id' : pick(columns)
    // An unknown name, rarely, and otherwise a harmless change.
    const dropping = (of: string[], call: (name: string) => string): readonly string[] =>
      of.length > 0 || dice(12) === 0
        ? [call(of.pop() ?? fresh('none_'))]
        : [`alter_column('${column}', nullable=True, existing_type=sa.Text())`]
    switch (dice(dice(8) === 0 ? 17 : 15)) {
      case 0:
      case 1: {
        const added = fresh('c')
        columns.push(added)
        return [
          pick([
            `add_column(sa.Column('${added}', ${type()}))`,
            `add_column(sa.Column('${added}', ${type()}, server_default='0'))`,
            `add_column(sa.Column('${added}', ${type()}, nullable=False, server_default='0'))`,
            `add_column(sa.Column('${added}', ${type()}, index=True))`,
            `add_column(sa.Column('${added}', sa.DateTime(), server_default=sa.func.now()))`,
            `add_column(sa.Column('${added}', sa.Integer(), server_default=sa.text('0')))`,
          ]),
        ]
      }
      case 15: {
        const added = fresh('c')
        columns.push(added)
        return [
          pick([
            `add_column(sa.Column('${added}', ${type()}, nullable=False))`,
            `add_column(sa.Column('${added}', ${type()}, unique=True))`,
            `add_column(sa.Column('${added}', sa.Integer(), sa.ForeignKey('${pick(tables).name}.id')))`,
            `add_column(sa.Column('${added}', ${type()}), insert_after='${column}')`,
          ]),
        ]
      }
      case 2:
        columns.splice(columns.indexOf(column), 1)
        return [`drop_column('${column}')`]
      case 3: {
        const to = fresh('c')
        columns.splice(columns.indexOf(column), 1, to)
        if (repeated.has(`${table.name} ${column}`)) repeated.add(`${table.name} ${to}`)
        return [`alter_column('${column}', new_column_name='${to}')`]
      }
      case 4:
        return [`alter_column('${column}', type_=${type()}, existing_type=sa.Text())`]
      case 5:
        return [`alter_column('${column}', nullable=${pick(['True', 'False'])}, existing_type=sa.Text())`]
      case 6:
        return [`alter_column('${column}', server_default=${pick(['None', "'0'", "sa.text('1')"])})`]
      case 7: {
        const name = fresh('ix_')
        indexes.push(name)
        return [`create_index('${name}', ['${column}']${pick(['', ', unique=True'])})`]
      }
      case 8:
        return dropping(indexes, (name) => `drop_index('${name}')`)
      case 9: {
        const name = fresh('uq_')
        // SQLAlchemy reflects only one of several constraints on the same columns.
        if (repeated.has(`${table.name} ${column}`)) return []
        repeated.add(`${table.name} ${column}`)
        uniques.push(name)
        return [`create_unique_constraint('${name}', ['${column}'])`]
      }
      case 10:
        return dropping(uniques, (name) => `drop_constraint('${name}', type_='unique')`)
      case 11: {
        const name = fresh('ck_')
        checks.push(name)
        return [`create_check_constraint('${name}', '${column} > 0')`]
      }
      case 12:
        return dropping(checks, (name) => `drop_constraint('${name}', type_='check')`)
      case 13: {
        const name = fresh('fk_')
        keys.push(name)
        return [`create_foreign_key('${name}', '${pick(tables).name}', ['${column}'], ['id'])`]
      }
      case 14:
        return dropping(keys, (name) => `drop_constraint('${name}', type_='foreignkey')`)
      default:
        return pick([
          ["create_primary_key('pk', ['id'])"],
          [`add_column(sa.Column('id', sa.Integer()))`],
          [`drop_column('nothing')`],
          [`create_table_comment('all')`],
          [`execute('UPDATE ${table.name} SET a = 1')`],
        ])
    }
  }

  const batch = (): readonly string[] => {
    const table = pick(tables)
    const options = pick([
      '',
      '',
      '',
      '',
      '',
      '',
      ", recreate='always'",
      ", recreate='never'",
      ', reflect_args=[]',
    ])
    const own = Array.from({ length: 1 + dice(3) }, () => change(table)).flat()
    const calls = own.length > 0 ? own : ["alter_column('id', nullable=True)"]
    return [
      `with op.batch_alter_table('${table.name}'${options}) as batch:`,
      ...calls.map((call) => `    batch.${call}`),
    ]
  }

  const step = (): readonly string[] => {
    if (tables.length < 2 || dice(7) === 0) return [create()]
    const table = pick(tables)
    switch (dice(8)) {
      case 0:
        return [
          `op.execute("INSERT INTO ${table.name} (${table.columns[0] ?? 'id'}) VALUES (${pick(['1', 'NULL', "'x'"])})")`,
        ]
      case 1: {
        const to = fresh('t')
        tables.splice(tables.indexOf(table), 1, { ...table, name: to })
        for (const one of table.columns)
          if (repeated.has(`${table.name} ${one}`)) repeated.add(`${to} ${one}`)
        return [`op.rename_table('${table.name}', '${to}')`]
      }
      case 2: {
        tables.splice(tables.indexOf(table), 1)
        return [`op.drop_table('${table.name}')`]
      }
      default:
        return batch()
    }
  }

  return Array.from({ length: count }, () => {
    const lines = Array.from({ length: 1 + dice(3) }, () => step().map((line) => `    ${line}\n`)).flat()
    return `from alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n${lines.join('')}`
  })
}
