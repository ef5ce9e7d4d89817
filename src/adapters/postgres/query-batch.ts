/** Combines the queries of a snapshot request into one message to PostgreSQL. */
import type { VersionTable } from '../../core/history/database-state.ts'
import type { SnapshotResult, SnapshotRequest } from '../database/database.ts'
import { objectsFrom, objectsQuery } from './query-objects.ts'
import { rowStatements } from './query-rows.ts'
import { schemaFrom, schemaQuery, transactionQuery, transactionsFrom } from './query-schema.ts'
import type { PostgresSession } from './session.ts'
import { writeCountersFrom, writeCountersQuery } from './query-counters.ts'

/**
 * Reads a snapshot in one round trip. Omits optional parts that can't be read.
 * @throws the server's error if the schema can't be read.
 */
export async function runSnapshotBatch(
  session: PostgresSession,
  wanted: SnapshotRequest,
): Promise<SnapshotResult> {
  const {
    objects = null,
    whole = false,
    transactionsOf: table = null,
    countersOf = null,
    rows = [],
    last = false,
  } = wanted
  const ofSchema = objects && [{ ownPath: objects === 'all' ? schemaQuery : objectsQuery(objects) }]
  const named = namedTable(table)
  const counted = namedTable(countersOf)
  const ofTransactions = named ? [transactionQuery(named)] : []
  const ofTally = counted ? [writeCountersQuery(counted)] : []
  // A failed query makes all later queries fail, so the optional queries come last.
  const ofWhole = whole ? [{ ownPath: schemaQuery }] : []
  const statements = [...(ofSchema ?? []), ...ofTransactions, ...ofTally, ...ofWhole, ...rowStatements(rows)]
  const { answers, error } =
    statements.length === 0
      ? { answers: [], error: null }
      : await (last ? session.tryLast(...statements) : session.tryQuery(...statements))
  const texts = answers.map((answer) => answer[0]?.[0] ?? null)
  const schemaText = ofSchema ? texts.shift() : null
  if (schemaText === undefined) throw error
  const transactionText = named ? (texts.shift() ?? null) : null
  const countersText = counted ? (texts.shift() ?? null) : null
  const wholeText = whole ? (texts.shift() ?? null) : null
  const schemaOf = objects === 'all' ? schemaFrom : objectsFrom
  return {
    schema: ofSchema ? schemaOf(schemaText ?? '{}') : null,
    whole: wholeText === null ? null : schemaFrom(wholeText),
    transactions:
      table && !named
        ? {
            kind: 'unavailable',
            reason: table.exists ? 'the version table is a view' : 'there is no version table',
          }
        : table && transactionsFrom(transactionText),
    counters: counted && writeCountersFrom(countersText, counted.name),
    // The first result belongs to the statement that sets the time limits.
    rows: rows.map((_question, index) => {
      const value = texts[index + 1] ?? null
      return value === null ? null : value === 't'
    }),
  }
}

function namedTable(table: VersionTable | null): { readonly schema: string; readonly name: string } | null {
  return table?.relation === 'table' && table.schema !== null
    ? { schema: table.schema, name: table.name }
    : null
}
