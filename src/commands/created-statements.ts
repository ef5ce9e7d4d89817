/** What the transaction of a stamp made, as sentences and as guarded statements for the placeholder. */
import type { MadeObject, SchemaSnapshot, TransactionEvidence } from '../core/schema-snapshot.ts'
import { counted, shown } from '../core/text.ts'
import { pythonLiteral } from '../python/write-literal.ts'

/** What there is to say and to write about lost revisions. */
export interface Created {
  /** Sentences without a full stop. */
  readonly listed: readonly string[]
  /** Why nothing can be written; null when something can. */
  readonly refusal: string | null
  statementsOf(id: string): readonly string[]
}

/** Most objects that are listed by name. */
const mostNames = 12

/** Reads it off the transactions; nothing is said where they are not available. */
export function createdStatements(
  lost: readonly string[],
  transactions: TransactionEvidence | null,
  schema: SchemaSnapshot | null,
): Created {
  if (transactions?.kind !== 'available' || !schema) {
    const reason = transactions?.kind === 'unavailable' ? transactions.reason : 'the database was not asked'
    return {
      listed: [],
      refusal: `what the lost migration created is not known: ${reason}`,
      statementsOf: () => [],
    }
  }
  const madeBy = (id: string): readonly MadeObject[] =>
    transactions.rows.find(({ version }) => version === id)?.made ?? []
  return {
    listed: lost.flatMap((id) => sentences(id, madeBy(id))),
    refusal: lost.every((id) => madeBy(id).length === 0)
      ? 'the transaction that wrote the stamp made nothing that the catalog shows'
      : null,
    statementsOf: (id) => statements(madeBy(id), schema),
  }
}

function sentences(id: string, made: readonly MadeObject[]): string[] {
  if (made.length === 0) {
    return [
      `the transaction that wrote ${shown(id)} made nothing that the catalog shows: it was stamped by hand or did no DDL`,
    ]
  }
  const names = made
    .slice(0, mostNames)
    .map(({ kind, name, table }) =>
      kind === 'column' ? `column ${shown(table ?? '')}.${shown(name)}` : `${kind} ${shown(name)}`,
    )
  const rest = made.length - names.length
  return [
    `the transaction that wrote ${shown(id)} made or changed ${counted(made.length, 'thing')}: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
  ]
}

/** In an order in which they can run: schemas, types, tables, columns, constraints, indexes. */
function statements(made: readonly MadeObject[], schema: SchemaSnapshot): string[] {
  const sql = (['schema', 'enum', 'table', 'column', 'constraint', 'index'] as const).flatMap((kind) =>
    made.filter((object) => object.kind === kind).flatMap((object) => statementOf(object, schema)),
  )
  return sql.length === 0
    ? []
    : [
        'connection = op.get_bind()',
        ...sql.map((text) => `connection.execute(sa.text(${pythonLiteral(escaped(text), '"')}))`),
      ]
}

/** `sa.text` takes `:name` for a parameter. */
function escaped(sql: string): string {
  return sql.replaceAll('\\', '\\\\').replaceAll(':', '\\:')
}

function statementOf(object: MadeObject, schema: SchemaSnapshot): string[] {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
  const local = object.schema === schema.defaultSchema
  const qualified = (name: string): string =>
    local ? quoted(name) : `${quoted(object.schema)}.${quoted(name)}`
  const table = schema.tables.find(
    ({ schema: own, name }) => own === object.schema && name === (object.table ?? object.name),
  )
  const columnText = ({
    name,
    type,
    nullable,
    serverDefault,
  }: NonNullable<typeof table>['columns'][number]): string => {
    const sequence = serverDefault !== null && /^nextval\(/.test(serverDefault)
    const serial = { integer: 'serial', bigint: 'bigserial', smallint: 'smallserial' }[type]
    if (sequence && serial !== undefined) return `${quoted(name)} ${serial}${nullable ? '' : ' NOT NULL'}`
    return `${quoted(name)} ${type}${serverDefault === null ? '' : ` DEFAULT ${serverDefault}`}${nullable ? '' : ' NOT NULL'}`
  }
  switch (object.kind) {
    case 'schema':
      return [`CREATE SCHEMA IF NOT EXISTS ${quoted(object.name)}`]
    case 'enum': {
      const found = schema.enums.find(
        ({ schema: own, name }) => own === object.schema && name === object.name,
      )
      const values = found?.values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ') ?? ''
      return [
        `DO $placeholder$ BEGIN CREATE TYPE ${qualified(object.name)} AS ENUM (${values}); EXCEPTION WHEN duplicate_object THEN NULL; END $placeholder$`,
      ]
    }
    case 'table': {
      if (!table) return []
      const parts = [
        ...table.columns.map(columnText),
        ...table.constraints.map(({ name, definition }) => `CONSTRAINT ${quoted(name)} ${definition ?? ''}`),
      ]
      const owned = new Set(table.constraints.map(({ name }) => name))
      return [
        `CREATE TABLE IF NOT EXISTS ${qualified(object.name)} (${parts.join(', ')})`,
        ...table.indexes
          .filter(({ name }) => !owned.has(name))
          .flatMap(({ definition }) => guardedIndex(definition)),
      ]
    }
    case 'column': {
      const column = table?.columns.find(({ name }) => name === object.name)
      if (!table || !column) return []
      return [`ALTER TABLE ${qualified(table.name)} ADD COLUMN IF NOT EXISTS ${columnText(column)}`]
    }
    case 'constraint': {
      const constraint = table?.constraints.find(({ name }) => name === object.name)
      if (!table || !constraint) return []
      return [
        `DO $placeholder$ BEGIN ALTER TABLE ${qualified(table.name)} ADD CONSTRAINT ${quoted(constraint.name)} ${constraint.definition ?? ''}; EXCEPTION WHEN duplicate_object OR duplicate_table OR invalid_table_definition THEN NULL; END $placeholder$`,
      ]
    }
    case 'index':
      return guardedIndex(table?.indexes.find(({ name }) => name === object.name)?.definition ?? null)
    case 'sequence':
    case 'view':
      return []
  }
}

function guardedIndex(definition: string | null): string[] {
  return definition === null
    ? []
    : [
        definition.replace(
          /^CREATE (UNIQUE )?INDEX /,
          (_, unique = '') => `CREATE ${String(unique)}INDEX IF NOT EXISTS `,
        ),
      ]
}
