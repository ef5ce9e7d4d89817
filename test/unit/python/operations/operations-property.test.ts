/** Operations in any notation must be read back unchanged. */
import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constantFrom,
  oneof,
  property,
  record,
  string,
  tuple,
} from 'fast-check'
import { expect, test } from 'vitest'
import type { Operation } from '../../../../src/core/history/operation.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

type Unplaced<T> = T extends unknown ? Omit<T, 'span'> : never
interface Written {
  readonly step: Unplaced<Operation>
  readonly lines: readonly string[]
}

/** Generates printable ASCII names. Excludes colons, because SQLAlchemy reads `:name` in SQL as a parameter. */
const anyName = string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 }).filter(
  (name) => !name.includes(':'),
)
const odd = constantFrom(
  'Users',
  'select',
  'é',
  'a b',
  "it's",
  'a"b',
  'x;y',
  '--',
  '/*',
  '$$',
  '%',
  '{}',
  '\\',
)
const name: Arbitrary<string> = oneof(anyName, odd)
const schema = oneof(name, constantFrom(null))
const table = record({ schema, name })

function py(text: string): string {
  return JSON.stringify(text)
}

function sql(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function sqlName(object: { schema: string | null; name: string }): string {
  return object.schema === null ? sql(object.name) : `${sql(object.schema)}.${sql(object.name)}`
}

function execute(statement: string): string {
  return `op.execute(${py(statement)})`
}

function inSchema(object: { schema: string | null }): string {
  return object.schema === null ? '' : `, schema=${py(object.schema)}`
}

function batch(object: { schema: string | null; name: string }, line: string): string {
  return `with op.batch_alter_table(${py(object.name)}${inSchema(object)}) as batch:\n    batch.${line}`
}

const written: Arbitrary<Written> = oneof(
  tuple(table, boolean()).map(([each, ifExists]): Written => ({
    step: { kind: 'dropTable', table: each, ifExists, cascade: false },
    lines: [
      `op.drop_table(${py(each.name)}${inSchema(each)}, if_exists=${ifExists ? 'True' : 'False'})`,
      execute(`DROP TABLE ${ifExists ? 'IF EXISTS ' : ''}${sqlName(each)}`),
      `for one in [${py(each.name)}]:\n    op.drop_table(one${inSchema(each)}, if_exists=1 == ${ifExists ? 1 : 2})`,
    ],
  })),
  tuple(table, name).map(([each, column]): Written => ({
    step: { kind: 'dropColumn', table: each, column, ifExists: false },
    lines: [
      `op.drop_column(${py(each.name)}, ${py(column)}${inSchema(each)})`,
      execute(`ALTER TABLE ${sqlName(each)} DROP COLUMN ${sql(column)};`),
      batch(each, `drop_column(${py(column)})`),
    ],
  })),
  tuple(table, name, name).map(([each, column, newName]): Written => ({
    step: {
      kind: 'alterColumn',
      table: each,
      column,
      newName,
      type: null,
      nullable: null,
      serverDefault: null,
    },
    lines: [
      `op.alter_column(${py(each.name)}, ${py(column)}, new_column_name=${py(newName)}${inSchema(each)})`,
      execute(`/* ; */ alter table ${sqlName(each)} rename ${sql(column)} to ${sql(newName)} -- done`),
      batch(each, `alter_column(${py(column)}, new_column_name=${py(newName)}, existing_nullable=True)`),
    ],
  })),
  tuple(table, name, array(name, { minLength: 1, maxLength: 3 }), boolean()).map(
    ([each, given, columns, unique]): Written => ({
      step: {
        kind: 'createIndex',
        table: each,
        index: { name: given, exact: true, columns, unique, concurrently: false, plain: true },
        ifNotExists: false,
      },
      lines: [
        `op.create_index(op.f(${py(given)}), ${py(each.name)}, ${py2(columns)}, unique=${unique ? 'True' : 'False'}${inSchema(each)})`,
        execute(
          `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${sql(given)} ON ${sqlName(each)} (${columns.map(sql).join(', ')})`,
        ),
        batch(
          each,
          `create_index(batch.f(${py(given)}), ${py2(columns)}, unique=${unique ? 'not False' : 'not True'})`,
        ),
      ],
    }),
  ),
  tuple(table, name, name, table, name).map(([each, given, column, target, other]): Written => ({
    step: {
      kind: 'addConstraint',
      table: each,
      constraint: {
        kind: 'foreignKey',
        name: given,
        exact: true,
        columns: [column],
        target,
        targetColumns: [other],
      },
    },
    lines: [
      `op.create_foreign_key(op.f(${py(given)}), ${py(each.name)}, ${py(target.name)}, [${py(column)}], [${py(other)}]${each.schema === null ? '' : `, source_schema=${py(each.schema)}`}${target.schema === null ? '' : `, referent_schema=${py(target.schema)}`})`,
      execute(
        `ALTER TABLE ONLY ${sqlName(each)} ADD CONSTRAINT ${sql(given)} FOREIGN KEY (${sql(column)}) REFERENCES ${sqlName(target)} (${sql(other)}) ON DELETE SET NULL`,
      ),
    ],
  })),
  tuple(name, array(name, { minLength: 1, maxLength: 3 })).map(([given, values]): Written => ({
    step: { kind: 'createEnum', enum: { schema: null, name: given }, values, ifNotExists: false },
    lines: [
      execute(
        `CREATE TYPE ${sql(given)} AS ENUM (${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',')})`,
      ),
      `postgresql.ENUM(*${py2(values)}, name=${py(given)}).create(op.get_bind(), checkfirst=False)`,
    ],
  })),
)

function py2(texts: readonly string[]): string {
  return `[${texts.map(py).join(', ')}]`
}

const head = 'from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n'

test('operations are read back from any notation', () => {
  const story = array(tuple(written, constantFrom(0, 1, 2)), { minLength: 1, maxLength: 5 })
  assert(
    property(story, (steps) => {
      const lines = steps.flatMap(([{ lines: forms }, way]) => (forms[way % forms.length] ?? '').split('\n'))
      const source = `${head}def upgrade():\n${lines.map((line) => `    ${line}`).join('\n')}\n`
      const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py')
      // Ignore the notation, because both forms mean the same operation.
      const read =
        upgrade.kind === 'operations'
          ? upgrade.operations.map((step) => ({
              ...step,
              inBatch: undefined,
              opensBatch: undefined,
              needsCopy: undefined,
              sql: undefined,
            }))
          : upgrade
      expect(read).toEqual(steps.map(([{ step }]) => ({ ...step, span: expect.anything() as unknown })))
    }),
    { numRuns: 400 },
  )
})

test('no text makes the reader fail', () => {
  const parts = constantFrom(
    'op.',
    'execute(',
    ')',
    '(',
    '"',
    "'",
    'DROP TABLE a',
    ';',
    '\n    ',
    'for x in ',
    ':',
    '[',
    ']',
    ',',
    'sa.Column(',
    'x',
    '=',
    'if ',
    'lambda: ',
    'yield ',
    '*',
    '**',
    'None',
    'return ',
    '$$',
    'def f():',
    '1',
    '%',
    'f"{x}"',
  )
  assert(
    property(array(parts, { maxLength: 30 }), (words) => {
      const source = `${head}def upgrade():\n    ${words.join('')}\n`
      expect(readOperations(new TextEncoder().encode(source), 'a.py').upgrade.kind).toMatch(
        /^(?:operations|unreadable)$/,
      )
    }),
    { numRuns: 1000 },
  )
})
