import { type Discovery, advice, discovery, edit } from '../../core/findings/finding.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { LockLimit, SizedLock } from '../../core/rehearsal/lock-limit.ts'
import { shown } from '../../core/text/display.ts'
import { sizeOf } from './locked-table.ts'

/** A lock taken by a rehearsed migration, and the limit it exceeds. */
export interface ExceededLimit {
  readonly revision: string
  readonly lock: SizedLock
  readonly limit: LockLimit
  /** Location of `upgrade()`; null if unknown. */
  readonly location: Span | null
}

/** Creates the finding for a lock that exceeds a limit. */
export function exceededLimitFinding({ revision, lock, limit, location }: ExceededLimit): Discovery {
  const { table, bytes = 0, rewritten, statement } = lock
  const mode = manualName(lock.mode)
  const name = shown(table)
  const does = rewritten
    ? `rewrites ${name} under an ${mode} lock`
    : `takes ${article(mode)} ${mode} lock on ${name}`
  return discovery({
    severity: 'error',
    message: `Migration ${shown(revision)} ${does} (${sizeOf(bytes)}), which exceeds --max-lock "${shown(limit.text)}".`,
    why:
      lock.mode === 'AccessExclusiveLock'
        ? `Every query on ${name} waits until the migration's transaction ends.`
        : `Statements that conflict with this lock wait until the migration's transaction ends.`,
    evidence: statement === undefined ? [] : [['The statement is', shown(statement)]],
    revisions: [revision],
    objects: [table],
    location,
    remedies: [
      edit(
        'Split the change into steps that hold weaker or shorter locks ("alembic-guard lint" shows how).',
        'likely',
      ),
      advice(
        `If the lock is acceptable, for example in a maintenance window, allow it with --ignore AG434=${shown(revision)}.`,
      ),
    ],
  })
}

/** Spells a lock mode such as `AccessExclusiveLock` as PostgreSQL's manual does: `ACCESS EXCLUSIVE`. */
function manualName(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()
}

function article(mode: string): string {
  return /^[AE]/.test(mode) ? 'an' : 'a'
}
