/**
 * Uses a PostgreSQL session advisory lock to allow only one release at a time. Detects poolers, which would make the
 * lock ineffective.
 */
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { parseDatabaseUrl } from '../database/database-url.ts'
import type { OpenOptions } from '../database/database.ts'
import { defaultTimeoutMs, startDeadline } from '../files/deadline.ts'
import { planConnection } from '../libpq/libpq.ts'
import type { HeldConnection } from './connect.ts'

/** Options for the release lock. */
export interface LockOptions extends OpenOptions {
  /** Maximum time in milliseconds to wait for another release. */
  readonly waitMs: number
  /** Default application name in `pg_stat_activity`. The URL and PGAPPNAME override it. */
  readonly applicationName: string
  /** Called once if another session holds the lock. */
  readonly onWait: (holder: string) => void
}

/** The release lock, held by this process. */
export interface ReleaseLock {
  /** Resolves if the lock is lost before `release` is called. */
  readonly lost: Promise<void>
  release(): Promise<void>
}

/** The release lock, or the reason why it wasn't acquired. */
export type LockOutcome =
  | { readonly kind: 'held'; readonly lock: ReleaseLock }
  /** A pooler spreads statements across several server connections, so a session lock would be left behind. */
  | { readonly kind: 'pooler' }
  /** SQLite has no advisory locks. Writers lock the whole file instead. */
  | { readonly kind: 'none' }
  /** The connection failed, or the URL is invalid. */
  | { readonly kind: 'unreachable'; readonly problem: GuardError }

/** "alem" and "guar" in ASCII: classid and objid in `pg_locks`. All projects in a database share this key. */
export const releaseLockKey = { classid: 0x616c656d, objid: 0x67756172 } as const

/** How many comparisons to make to detect a pooler, and how many milliseconds to wait for the second session. */
const probes = 3
const probeMs = 2000

/** Interval in milliseconds between attempts to acquire the lock, and between connection checks. */
const pollMs = 500
const heartbeatMs = 10_000

/**
 * Acquires the lock, waiting for another session if necessary. Polls, because a blocked statement would hold a
 * snapshot, and the other release's `CREATE INDEX CONCURRENTLY` would wait for that snapshot forever.
 * @throws GuardError (unavailable) if another session holds the lock for too long.
 */
export async function takeReleaseLock(url: string, options: LockOptions): Promise<LockOutcome> {
  let connection: HeldConnection
  let connect: (timeoutMs: number) => Promise<HeldConnection>
  try {
    const connecting = connectionTo(url, options)
    if (connecting === null) return { kind: 'none' }
    connect = connecting
    connection = await connect(options.timeoutMs ?? defaultTimeoutMs)
  } catch (error) {
    if (error instanceof GuardError) return { kind: 'unreachable', problem: error }
    throw error
  }
  try {
    const pid = await pidOf(connection)
    const pooled = Number(pid) !== connection.announcedPid
    if (pooled && (await sharesServer(connection, pid, connect))) {
      await connection.close()
      return { kind: 'pooler' }
    }
    if (!(await waitForLock(connection, options))) {
      await connection.close()
      return { kind: 'pooler' }
    }
    return { kind: 'held', lock: watch(connection, pooled ? pid : null) }
  } catch (error) {
    await connection.close()
    if (error instanceof GuardError) throw error
    throw new GuardError(
      'unavailable',
      'Acquiring the release lock failed: the server closed the connection or rejected the query.',
      'Try again, or pass --no-lock.',
      { cause: error },
    )
  }
}

/** Returns null for a database file, because there is no server on which to take a lock. */
function connectionTo(
  url: string,
  options: LockOptions,
): ((timeoutMs: number) => Promise<HeldConnection>) | null {
  const parsed = parseDatabaseUrl(url)
  if (parsed.kind === 'file') return null
  // Drop the URL's options, which are meant for the upgrade. For example, an idle session timeout would release the
  // lock.
  const plan = { ...planConnection(parsed, options.env, options.cwd), options: null }
  const named = parsed.parameters.has('application_name') || Boolean(options.env['PGAPPNAME'])
  return async (timeoutMs) => {
    const { holdPostgres } = await import('./connect.ts')
    return holdPostgres(
      named ? plan : { ...plan, applicationName: options.applicationName },
      startDeadline(timeoutMs, options.signal),
    )
  }
}

async function pidOf(connection: HeldConnection): Promise<string | null> {
  const [[pid = null] = []] = await connection.read('SELECT pg_catalog.pg_backend_pid()')
  return pid
}

/**
 * Whether a pooler shares server connections between sessions, like PgBouncer in transaction mode. Also true if a
 * second session has to wait, because then the lock would occupy the connection that the upgrade needs.
 */
async function sharesServer(
  connection: HeldConnection,
  pid: string | null,
  connect: (timeoutMs: number) => Promise<HeldConnection>,
): Promise<boolean> {
  const second = await connect(probeMs).catch(() => null)
  if (second === null) return true
  try {
    for (let probe = 0; probe < probes; probe += 1) {
      const other = await Promise.race([pidOf(second), sleep(probeMs, undefined).then(() => null)])
      if (other === null || other === pid || (await pidOf(connection)) !== pid) return true
    }
    return false
  } finally {
    await second.close()
  }
}

/**
 * Waits for the lock. Returns false if this server connection already holds it, which means that a pooler shares the
 * connection.
 */
async function waitForLock(connection: HeldConnection, options: LockOptions): Promise<boolean> {
  const end = performance.now() + options.waitMs
  let announced = false
  for (;;) {
    const [[taken] = []] = await connection.read(
      `SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE ${isOurs} AND l.pid = pg_catalog.pg_backend_pid())
        THEN 'before' WHEN pg_catalog.pg_try_advisory_lock(${releaseLockKey.classid}, ${releaseLockKey.objid}) THEN 'now' END`,
    )
    if (taken !== null) return taken === 'now'
    const left = end - performance.now()
    if (!announced || left <= 0) {
      const holder = await holderOf(connection)
      if (left <= 0) throw tooLong(holder, options.waitMs)
      options.onWait(holder.text)
      announced = true
    }
    await sleep(Math.min(pollMs, Math.max(1, left)), options.signal)
    if (options.signal?.aborted) {
      throw new GuardError('unavailable', 'Interrupted while waiting for the release lock.')
    }
  }
}

const isOurs = `l.locktype = 'advisory' AND l.granted AND l.classid = ${releaseLockKey.classid}
  AND l.objid = ${releaseLockKey.objid} AND l.objsubid = 2`

interface Holder {
  readonly pid: string | null
  readonly text: string
}

/** Returns whatever our role may see about the session that holds the lock. */
async function holderOf(connection: HeldConnection): Promise<Holder> {
  const [row] = await connection.read(
    `SELECT l.pid, s.application_name, pg_catalog.to_char(s.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
    FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
    WHERE ${isOurs}
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
  )
  const [pid = null, application = null, since = null] = row ?? []
  if (pid === null) return { pid, text: 'another session' }
  const called = application ? ` (${shown(application)})` : ''
  return { pid, text: `process ${pid}${called}${since === null ? '' : `, connected since ${since} UTC`}` }
}

function tooLong({ pid, text }: Holder, waitMs: number): GuardError {
  const end = pid === null ? '' : ` If it is dead: SELECT pg_catalog.pg_terminate_backend(${pid}).`
  return new GuardError(
    'unavailable',
    `Another release still holds the lock after ${Number((waitMs / 1000).toFixed(1))} s: ${text}.`,
    `Wait until that release finishes, then release again, or raise --lock-timeout.${end}`,
  )
}

/**
 * Keeps the connection alive and detects when the lock is lost. `pooledPid` identifies a pooler's server connection;
 * if it changes, the lock is lost. Because that connection outlives the guard's own, the lock must be released
 * explicitly.
 */
function watch(connection: HeldConnection, pooledPid: string | null): ReleaseLock {
  let released = false
  let tell: () => void = () => undefined
  const lost = new Promise<void>((resolve) => (tell = resolve))
  const lose = (): void => {
    clearInterval(timer)
    if (!released) tell()
  }
  const timer = setInterval(() => {
    const late = setTimeout(lose, heartbeatMs)
    void pidOf(connection)
      .then((pid) => (pooledPid !== null && pid !== pooledPid ? lose() : undefined))
      .catch(lose)
      .finally(() => clearTimeout(late))
  }, heartbeatMs)
  timer.unref()
  void connection.gone.then(lose)
  return {
    lost,
    release: async () => {
      released = true
      clearInterval(timer)
      if (pooledPid !== null) {
        const unlock = `SELECT pg_catalog.pg_advisory_unlock(${releaseLockKey.classid}, ${releaseLockKey.objid})`
        await Promise.race([connection.read(unlock).catch(() => []), sleep(probeMs, undefined)])
      }
      await connection.close()
    },
  }
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
