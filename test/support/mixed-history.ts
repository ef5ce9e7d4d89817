/** Generates histories with operations of every kind. The same seed gives the same history. */

/** `chain` is a linear history. `branches` has branches that are later merged. */
export type MixedShape = 'chain' | 'branches'

/** Returns a project's files by path. */
export function mixedProject(
  size: number,
  shape: MixedShape,
  seed: number,
): Readonly<Record<string, string>> {
  const random = randomOf(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const world: World = { random, pick, tables: [], indexes: [], count: 0 }
  const files: Record<string, string> = {
    'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\n',
    'migrations/env.py': 'from alembic import context\ncontext.run_migrations()\n',
    'config.py': "URL = 'postgresql://localhost/app'\n",
  }
  const open: string[] = []
  for (let at = 0; at < size; at++) {
    const id = at % 40 === 7 ? `revision_with_an_id_that_is_too_long_${at}` : `r${at}`
    const parents = parentsOf(world, open, shape)
    open.push(id)
    files[`migrations/versions/${String(at).padStart(6, '0')}.py`] = sourceOf(world, id, parents)
  }
  if (open.length > 1) files['migrations/versions/merge.py'] = sourceOf(world, 'last', open)
  const used = world.tables.slice(0, 20).map(({ name }) => `QUERY = 'SELECT * FROM ${name}'\n`)
  files['app/queries.py'] = used.join('')
  return files
}

interface World {
  readonly random: () => number
  readonly pick: <Item>(items: readonly Item[]) => Item
  readonly tables: { name: string; schema: string | null; columns: string[] }[]
  readonly indexes: string[]
  count: number
}

/** Chooses the next revision's parents from the current heads. */
function parentsOf({ random }: World, open: string[], shape: MixedShape): readonly string[] {
  if (shape === 'chain' || open.length < 2) {
    const [tip] = open
    if (tip === undefined) return []
    const forks = shape === 'branches' && random() < 0.2
    return forks ? [tip] : open.splice(0)
  }
  if (random() < 0.15) return open.splice(0, 2)
  return open.splice(Math.floor(random() * open.length), 1)
}

/** Linear congruential generator. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

type Lines = readonly [up: readonly string[], down: readonly string[]]

function sourceOf(world: World, id: string, parents: readonly string[]): string {
  const { random } = world
  const made = Array.from({ length: 1 + Math.floor(random() * 3) }, () => operation(world))
  const up = made.flatMap(([lines]) => lines)
  const down = random() < 0.1 ? [] : made.toReversed().flatMap(([, lines]) => lines)
  const written = parents.map((parent) => `'${parent}'`)
  const silenced = random() < 0.05 ? '  # alembic-guard: ignore AG410 because it is a test' : ''
  return `"""change ${id}"""
from alembic import op
import sqlalchemy as sa
import helpers

revision = '${id}'
down_revision = ${written.length === 0 ? 'None' : written.length === 1 ? written[0] : `(${written.join(', ')})`}


def upgrade():${silenced}
${body(up)}

def downgrade():
${body(down)}`
}

function body(lines: readonly string[]): string {
  return (lines.length === 0 ? ['pass'] : lines).map((line) => `    ${line}\n`).join('')
}

function operation(world: World): Lines {
  const { pick, tables, random } = world
  const number = (world.count += 1)
  const table = tables.length === 0 || random() < 0.35 ? null : pick(tables)
  if (table === null) return creation(world, number)
  const { name, schema } = table
  const inSchema = schema === null ? '' : `, schema='${schema}'`
  const column = pick(table.columns)
  const added = `c${number}`
  switch (pick(kinds)) {
    case 'dropTable':
      tables.splice(tables.indexOf(table), 1)
      return [
        [`op.drop_table('${name}'${inSchema})`],
        [`op.create_table('${name}', sa.Column('id', sa.Integer())${inSchema})`],
      ]
    case 'renameTable':
      table.name = `t${number}`
      return [
        [`op.rename_table('${name}', 't${number}'${inSchema})`],
        [`op.rename_table('t${number}', '${name}'${inSchema})`],
      ]
    case 'addColumn':
      table.columns.push(added)
      return [
        [
          `op.add_column('${name}', sa.Column('${added}', sa.String(20), nullable=${pick(['True', 'False'])})${inSchema})`,
        ],
        random() < 0.2 ? [] : [`op.drop_column('${name}', '${added}'${inSchema})`],
      ]
    case 'dropColumn':
      if (column !== 'id') table.columns.splice(table.columns.indexOf(column), 1)
      return [
        [`op.drop_column('${name}', '${column}'${inSchema})`],
        [`op.add_column('${name}', sa.Column('${column}', sa.Integer())${inSchema})`],
      ]
    case 'swapColumn':
      table.columns.push(`is_${column}`)
      return [
        [
          `op.drop_column('${name}', '${column}'${inSchema})`,
          `op.add_column('${name}', sa.Column('is_${column}', sa.Integer())${inSchema})`,
        ],
        [],
      ]
    case 'alterColumn':
      return [
        [`op.alter_column('${name}', '${column}', type_=sa.BigInteger(), nullable=False${inSchema})`],
        [`op.alter_column('${name}', '${column}', type_=sa.Integer(), nullable=True${inSchema})`],
      ]
    case 'index': {
      const index = `ix_${number}`
      world.indexes.push(index)
      return [
        [`op.create_index('${index}', '${name}', ['${column}']${inSchema})`],
        [`op.drop_index('${index}', table_name='${name}'${inSchema})`],
      ]
    }
    case 'dropIndex':
      return [[`op.drop_index('${world.indexes.length === 0 ? 'ix' : pick(world.indexes)}')`], []]
    case 'foreignKey': {
      const target = random() < 0.2 ? `t${number + 5}` : pick(tables).name
      return [
        [`op.create_foreign_key('fk_${number}', '${name}', '${target}', ['${column}'], ['id'])`],
        random() < 0.3 ? [] : [`op.drop_constraint('fk_${number}', '${name}', type_='foreignkey')`],
      ]
    }
    case 'dropConstraint':
      return [[`op.drop_constraint('fk_${number - 3}', '${name}', type_='foreignkey')`], []]
    case 'enum':
      return [
        [`sa.Enum('a', 'b', name='e${number}').create(op.get_bind())`],
        random() < 0.5 ? [] : [`op.execute("DROP TYPE e${number}")`],
      ]
    case 'schema':
      return [
        [`op.execute("CREATE SCHEMA s${number % 7}")`],
        random() < 0.8 ? [] : [`op.execute("DROP SCHEMA s${number % 7}")`],
      ]
    case 'sql':
      return [[pick(statements)(name, column)], []]
    case 'helper':
      return random() < 0.05 ? [['helpers.migrate(op.get_bind())'], []] : [[`op.execute("SELECT 1")`], []]
    default:
      return [[`if helpers.ready(): op.add_column('${name}', sa.Column('${added}', sa.Integer()))`], []]
  }
}

const kinds = [
  'dropTable',
  'renameTable',
  'addColumn',
  'addColumn',
  'dropColumn',
  'swapColumn',
  'alterColumn',
  'index',
  'dropIndex',
  'foreignKey',
  'foreignKey',
  'dropConstraint',
  'enum',
  'schema',
  'sql',
  'helper',
  'condition',
] as const

const statements = [
  (table: string, column: string) => `op.execute("UPDATE ${table} SET ${column} = 1")`,
  (table: string) => `op.execute("LOCK TABLE ${table}")`,
  (table: string) => `op.execute("TRUNCATE ${table} CASCADE")`,
  (table: string) => `op.execute("DROP TABLE ${table} CASCADE")`,
  (table: string) => `op.execute("CREATE VIEW v_${table} AS SELECT * FROM ${table}")`,
  (table: string, column: string) => `op.execute("ALTER TABLE s2.${table} ADD COLUMN ${column}_x integer")`,
] as const

function creation(world: World, number: number): Lines {
  const { pick, random, tables } = world
  const name = `${pick(['t', 'user_', 'order_'])}${number}`
  const schema = random() < 0.15 ? `s${Math.floor(random() * 9)}` : null
  const target = random() < 0.1 || tables.length === 0 ? `t${number + 9}` : pick(tables).name
  const columns = [
    `sa.Column('id', sa.Integer(), primary_key=True)`,
    `sa.Column('name', sa.String(50))`,
    ...(random() < 0.5 ? [`sa.Column('other_id', sa.Integer(), sa.ForeignKey('${target}.id'))`] : []),
    ...(random() < 0.2 ? [`sa.Column('state', sa.Enum('a', 'b', name='e${number}'))`] : []),
    ...(schema === null ? [] : [`schema='${schema}'`]),
  ]
  tables.push({ name, schema, columns: ['id', 'name'] })
  const inSchema = schema === null ? '' : `, schema='${schema}'`
  return [[`op.create_table('${name}', ${columns.join(', ')})`], [`op.drop_table('${name}'${inSchema})`]]
}
