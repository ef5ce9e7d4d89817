import type { SessionLock } from '../core/history/database-state.ts'
import { advice, type Discovery, discovery } from '../core/findings/finding.ts'
import { lockedTables } from '../core/dry-run/live/locked-tables.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, shown } from '../core/text/display.ts'

const migration = `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`

const idleLock: SessionLock = {
  pid: 4711,
  mode: 'ExclusiveLock',
  state: 'idle in transaction',
  application: null,
  transactionAge: 95,
  blocksWrites: true,
}

/** Reports other sessions' locks that would make the upgrade wait. */
const rule: Rule = {
  code: 'AG212',
  name: 'upgrade-in-progress',
  severity: 'warning',
  summary: 'Another session holds a lock that the upgrade would wait for.',
  explanation: `A running upgrade holds a lock on the version table. So does an interrupted upgrade whose session
is still idle in its transaction. A session that is idle in a transaction also keeps its locks on every table it
has read: \`ALTER TABLE\` waits for that session, and every other query on the table queues behind it.

The finding is an error if the lock is unlikely to go away: the version table can't be written, a session has been
idle in its transaction for more than a minute, or a prepared transaction locks a table that the upgrade alters.
Otherwise, the finding is a warning.`,
  cure: 'Wait for the other upgrade. Terminate a hung session: `SELECT pg_terminate_backend(pid)`. Set `lock_timeout` for migrations so that they give up instead of blocking everyone else.',
  examples: {
    bad: { files: { 'a1.py': migration }, versions: [], database: { locks: [idleLock] } },
    good: { files: { 'a1.py': migration }, versions: ['a1'], database: { locks: [idleLock] } },
  },
  explains: [],
  inspect({ database }) {
    if (!database || database.prediction.steps.length === 0) return []
    const { state, pending } = database
    const findings: Discovery[] = []
    const own = worst(state.locks.filter(({ application }) => application !== 'alembic-guard'))
    if (own) {
      const table = state.versionTable.name
      const writes = own.blocksWrites || own.mode === 'RowExclusiveLock'
      const guess = writes
        ? 'The lock probably belongs to a running upgrade.'
        : 'The lock may belong to a running upgrade.'
      findings.push(found(own, `the version table ${shown(table)}`, own.blocksWrites, guess))
    }
    if (pending?.kind === 'tried') {
      for (const { table, locks } of lockedTables(pending)) {
        const other = worst(locks)
        if (other)
          findings.push(
            found(
              other,
              `table ${shown(table)}`,
              isStuck(other),
              `The upgrade alters ${shown(table)}, so it would have to wait.`,
            ),
          )
      }
    }
    return findings
  },
}

/** Seconds after which an idle transaction counts as stuck. */
const longIdle = 60

function isStuck({ state, transactionAge }: SessionLock): boolean {
  return (
    state === 'prepared transaction' ||
    (state?.startsWith('idle in transaction') === true && (transactionAge ?? 0) >= longIdle)
  )
}

/** The oldest lock, preferring locks that block writes. Ignores short reads that block no writes. */
function worst(locks: readonly SessionLock[]): SessionLock | undefined {
  const lasting = locks.filter(
    ({ state, blocksWrites, mode, transactionAge }) =>
      blocksWrites || mode === 'RowExclusiveLock' || state !== 'active' || (transactionAge ?? 0) >= longIdle,
  )
  return lasting.toSorted(
    (a, b) =>
      Number(b.blocksWrites) - Number(a.blocksWrites) || (b.transactionAge ?? 0) - (a.transactionAge ?? 0),
  )[0]
}

function found(lock: SessionLock, what: string, blocks: boolean, guess: string): Discovery {
  const { pid, mode, state, application, transactionAge } = lock
  const details = [
    state !== null && pid !== 0 && shown(state),
    application !== null && `application ${shown(application)}`,
    transactionAge !== null && `transaction open for ${counted(Math.round(transactionAge), 'second')}`,
  ].filter(Boolean)
  const who = pid === 0 ? 'A prepared transaction' : `Process ${pid}`
  return discovery({
    severity: blocks ? 'error' : 'warning',
    message: `${who}${details.length > 0 ? ` (${details.join(', ')})` : ''} holds ${mode} on ${what}.`,
    why: `${guess} While an ALTER TABLE waits, every other query on the table waits behind it.`,
    remedies: [
      advice('Wait until that transaction ends, then release again.'),
      advice(
        pid === 0
          ? 'If the prepared transaction is abandoned, run ROLLBACK PREPARED.'
          : `If the session hangs, run SELECT pg_terminate_backend(${pid}).`,
      ),
    ],
  })
}

export default rule
