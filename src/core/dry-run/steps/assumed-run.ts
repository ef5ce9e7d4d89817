/**
 * Simulates the pending operations a second time, with assumptions. This pass only improves coverage and never reports
 * a failure. It assumes that code without access to the connection doesn't change the schema, and that all conditions
 * are true. When a conditional block ends, everything that it changed becomes unknown.
 */
import type { ObjectName, Opaque, Operation, Possible } from '../../history/operation.ts'
import { knowsAllNames } from '../other-statements.ts'
import { type SimulatedSchema, findRelation, folded, keyOf, newName } from '../simulated-schema.ts'
import { doubtRelation, forgetAll, forgetTable, forgetType } from '../unknown-changes.ts'
import { passOpaque, tryOperation, trySteps } from './try-steps.ts'

/** State of a simulation with assumptions: the simulated schema and the open conditional blocks. */
export interface AssumedRun {
  readonly world: SimulatedSchema
  /** Open blocks, with the innermost block last. */
  readonly blocks: Block[]
}

interface Block {
  /** Path of the conditional block, in the same format as `Possible.branch`. */
  readonly branch: string
  /** Operations that were simulated inside the block. */
  readonly tried: Opaque[]
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
    return tryOperation(run.world, tried, true) === null && knowsAllNames(run.world, tried)
  }
  if (step.kind !== 'opaque') {
    const { judged } = trySteps(run.world, steps, at)
    if (judged === null) return true
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
  const inCopy = !run.world.dialect.altersInPlace && operation.inBatch !== undefined
  const judged = inCopy ? 'unsure' : tryOperation(run.world, operation, true)
  if (judged !== null) {
    passOpaque(run.world, step)
    return false
  }
  const last = run.blocks.at(-1)
  if (last?.branch === branch) last.tried.push(step)
  else run.blocks.push({ branch, tried: [step] })
  return true
}

/**
 * Closes the blocks that don't contain `branch`. Marks as unknown everything that these blocks changed, because they
 * might not run.
 */
export function closeBlocks({ world, blocks }: AssumedRun, branch = ''): void {
  for (let last = blocks.at(-1); last && !branch.startsWith(last.branch); last = blocks.at(-1)) {
    blocks.pop()
    for (const step of last.tried) forgetEffect(world, step)
  }
}

/** Marks as unknown everything that a simulated operation changed, because the operation might not run. */
function forgetEffect(world: SimulatedSchema, step: Opaque): void {
  const operation = step.possible?.operation
  const table =
    operation && 'table' in operation && operation.table
      ? findRelation(world, operation.table).value?.table
      : null
  switch (operation?.kind) {
    case 'createIndex':
    case 'addConstraint': {
      const { name } = operation.kind === 'createIndex' ? operation.index : operation.constraint
      const full = name === null ? null : newName(world, { schema: operation.table.schema, name })
      if (!table || !full) break
      table.unlistedIndexes = true
      if (world.relations.has(keyOf(world, full))) doubtRelation(world, full)
      const added = name === null ? undefined : table.constraints.get(name)
      if (name !== null && added) table.constraints.set(name, { ...added, sure: false })
      return
    }
    case 'alterColumn': {
      const key = folded(world, operation.column)
      const column = table?.columns.get(key)
      if (!table || !column || operation.newName !== null) break
      const { name, userType, isEnum, enum: declared, type, stored } = column
      const forgotten = { name, type: null, nullable: null, stored: null }
      // Without a new type, the operation changes only the default and whether NULL is allowed.
      const kept = {
        name,
        type,
        stored,
        nullable: null,
        ...(userType && { userType }),
        ...(isEnum && { isEnum }),
        ...(declared && { enum: declared }),
      }
      table.columns.set(key, operation.type === null ? kept : forgotten)
      return
    }
    default:
  }
  passOpaque(world, step)
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
