/**
 * Simulates the pending operations a second time, with assumptions, to improve coverage. Never reports a failure.
 *
 * Code without access to the connection is assumed not to change the schema. At a condition, the simulation splits
 * into two paths. A path ends at an operation that definitely runs and can't succeed. If there are too many paths,
 * the condition is assumed to be true, and whatever its block changes is unknown afterward.
 */
import type { ObjectName, Opaque, Operation, Possible } from '../../history/operation.ts'
import { knowsAllNames } from '../other-statements.ts'
import type { SimulatedSchema, SimulatedTable } from '../simulated-schema.ts'
import { forgetAll, forgetTable, forgetType } from '../unknown-changes.ts'
import { copySchema } from './copy-schema.ts'
import { type TableState, changedTable, findsNothing, joinWith, stateOf } from './joined-table.ts'
import { passOpaque, tryOperation, trySteps } from './try-steps.ts'
import { uncheckedPart } from './unchecked-part.ts'

/** State of a simulation that runs under assumptions. */
export interface AssumedRun {
  /** The paths that the upgrade may take; never empty. */
  paths: readonly Path[]
}

interface Path {
  readonly world: SimulatedSchema
  /** Open conditional blocks, innermost last. */
  readonly blocks: Block[]
  /** For each block of the current migration where this path split off, whether the path runs the block. */
  readonly decided: Map<string, boolean>
}

interface Block {
  /** Position among nested blocks, as in `Possible.branch`. */
  readonly branch: string
  /** Tables that the block changes, as they were before the block ran. */
  readonly before: Map<SimulatedTable, TableState>
  /** Operations in the block that do more than change a single known table. */
  readonly others: Opaque[]
}

/** The outcome of an operation on one path; `skipped` if the path doesn't run the operation. */
type PathOutcome = 'passes' | 'unsure' | 'fails' | 'skipped'

const maxPaths = 4

export function startAssumed(world: SimulatedSchema): AssumedRun {
  return { paths: [{ world, blocks: [], decided: new Map() }] }
}

/** Whether assumptions may help to simulate the operation. */
export function isAssumable(step: Operation): boolean {
  if (step.kind === 'data') return step.possible !== undefined
  return step.kind === 'opaque' && (step.distant === true || step.possible !== undefined)
}

/** Simulates `count` operations from index `at`. Returns true if they all succeed on every path. */
export function passesAssumed(
  run: AssumedRun,
  steps: readonly Operation[],
  at: number,
  count: number,
): boolean {
  const step = steps[at]
  if (!step) return false
  split(run, step)
  const tried = run.paths.map((path) => ({ path, outcome: tryPath(path, steps, at, count) }))
  const going = tried.filter(({ outcome }) => outcome !== 'fails')
  // If the operation fails on all paths, an assumption may be wrong, so keep all paths.
  if (going.length > 0) run.paths = going.map(({ path }) => path)
  return tried.every(({ outcome }) => outcome === 'passes' || outcome === 'skipped')
}

/** Matches the `reason` of blocks that run either completely or not at all. */
const runsWhole = /^(?:under a condition|after a conditional return)$/

/** Splits every path at the beginning of a conditional block. */
function split(run: AssumedRun, step: Operation): void {
  if (step.kind !== 'opaque' || !step.possible || run.paths.length * 2 > maxPaths) return
  const { branch } = step.possible
  const isOutermost = branch.indexOf('/') === branch.length - 1
  if (!isOutermost || !runsWhole.test(step.reason)) return
  if (
    run.paths.some(
      ({ decided, blocks }) => decided.has(branch) || blocks.some((one) => one.branch === branch),
    )
  )
    return
  run.paths = run.paths.flatMap((path) => {
    closeBlocksOf(path, branch)
    const { world, blocks, decided } = path
    const skips = { world: copySchema(world), blocks: [...blocks], decided: new Map(decided) }
    decided.set(branch, true)
    skips.decided.set(branch, false)
    return [path, skips]
  })
}

function tryPath(path: Path, steps: readonly Operation[], at: number, count: number): PathOutcome {
  const step = steps[at]
  if (!step) return 'unsure'
  const { world, decided } = path
  const possible = 'possible' in step ? step.possible : undefined
  const branch = possible?.branch ?? ''
  closeBlocksOf(path, branch)
  if (decided.get(branch.slice(0, branch.indexOf('/') + 1)) === false) return 'skipped'
  const spotted = uncheckedPart(world, possible?.operation ?? step) !== null
  if (step.kind === 'data') {
    const tried = possible?.operation.kind === 'data' ? possible.operation : step
    const passes = tryOperation(world, tried, true) === null && knowsAllNames(world, tried)
    return passes && !spotted ? 'passes' : 'unsure'
  }
  if (step.kind !== 'opaque') {
    const { judged, at: failed } = trySteps(world, steps, at)
    if (judged === null) return spotted ? 'unsure' : 'passes'
    if (judged === 'unsure') return 'unsure'
    for (const one of steps.slice(at, at + count)) forgetNamed(world, one)
    return steps[failed]?.swallowed ? 'unsure' : 'fails'
  }
  if (step.distant) return 'unsure'
  if (step.possible) {
    const outcome = tryPossible(path, step, step.possible)
    return outcome === 'passes' && spotted ? 'unsure' : outcome
  }
  passOpaque(world, step)
  return 'unsure'
}

function tryPossible(
  { world, blocks, decided }: Path,
  step: Opaque,
  { operation, branch }: Possible,
): PathOutcome {
  const table = changedTable(world, operation)
  const before = table && stateOf(world, table)
  const { altersInPlace } = world.dialect
  const isIdle = findsNothing(world, operation)
  const runs = decided.get(branch) === true
  const judged =
    !altersInPlace && operation.inBatch !== undefined ? 'unsure' : tryOperation(world, operation, true)
  // An uncertain outcome is fine if it affects a single table, whose changes become unknown after the block.
  const isBounded = judged === 'unsure' && table !== null && altersInPlace && !runs
  if (judged !== null && !isBounded) {
    passOpaque(world, step)
    return judged !== 'unsure' && runs ? 'fails' : 'unsure'
  }
  if (runs || isIdle) return 'passes'
  let block = blocks.at(-1)
  if (block?.branch !== branch) {
    block = { branch, before: new Map(), others: [] }
    blocks.push(block)
  }
  if (table === null || before === null) block.others.push(step)
  else if (!block.before.has(table)) block.before.set(table, before)
  return judged === null ? 'passes' : 'unsure'
}

/** Ends a migration and closes its blocks. */
export function closeBlocks({ paths }: AssumedRun): void {
  for (const path of paths) {
    closeBlocksOf(path)
    path.decided.clear()
  }
}

/** Closes the blocks that don't contain `branch`. They might not run, so everything they changed becomes unknown. */
function closeBlocksOf({ world, blocks }: Path, branch = ''): void {
  for (let last = blocks.at(-1); last && !branch.startsWith(last.branch); last = blocks.at(-1)) {
    blocks.pop()
    for (const [table, before] of last.before) joinWith(world, table, before)
    for (const step of last.others) passOpaque(world, step)
  }
}

/** Marks all objects named in a step as unknown. Called if the step fails, because an assumption may be wrong. */
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
