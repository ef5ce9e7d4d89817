/**
 * Reads the locks taken by a statement that runs outside a transaction. PostgreSQL would release these locks before
 * they could be queried, so the proxy appends its query to the same message, and both run in one implicit
 * transaction. Locks taken by statements that can't run in a transaction aren't read.
 */
import { type SqlToken, statementsOf, tokensOfSql } from '../../python/operations/sql/tokens.ts'
import { int32, message, zeroEnded } from '../postgres/wire-protocol.ts'

/** Prepared statement name that no client would use. */
const mark = 'alembic_guard_locks'

/**
 * Query for the table, mode and current data file of each lock. Other transactions can't see new data files.
 * Operators are qualified, because the query runs with the client's search path.
 */
export const locksQuestion = `SELECT l.relation::pg_catalog.text, l.mode,
    pg_catalog.pg_relation_filenode(l.relation)::pg_catalog.text
  FROM pg_catalog.pg_locks l
  WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
    AND l.locktype OPERATOR(pg_catalog.=) 'relation'::pg_catalog.text AND l.granted`

/** First words of statements that are always allowed in a transaction block. */
const alwaysAllowed: ReadonlySet<string> = new Set(
  'comment delete grant insert merge refresh revoke select truncate update with'.split(' '),
)

/** Kinds of objects that can be created, altered and dropped in a transaction block, unless CONCURRENTLY is used. */
const allowedKinds: ReadonlySet<string> = new Set(
  'aggregate constraint domain extension foreign function index materialized or policy procedure rule schema sequence statistics table temp temporary trigger unique unlogged view'.split(
    ' ',
  ),
)

/** How to determine a statement's locks. */
type LockSource =
  /** A query in the statement's own transaction determines the locks. */
  | 'ask'
  /** The statement doesn't lock any table. */
  | 'none'
  | 'unknown'

/** Returns how to determine the locks taken by the SQL in `text`. */
export function lockSourceOf(text: string): LockSource {
  const tokens = tokensOfSql(text)
  if (tokens === null) return 'unknown'
  const statements = statementsOf(tokens)
  const [only] = statements
  if (only === undefined) return 'none'
  return statements.length === 1 ? sourceOf(only) : 'unknown'
}

function sourceOf(tokens: readonly SqlToken[]): LockSource {
  const [verb, kind] = tokens.filter((token) => token.kind === 'word').map(({ word }) => word)
  if (verb === undefined) return 'unknown'
  if (/^(?:set|reset|show|begin|start|commit|end|rollback|abort|savepoint|release)$/.test(verb)) return 'none'
  if (alwaysAllowed.has(verb)) return 'ask'
  const concurrent = tokens.some((token) => token.kind === 'word' && token.word === 'concurrently')
  const schema = verb === 'create' || verb === 'alter' || verb === 'drop'
  return schema && !concurrent && kind !== undefined && allowedKinds.has(kind) ? 'ask' : 'unknown'
}

/** Returns a simple query message that runs `text`, then {@link locksQuestion}. */
export function askAfterQuery(text: string): Buffer {
  // The client's text may end with a comment, so the query starts on a new line.
  return message('Q', zeroEnded(`${text}\n;${locksQuestion}`))
}

/** Returns messages that run {@link locksQuestion} before a Sync. */
export function askBeforeSync(): Buffer {
  const none = Buffer.from([0, 0])
  return Buffer.concat([
    message('P', Buffer.concat([zeroEnded(mark, locksQuestion), none])),
    message('B', Buffer.concat([zeroEnded(mark, mark), none, none, none])),
    message('E', Buffer.concat([zeroEnded(mark), int32(0)])),
    message('C', Buffer.concat([Buffer.from('S'), zeroEnded(mark)])),
  ])
}
