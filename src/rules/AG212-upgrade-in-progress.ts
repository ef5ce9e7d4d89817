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

/** Somebody else holds what the upgrade needs. */
const rule: Rule = {
  code: 'AG212',
  name: 'upgrade-in-progress',
  severity: 'warning',
  summary: 'Another session holds a lock that the upgrade would wait for.',
  explanation: `An upgrade that runs already holds a lock on the version table, and so does one that was cut off and whose
session still sits there, idle in its transaction. A session that is idle in a transaction also keeps its locks on every
table that it has read: \`ALTER TABLE\` waits for it, and every other query on that table waits behind.

It is an error where the lock blocks now and shows no sign of going away: the version table can't be written, or a
session has been idle in its transaction for more than a minute, or a prepared transaction holds a table that is
altered. Otherwise it is a warning.`,
  cure: `Wait for the other upgrade. End a session that hangs: \`SELECT pg_terminate_backend(pid)\`. Set
\`lock_timeout\` for migrations, so that they give up instead of holding up everybody else.`,
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
      const guess = writes ? 'It is probably a running upgrade.' : 'It may be a running upgrade.'
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
              `The upgrade alters ${shown(table)} and has to wait.`,
            ),
          )
      }
    }
    return findings
  },
}

/** Idle transactions of this age, in seconds, do not end by themselves in a moment. */
const longIdle = 60

function isStuck({ state, transactionAge }: SessionLock): boolean {
  return (
    state === 'prepared transaction' ||
    (state?.startsWith('idle in transaction') === true && (transactionAge ?? 0) >= longIdle)
  )
}

/** The lock to speak of: one that blocks writing, else the oldest. A query that merely runs is none. */
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
  const who = [
    pid === 0 ? 'a prepared transaction' : `process ${pid}`,
    state !== null && pid !== 0 && `(${shown(state)})`,
    application !== null && `of application ${shown(application)}`,
    transactionAge !== null && `for ${counted(Math.round(transactionAge), 'second')}`,
  ].filter(Boolean)
  return discovery({
    severity: blocks ? 'error' : 'warning',
    message: `${who.join(' ').replace(/^./, (first) => first.toUpperCase())} holds ${mode} on ${what}.`,
    why: `${guess} Behind a waiting ALTER TABLE every other query on the table waits too.`,
    remedies: [
      advice('Wait until it has ended, then release again.'),
      advice(
        pid === 0
          ? 'If it is abandoned: ROLLBACK PREPARED.'
          : `If it hangs: SELECT pg_terminate_backend(${pid}).`,
      ),
    ],
  })
}

export default rule
