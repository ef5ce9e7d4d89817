/** Random migrations for SQLite. A few use features that SQLite doesn't support. */
import { type Dice, pick as pickWith } from './random-migration.ts'

interface Table {
  readonly name: string
  readonly columns: string[]
  readonly indexes: string[]
}

/** Returns the source code of consecutive migrations. */
export function randomSqliteMigrations(dice: Dice, count: number): readonly string[] {
  const tables: Table[] = []
  let next = 1
  const fresh = (prefix: string): string => `${prefix}${next++}`
  const pick = <T>(items: readonly T[]): T => pickWith(dice, items)
  const type = (): string =>
    pick(['sa.Integer()', 'sa.String(50)', 'sa.Text', 'sa.Boolean()', 'sa.DateTime()'])

  const create = (): string[] => {
    const table = { name: fresh('t'), columns: ['id', 'a', 'b'], indexes: [] }
    tables.push(table)
    const { name } = table
    return pick([
      [
        `op.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', ${type()}), sa.Column('b', sa.Integer()), sa.UniqueConstraint('b', name='uq_${name}'))`,
      ],
      [
        `op.create_table('${name}', sa.Column('id', sa.Integer()), sa.Column('a', ${type()}, unique=True), sa.Column('b', sa.Integer()))`,
      ],
      [`op.execute('CREATE TABLE ${name} (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER)')`],
      [`op.execute('CREATE TABLE IF NOT EXISTS ${name} (id int, a text, b int)')`],
      [
        `op.create_table('${name}', sa.Column('id', sa.Integer()), sa.Column('a', ${type()}, index=True), sa.Column('b', sa.Integer()))`,
      ],
    ])
  }
  const step = (): string[] => {
    if (tables.length < 2 || dice(6) === 0) return create()
    const table = pick(tables)
    const { name, columns, indexes } = table
    const free = columns.filter((column) => dice(8) === 0 || column !== 'id')
    const column = free[dice(free.length)] ?? 'a'
    switch (dice(10)) {
      case 0:
      case 1: {
        const added = fresh('c')
        columns.push(added)
        return pick([
          [`op.add_column('${name}', sa.Column('${added}', ${type()}))`],
          [`op.add_column('${name}', sa.Column('${added}', sa.Integer(), nullable=False))`],
          [
            `op.add_column('${name}', sa.Column('${added}', sa.Integer(), nullable=False, server_default='0'))`,
          ],
          [`op.add_column('${name}', sa.Column('${added}', sa.DateTime(), server_default=sa.func.now()))`],
          [
            `op.add_column('${name}', sa.Column('${added}', sa.DateTime(), server_default=sa.text("(datetime('now'))")))`,
          ],
          [`op.add_column('${name}', sa.Column('${added}', sa.Integer(), unique=True))`],
          [`op.execute('ALTER TABLE ${name} ADD COLUMN ${added} TEXT UNIQUE')`],
          [`op.execute('ALTER TABLE ${name} ADD ${added} INTEGER NOT NULL DEFAULT 3')`],
          [
            `with op.batch_alter_table('${name}') as batch:`,
            `    batch.add_column(sa.Column('${added}', ${type()}))`,
          ],
        ])
      }
      case 2:
      case 3:
        columns.splice(columns.indexOf(column), 1)
        return pick([
          [`op.drop_column('${name}', '${column}')`],
          [`op.execute('ALTER TABLE ${name} DROP COLUMN ${column}')`],
          [`with op.batch_alter_table('${name}') as batch:`, `    batch.drop_column('${column}')`],
        ])
      case 4: {
        const to = fresh('c')
        columns.splice(columns.indexOf(column), 1, to)
        return pick([
          [`op.alter_column('${name}', '${column}', new_column_name='${to}')`],
          [`op.execute('ALTER TABLE ${name} RENAME COLUMN ${column} TO ${to}')`],
          [
            `with op.batch_alter_table('${name}') as batch:`,
            `    batch.alter_column('${column}', new_column_name='${to}', existing_type=sa.Text())`,
          ],
        ])
      }
      case 5: {
        const index = fresh('ix_')
        indexes.push(index)
        return pick([
          [`op.create_index('${index}', '${name}', ['${column}'])`],
          [`op.create_index('${index}', '${name}', ['${column}'], unique=True)`],
          [`op.execute('CREATE INDEX ${index} ON ${name} (${column})')`],
          [`op.execute('CREATE INDEX ${index} ON ${name} (id) WHERE ${column} IS NULL')`],
          [
            `with op.batch_alter_table('${name}') as batch:`,
            `    batch.create_index('${index}', ['${column}'])`,
          ],
        ])
      }
      case 6: {
        const index = indexes.pop()
        return index === undefined
          ? []
          : pick([
              [`op.drop_index('${index}', table_name='${name}')`],
              [`op.execute('DROP INDEX IF EXISTS ${index}')`],
            ])
      }
      case 7: {
        const to = fresh('t')
        tables.splice(tables.indexOf(table), 1, { ...table, name: to })
        return pick([
          [`op.rename_table('${name}', '${to}')`],
          [`op.execute('ALTER TABLE ${name} RENAME TO ${to}')`],
        ])
      }
      case 8:
        tables.splice(tables.indexOf(table), 1)
        return pick([[`op.drop_table('${name}')`], [`op.execute('DROP TABLE IF EXISTS ${name}')`]])
      default:
        return pick([
          [`op.execute("INSERT INTO ${name} (b) VALUES (7)")`],
          [`op.create_unique_constraint('uq_${next++}', '${name}', ['${column}'])`],
          [`op.alter_column('${name}', '${column}', nullable=False)`],
          [
            `with op.batch_alter_table('${name}') as batch:`,
            `    batch.alter_column('${column}', nullable=True, existing_type=sa.Text())`,
          ],
        ])
    }
  }
  return Array.from({ length: count }, () => {
    const body: string[] = []
    for (let left = 1 + dice(4); left > 0; left--) body.push(...step())
    const lines = (body.length === 0 ? ['pass'] : body).map((line) => `    ${line}\n`).join('')
    return `from alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n${lines}`
  })
}
