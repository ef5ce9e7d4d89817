/**
 * Changes version rows on PostgreSQL in one transaction. Distinguishes failures that changed nothing from an
 * unconfirmed commit.
 */
import type { PostgresUrl } from '../database/database-url.ts'
import type { OpenOptions } from '../database/database.ts'
import { type Deadline, defaultTimeoutMs, startDeadline } from '../files/deadline.ts'
import { planConnection } from '../libpq/libpq.ts'
import { codeOf, explainQueryFailure, saidByServer } from './errors.ts'
import { type WritingConnection, transactionSettings, writePostgres } from './connect.ts'
import { releaseLockKey } from './release-lock.ts'
import { type VersionWrite, type WriteOutcome, sameRows } from '../database/version-write.ts'
import { setSafePath } from './safe-path.ts'

/**
 * Makes the change in one transaction, so that a pooler keeps using the same server connection.
 * @throws GuardError (unavailable) if the connection fails.
 */
export async function writePostgresVersions(
  url: PostgresUrl,
  write: VersionWrite,
  options: OpenOptions,
): Promise<WriteOutcome> {
  const deadline = startDeadline(options.timeoutMs ?? defaultTimeoutMs, options.signal)
  const plan = planConnection(url, options.env, options.cwd)
  const connection = await writePostgres(plan, deadline)
  const ask = (statement: string) => inTime(connection, deadline, statement)
  const { script } = write
  let doing = 'Beginning the transaction'
  try {
    await ask(script.begin)
    await ask(transactionSettings(deadline))
    await ask(setSafePath)
    doing = 'Waiting for the release lock'
    await ask(`SELECT pg_catalog.pg_advisory_xact_lock(${releaseLockKey.classid}, ${releaseLockKey.objid})`)
    doing = 'Locking the version table'
    if (script.lock !== null) await ask(script.lock)
    doing = 'Reading the version rows'
    const before = await rowsOf(ask, script.read)
    if (!sameRows(before, write.before)) {
      await ask('ROLLBACK')
      return { kind: 'changed meanwhile', rows: before }
    }
    doing = 'Changing the version rows'
    for (const statement of script.changes) await ask(statement)
    const after = await rowsOf(ask, script.read)
    if (!sameRows(after, write.after)) {
      await ask('ROLLBACK')
      return { kind: 'other rows', rows: after }
    }
    const [[transaction = null] = []] = await ask('SELECT pg_catalog.txid_current()')
    return await committed(ask, script.commit, transaction, script.read)
  } catch (error) {
    if (codeOf(error) === '55P03') {
      const release = doing === 'Waiting for the release lock'
      return {
        kind: 'failed',
        message: release
          ? 'The release lock is held by another release, or by another change to the version table.'
          : 'Another session held a lock on the version table for too long.',
        hint: 'Wait until the other release or session finishes, then check again and retry.',
      }
    }
    const { message, hint } = explainQueryFailure(error, doing, { plan, target: connection.target, deadline })
    return { kind: 'failed', message, hint: codeOf(error) === '42501' ? writePermissionHint : hint }
  } finally {
    await connection.close()
  }
}

const writePermissionHint =
  'Use the database URL that the release uses: its role can write to the version table.'

type Ask = (statement: string) => ReturnType<WritingConnection['ask']>

/** Commits the transaction. A lost response leaves the outcome unknown. */
async function committed(
  ask: Ask,
  commit: string,
  transaction: string | null,
  read: string,
): Promise<WriteOutcome> {
  try {
    await ask(commit)
    return { kind: 'written' }
  } catch (error) {
    // A regular server error means that the transaction wasn't committed.
    if (saidByServer(error) && !/^(?:57P|08|40003)/.test(codeOf(error))) throw error
    return {
      kind: 'unknown',
      message: 'The commit was sent but not confirmed, because the connection was lost or timed out.',
      look: [...(transaction === null ? [] : [`SELECT pg_catalog.txid_status(${transaction})`]), read],
    }
  }
}

async function rowsOf(ask: Ask, read: string): Promise<readonly (string | null)[]> {
  return (await ask(read)).map(([value = null]) => value)
}

/** Adds a local time limit, because the server's errors never arrive if the network is down. */
async function inTime(
  connection: WritingConnection,
  { signal }: Deadline,
  statement: string,
): ReturnType<WritingConnection['ask']> {
  signal.throwIfAborted()
  let stop: () => void = () => undefined
  const over = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  const answer = connection.ask(statement)
  // After a timeout, nothing awaits this promise.
  answer.catch(() => undefined)
  try {
    return await Promise.race([answer, over])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
