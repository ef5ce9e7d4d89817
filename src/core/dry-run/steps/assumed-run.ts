/**
 * Simulates the pending operations a second time, with assumptions. This pass only improves coverage and never reports
 * a failure. It assumes that code without access to the connection doesn't change the schema, and that all conditions
 * are true. When a conditional block ends, everything that it changed becomes unknown.
 */
import type { ObjectName, Opaque, Operation, Possible } from '../../history/operation.ts'
import { knowsAllNames } from '../other-statements.ts'
import type { SimulatedSchema, SimulatedTable } from '../simulated-schema.ts'
import { forgetAll, forgetTable, forgetType } from '../unknown-changes.ts'
import { type TableState, changedTable, findsNothing, joinWith, stateOf } from './joined-table.ts'
import { passOpaque, tryOperation, trySteps } from './try-steps.ts'
import { uncheckedPart } from './unchecked-part.ts'

/** State of a simulation with assumptions: the simulated schema and the open conditional blocks. */
export interface AssumedRun {
  readonly world: SimulatedSchema
  /** Open blocks, with the innermost block last. */
  readonly blocks: Block[]
}

interface Block {
  /** Path of the conditional block, in the same format as `Possible.branch`. */
  readonly branch: string
  /** Tables that the block changes, each with its state before the block. */
  readonly before: Map<SimulatedTable, TableState>
  /** Operations of the block that change anything else. */
  readonly others: Opaque[]
}

export function startAssumed(world: SimulatedSchema): AssumedRun {
  return { world, blocks: [] }
}

/** Returns whether assumptions may help to simulate the operation. */
export function isAssumable(step: Operation): boolean {
  if (step.kind === 'data') return step.possible !== undefined
  return step.kind === 'opaque' && (step.distant === true || step.possible !== undefined)
}

/** Simulates `count` operations, starting at index `at`. Returns true if all of them succeed under the assumptions. */
export function passesAssumed(
  run: AssumedRun,
  steps: readonly Operation[],
  at: number,
  count: number,
): boolean {
  const step = steps[at]
  if (!step) return false
  const possible = 'possible' in step ? step.possible : undefined
  closeBlocks(run, possible?.branch ?? '')
  if (step.kind === 'data') {
    const tried = possible?.operation.kind === 'data' ? possible.operation : step
    const part = uncheckedPart(run.world, tried)
    return tryOperation(run.world, tried, true) === null && part === null && knowsAllNames(run.world, tried)
  }
  if (step.kind !== 'opaque') {
    const part = uncheckedPart(run.world, step)
    const { judged } = trySteps(run.world, steps, at)
    if (judged === null) return part === null
    if (judged !== 'unsure') for (const one of steps.slice(at, at + count)) forgetNamed(run.world, one)
    return false
  }
  if (step.distant) return false
  if (!possible || !step.possible) {
    passOpaque(run.world, step)
    return false
  }
  return passesPossible(run, step, step.possible)
}

function passesPossible(run: AssumedRun, step: Opaque, { operation, branch }: Possible): boolean {
  const { world, blocks } = run
  const table = changedTable(world, operation)
  const before = table && stateOf(world, table)
  const { altersInPlace } = world.dialect
  const part = uncheckedPart(world, operation)
  const isIdle = findsNothing(world, operation)
  const inCopy = !altersInPlace && operation.inBatch !== undefined
  const judged = inCopy ? 'unsure' : tryOperation(world, operation, true)
  if (judged !== null && (judged !== 'unsure' || table === null || !altersInPlace)) {
    passOpaque(world, step)
    return false
  }
  if (isIdle) return true
  let block = blocks.at(-1)
  if (block?.branch !== branch) {
    block = { branch, before: new Map(), others: [] }
    blocks.push(block)
  }
  if (table === null || before === null) block.others.push(step)
  else if (!block.before.has(table)) block.before.set(table, before)
  return judged === null && part === null
}

/**
 * Closes the blocks that don't contain `branch`. Marks as unknown everything that these blocks changed, because they
 * might not run.
 */
export function closeBlocks({ world, blocks }: AssumedRun, branch = ''): void {
  for (let last = blocks.at(-1); last && !branch.startsWith(last.branch); last = blocks.at(-1)) {
    blocks.pop()
    for (const [table, before] of last.before) joinWith(world, table, before)
    for (const step of last.others) passOpaque(world, step)
  }
}

/**
 * Marks as unknown the objects that a step names. Called if the step fails under assumptions. In that case, either an
 * assumption is wrong or the step would really fail.
 */
function forgetNamed(world: SimulatedSchema, step: Operation): void {
  const tables: ObjectName[] = [
    ...('table' in step && step.table !== null ? [step.table] : []),
    ...(step.kind === 'renameTable' ? [step.to] : []),
    ...('index' in step && 'schema' in step.index ? [step.index] : []),
  ]
  if ('enum' in step) forgetType(world, step.enum)
  else if (step.kind === 'data') return
  else if (tables.length === 0) forgetAll(world)
  for (const table of tables) forgetTable(world, table, true)
}
