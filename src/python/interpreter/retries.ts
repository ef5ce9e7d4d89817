/**
 * Interprets loops that repeat a block until it raises no exception, as migrations do when they wait for a lock. The code
 * after such a loop runs only if the whole block succeeded.
 */
import type { NodeOf, Statement } from '../syntax/syntax-tree.ts'
import { mayChange } from './acting-functions.ts'
import { leaves } from './control-flow.ts'
import type { Run } from './run.ts'
import type { Scope } from './scope.ts'
import { type Flow, type Frame, followBlock } from './statements.ts'

/**
 * Returns the block that a `while True` loop repeats; null for any other loop. The handlers may wait and raise, but can't
 * change the database.
 */
export function retriedBlock({ test, body }: NodeOf<'While'>, scope: Scope): readonly Statement[] | null {
  const [attempt, ...others] = body
  if (test.nodeType !== 'Constant' || test.value !== true) return null
  if (attempt?.nodeType !== 'Try' || others.length > 0 || attempt.finalbody.length > 0) return null
  const block = [...attempt.body, ...attempt.orelse]
  const last = block.at(-1)?.nodeType
  if (last !== 'Return' && last !== 'Break') return null
  if (block.slice(0, -1).some(leaves)) return null
  const own = new Set(attempt.handlers.flatMap(({ name }) => name ?? []))
  const isHarmless = attempt.handlers.every((handler) =>
    handler.body.every((one) => !leaves(one) && !mayChange(one, scope, own)),
  )
  return isHarmless ? block : null
}

/** Interprets the block once. An exception in it ends the migration, unless a later attempt succeeds. */
export function followRetried(block: readonly Statement[], frame: Frame, run: Run): Flow {
  const before = run.attempt
  if (run.under === null) run.attempt = { branch: run.branch, raises: true }
  const flow = followBlock(block, frame, run)
  run.attempt = before
  return flow === 'break' ? 'next' : flow
}
