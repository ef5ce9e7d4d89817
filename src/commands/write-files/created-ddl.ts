/** Describes the objects created along with a version row, and generates statements to recreate them. */
import { quoteIdentifier, quoteText } from '../../core/text/sql-quoting.ts'
import { transactionLines } from '../../rules/phrases/transaction-summary.ts'
import type { CreatedObject, SchemaSnapshot, TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import { pythonLiteral } from '../../python/source/write-literal.ts'

/** Objects created by lost revisions, and the statements that recreate them. */
export interface CreatedObjects {
  /** Sentences about the objects, without a final period. */
  readonly listed: readonly string[]
  /** Why statements can't be generated; null if they can. */
  readonly refusal: string | null
  statementsOf(id: string): readonly string[]
}

/**
 * Returns the objects created by the transactions that stamped the lost revisions. Empty if there is no evidence or
 * no schema.
 */
export function createdStatements(
  lost: readonly string[],
  transactions: TransactionEvidence | null,
  schema: SchemaSnapshot | null,
): CreatedObjects {
  if (transactions?.kind !== 'available' || !schema) {
    const reason = transactions?.kind === 'unavailable' ? transactions.reason : "the database wasn't queried"
    return {
      listed: [],
      refusal: `can't tell which objects the lost migration created: ${reason}`,
      statementsOf: () => [],
    }
  }
  const madeBy = (id: string): readonly CreatedObject[] =>
    transactions.rows.find(({ version }) => version === id)?.made ?? []
  return {
    listed: transactionLines(lost, transactions),
    refusal: lost.every((id) => madeBy(id).length === 0)
      ? 'the transaction that wrote the version row created no objects that still exist'
      : null,
    statementsOf: (id) => statements(madeBy(id), schema),
  }
}

/** Returns the statements in order: schemas, types, tables, columns, constraints, indexes. */
export function sqlStatements(made: readonly CreatedObject[], schema: SchemaSnapshot): readonly string[] {
  return (['schema', 'enum', 'table', 'column', 'constraint', 'index'] as const).flatMap((kind) =>
    made.filter((object) => object.kind === kind).flatMap((object) => statementOf(object, schema)),
  )
}

function statements(made: readonly CreatedObject[], schema: SchemaSnapshot): string[] {
  const sql = sqlStatements(made, schema)
  return sql.length === 0
    ? []
    : [
        'connection = op.get_bind()',
        ...sql.map((text) => `connection.execute(sa.text(${pythonLiteral(escaped(text), '"')}))`),
      ]
}

/** `sa.text` treats `:name` as a parameter. */
function escaped(sql: string): string {
  return sql.replaceAll('\\', '\\\\').replaceAll(':', '\\:')
}

function statementOf(object: CreatedObject, schema: SchemaSnapshot): string[] {
  const local = object.schema === schema.defaultSchema
  const qualified = (name: string): string =>
    local ? quoteIdentifier(name) : `${quoteIdentifier(object.schema)}.${quoteIdentifier(name)}`
  const table = schema.tables.find(
    ({ schema: own, name }) => own === object.schema && name === (object.table ?? object.name),
  )
  const columnText = ({
    name,
    type,
    nullable,
    serverDefault,
  }: NonNullable<typeof table>['columns'][number]): string => {
    const sequence = serverDefault !== null && serverDefault.startsWith('nextval(')
    const serial = { integer: 'serial', bigint: 'bigserial', smallint: 'smallserial' }[type]
    if (sequence && serial !== undefined)
      return `${quoteIdentifier(name)} ${serial}${nullable ? '' : ' NOT NULL'}`
    return `${quoteIdentifier(name)} ${type}${serverDefault === null ? '' : ` DEFAULT ${serverDefault}`}${nullable ? '' : ' NOT NULL'}`
  }
  switch (object.kind) {
    case 'schema':
      return [`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(object.name)}`]
    case 'enum': {
      const found = schema.enums.find(
        ({ schema: own, name }) => own === object.schema && name === object.name,
      )
      const values = found?.values.map((value) => quoteText(value)).join(', ') ?? ''
      return [guarded(`CREATE TYPE ${qualified(object.name)} AS ENUM (${values});`, 'duplicate_object')]
    }
    case 'table': {
      if (!table) return []
      const parts = [
        ...table.columns.map(columnText),
        ...table.constraints.map(
          ({ name, definition }) => `CONSTRAINT ${quoteIdentifier(name)} ${definition ?? ''}`,
        ),
      ]
      return [`CREATE TABLE IF NOT EXISTS ${qualified(object.name)} (${parts.join(', ')})`]
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
        guarded(
          `ALTER TABLE ${qualified(table.name)} ADD CONSTRAINT ${quoteIdentifier(constraint.name)} ${constraint.definition ?? ''};`,
          'duplicate_object OR duplicate_table OR invalid_table_definition',
        ),
      ]
    }
    case 'index':
      return guardedIndex(table?.indexes.find(({ name }) => name === object.name)?.definition ?? null)
    default:
      return []
  }
}

/** The statement may contain any text, so choose a dollar-quote tag that doesn't occur in it. */
function guarded(statement: string, condition: string): string {
  let tag = '$placeholder$'
  for (let count = 1; statement.includes(tag); count += 1) tag = `$placeholder${count}$`
  return `DO ${tag} BEGIN ${statement} EXCEPTION WHEN ${condition} THEN NULL; END ${tag}`
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
