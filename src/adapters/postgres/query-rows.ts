/** Checks whether existing rows would make a migration fail. Strict limits keep this cheap. */
import { quoteIdentifier, quotePostgresText } from '../../core/text/sql-quoting.ts'
import { conditionSql } from '../../core/schema/check-condition.ts'
import type { ObjectName } from '../../core/history/operation.ts'
import type { RowQuestion } from '../../core/dry-run/simulated-schema.ts'

/** Maximum number of rows to check for duplicates or NULL values. */
const maxRows = 50_000

/** Maximum number of rows whose keys are looked up in another table. */
const maxReferences = 10_000

const rowTimeoutMs = 400

/** Maximum number of questions. Each question takes one query. */
const maxQuestions = 12

/**
 * Returns a statement that sets the limits, then one query per question. The queries fail rather than run functions
 * in row-level security policies.
 */
export function rowStatements(questions: readonly RowQuestion[]): readonly string[] {
  if (questions.length === 0) return []
  return [
    `SELECT pg_catalog.set_config('statement_timeout', '${rowTimeoutMs}', true), pg_catalog.set_config('lock_timeout', '100', true),
      pg_catalog.set_config('row_security', 'off', true)`,
    ...questions.slice(0, maxQuestions).map((question) => `SELECT ${rowsQuestion(question)}`),
  ]
}

function rowsQuestion(question: RowQuestion): string {
  const table = qualified(question.table)
  if (question.kind === 'rows') return `EXISTS (SELECT 1 FROM ${table})`
  const columns = question.columns.map((column) => quoteIdentifier(column))
  if (question.kind === 'nulls') {
    const [column = 'NULL'] = columns
    return `EXISTS (SELECT 1 FROM (SELECT ${column} AS c FROM ${table} LIMIT ${maxRows}) s WHERE c IS NULL)`
  }
  const list = columns.join(', ')
  if (question.kind === 'violates') {
    const fulfilled = conditionSql(question.condition)
    return `EXISTS (SELECT 1 FROM (SELECT ${list} FROM ${table} LIMIT ${maxRows}) s WHERE NOT ${fulfilled})`
  }
  if (question.kind === 'orphans') return orphansQuestion(question, columns)
  const filter = question.condition ? [conditionSql(question.condition)] : []
  const complete = [...columns.map((column) => `${column} IS NOT NULL`), ...filter].join(' AND ')
  return `EXISTS (SELECT 1 FROM (SELECT ${list} FROM ${table} WHERE ${complete} LIMIT ${maxRows}) s GROUP BY ${list} HAVING pg_catalog.count(*) > 1)`
}

function qualified({ schema, name }: ObjectName): string {
  return schema === null ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/**
 * Returns a query that tests for a row whose key is missing from the target table. OFFSET makes PostgreSQL look up
 * each key instead of joining the whole table. With row-level security, the result is false, because a hidden row may
 * contain the key.
 */
function orphansQuestion(
  { table, target, targetColumns }: Extract<RowQuestion, { kind: 'orphans' }>,
  columns: readonly string[],
): string {
  const complete = columns.map((column) => `${column} IS NOT NULL`).join(' AND ')
  const equal = targetColumns
    .map((column, index) => `t.${quoteIdentifier(column)} = s.${columns[index] ?? ''}`)
    .join(' AND ')
  return `NOT pg_catalog.row_security_active(${quotePostgresText(qualified(target))}) AND EXISTS (
    SELECT 1 FROM (SELECT ${columns.join(', ')} FROM ${qualified(table)} WHERE ${complete} LIMIT ${maxReferences}) s
    WHERE NOT EXISTS (SELECT 1 FROM ${qualified(target)} t WHERE ${equal} OFFSET 0))`
}
