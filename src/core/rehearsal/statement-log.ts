/** Determines which migration ran each statement in a rehearsal. */

/** A lock on an existing table. `mode` is PostgreSQL's name for the lock mode, such as `AccessExclusiveLock`. */
export interface TableLock {
  readonly table: string
  readonly mode: string
  /** True if the statement rewrote or truncated the table. */
  readonly rewritten?: true
  /** The locking statement; undefined if unknown. */
  readonly statement?: string
  /** Time from the start of the locking statement to the end of the transaction; undefined if unknown. */
  readonly heldMs?: number
}

/** An error reported by the server. */
export interface ServerError {
  /** SQLSTATE. */
  readonly code: string
  readonly message: string
  /** True if the error has a position in the statement and no function ran, so no rows had been read. */
  readonly atParse?: true
  /** True if a function, trigger or DO block raised the error. */
  readonly inFunction?: true
}

/** A statement in the log. */
export interface LoggedStatement {
  readonly text: string
  /** Start time in milliseconds. The clock pauses while the guard queries locks. */
  readonly startedAt: number
  readonly endedAt: number
  /** Locks held at the end of the statement. Outside a transaction, they were released right afterward. */
  readonly locks: readonly TableLock[]
  readonly inTransaction: boolean
  /** True if the locks weren't read, because the client didn't wait or the statement can't run in a transaction. */
  readonly locksUnknown?: true
  /** The connection's number; undefined if unknown. */
  readonly session?: number
  readonly error: ServerError | null
}

/** A migration that ran in the rehearsal. */
export interface RehearsedMigration {
  readonly revision: string
  readonly direction: 'upgrade' | 'downgrade'
  /** Duration in milliseconds, including the time spent in Python code; null if unknown. */
  readonly ms: number | null
  /** Number of statements, excluding those sent by drivers; null if unavailable (SQLite). */
  readonly statements: number | null
  /** Locks that no earlier migration in the same transaction had already taken. */
  readonly locks: readonly TableLock[]
  /** True if part of the migration ran outside a transaction. */
  readonly outside: boolean
  /** Statements whose locks weren't read. */
  readonly unmeasured: readonly string[]
  /**
   * Text of the migration's successful statements. Excludes drivers' own statements and writes to the version table.
   * Empty on SQLite.
   */
  readonly texts: readonly string[]
}

/** Completed migrations in order, and the statements that ran after the last of them. */
export interface RevisionStatements {
  readonly done: readonly RehearsedMigration[]
  /** Statements from an unfinished migration, or from outside any migration. */
  readonly rest: readonly LoggedStatement[]
}

/** `look` reads or creates the version table; `write` changes its rows. */
type VersionStatement =
  | { readonly kind: 'look' }
  | { readonly kind: 'write'; readonly from: string | null; readonly to: string | null }

/**
 * Groups statements by migration. Alembic ends each migration by updating the version table
 * (`HeadMaintainer.update_to_step` in alembic/runtime/migration.py). An upgrade ends by writing the new id with
 * INSERT or UPDATE; a merge DELETEs rows before that. A downgrade ends by removing the old id with DELETE or UPDATE;
 * an unmerge INSERTs rows before that. Statements before the first read of the table belong to no migration.
 */
export function splitByRevision(
  statements: readonly LoggedStatement[],
  versionTable: string,
  direction: RehearsedMigration['direction'],
): RevisionStatements {
  const done: RehearsedMigration[] = []
  let own: LoggedStatement[] = []
  let known: readonly TableLock[] = []
  let begin: number | null = null
  for (const statement of statements) {
    const about = statement.error ? null : aboutVersions(statement.text, versionTable)
    if (about?.kind === 'look') {
      own = []
      begin = statement.endedAt
      known = statement.locks
      continue
    }
    if (own.length === 0 && !statement.inTransaction && isHousekeeping(statement.text)) {
      // The statement ends the previous migration's transaction and releases its locks.
      begin = statement.endedAt
      known = []
      continue
    }
    if (!statement.inTransaction) known = []
    own.push(statement)
    if (about === null) continue
    const revision = direction === 'upgrade' ? about.to : about.from
    if (revision === null) continue
    const texts = own
      .filter(({ text, error }) => error === null && !isHousekeeping(text) && !isWrite(text, versionTable))
      .map(({ text }) => text)
    done.push({
      revision,
      direction,
      texts,
      ms: Math.max(0, statement.endedAt - (begin ?? own[0]?.startedAt ?? statement.startedAt)),
      statements: own.filter(({ text }) => !isHousekeeping(text) && !isWrite(text, versionTable)).length,
      locks: newLocks(own, known, (one) => statements.slice(statements.indexOf(one))),
      outside: own.some((one) => !one.inTransaction && !isHousekeeping(one.text)),
      unmeasured: own
        .filter(
          ({ locksUnknown, text }) => locksUnknown && !isHousekeeping(text) && !isWrite(text, versionTable),
        )
        .map(({ text }) => text),
    })
    known = statement.locks
    own = []
    begin = statement.endedAt
  }
  return { done, rest: own.filter(({ text }) => !isHousekeeping(text)) }
}

function isWrite(text: string, versionTable: string): boolean {
  return aboutVersions(text, versionTable)?.kind === 'write'
}

/** Whether drivers send this statement on their own, as they do for transaction control. */
function isHousekeeping(text: string): boolean {
  return /^\s*(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|SHOW)\b/i.test(text)
}

/** Parses a statement that targets the version table; null for other statements. */
export function aboutVersions(text: string, versionTable: string): VersionStatement | null {
  if (!text.includes(versionTable)) return null
  const name = versionTable.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const table = `(?:(?:"[^"]+"|[\\w$]+)\\.)?"?${name}"?`
  const literal = `'((?:[^']|'')*)'`
  const insert = new RegExp(`^\\s*INSERT INTO ${table} \\(version_num\\) VALUES \\(${literal}\\)`, 'i')
  const update = new RegExp(
    `^\\s*UPDATE ${table} SET version_num=${literal} WHERE [^=]*version_num = ${literal}`,
    'i',
  )
  const remove = new RegExp(`^\\s*DELETE FROM ${table} WHERE [^=]*version_num = ${literal}`, 'i')
  const look = new RegExp(
    `^\\s*(?:SELECT [^]*(?:${name})|CREATE TABLE (?:IF NOT EXISTS )?${table}[\\s(])`,
    'i',
  )
  const of = (value: string | undefined): string | null => value?.replaceAll("''", "'") ?? null
  const inserted = insert.exec(text)
  if (inserted) return { kind: 'write', from: null, to: of(inserted[1]) }
  const updated = update.exec(text)
  if (updated) return { kind: 'write', from: of(updated[2]), to: of(updated[1]) }
  const removed = remove.exec(text)
  if (removed) return { kind: 'write', from: of(removed[1]), to: null }
  return look.test(text) ? { kind: 'look' } : null
}

/**
 * Returns the locks that these statements took. Omits `known` locks unless the table was rewritten. `onward` returns
 * its argument and all later statements.
 */
function newLocks(
  statements: readonly LoggedStatement[],
  known: readonly TableLock[],
  onward: (statement: LoggedStatement) => readonly LoggedStatement[],
): readonly TableLock[] {
  const seen = new Set(known.map(keyOf))
  const taken = new Map<string, TableLock>()
  for (const statement of statements) {
    for (const lock of statement.locks) {
      const key = keyOf(lock)
      // Outside a transaction, each statement takes its locks again.
      if (seen.has(key) && !lock.rewritten && statement.inTransaction) continue
      seen.add(key)
      const before = taken.get(key)
      const held = heldMs(lock, onward(statement))
      if (before?.heldMs === undefined || lock.rewritten || held > before.heldMs)
        taken.set(key, { ...lock, statement: statement.text, heldMs: Math.max(held, before?.heldMs ?? 0) })
    }
  }
  return [...taken.values()]
}

/** How long the lock was held, in milliseconds. The transaction's end or a rollback to a savepoint releases it. */
function heldMs(lock: TableLock, [first, ...later]: readonly LoggedStatement[]): number {
  if (first === undefined) return 0
  const session = later.filter((one) => one.session === first.session)
  const holds = (one: LoggedStatement): boolean =>
    one.inTransaction && (one.locksUnknown === true || one.locks.some((held) => keyOf(held) === keyOf(lock)))
  const release = first.inTransaction ? (session.find((one) => !holds(one)) ?? session.at(-1)) : first
  return (release ?? first).endedAt - first.startedAt
}

function keyOf({ table, mode }: TableLock): string {
  return `${mode} ${table}`
}

/** Table lock modes, from weakest to strongest (PostgreSQL manual, 13.3). */
export const lockModes: readonly string[] = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
]

/** Returns the strongest lock on each table. Ignores locks that block neither reads nor writes. */
export function blockingLocks<Lock extends TableLock>(locks: readonly Lock[]): readonly Lock[] {
  const strongest = new Map<string, Lock>()
  for (const lock of locks) {
    const rank = lockModes.indexOf(lock.mode)
    const before = strongest.get(lock.table)
    if (rank >= lockModes.indexOf('ShareLock') && (!before || rank > lockModes.indexOf(before.mode)))
      strongest.set(lock.table, lock)
  }
  return [...strongest.values()]
}
