/** Simulates dropping and renaming constraints. */
import type { DropConstraint, RenameConstraint } from '../history/operation.ts'
import { nameUsed } from './constraints.ts'
import { neededBy, refusedInTable, type TableInHand, nameTaken, requireTable } from './preconditions.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import { isFinalName, suffixes } from './objects/default-names.ts'
import { noAlter } from './sqlite-limits.ts'
import {
  type SimulatedConstraint,
  type SimulatedSchema,
  folded,
  insertRelation,
  isCutOff,
  mayStandFor,
  occupant,
  removeRelation,
} from './simulated-schema.ts'
import { doubtName, doubtRelation, forgetOthers } from './unknown-changes.ts'

/** Simulates `ALTER TABLE … DROP CONSTRAINT`. */
export function tryDropConstraint(world: SimulatedSchema, step: DropConstraint): StatementOutcome {
  const plain = step.sql === undefined && step.inBatch === undefined
  if (!world.dialect.altersInPlace && plain)
    return noAlter({ kind: 'constraint', name: step.name, table: step.table.name })
  const needed = requireTable(world, step.table, 'alter')
  if (!needed.ok) return needed.judged
  if (!world.dialect.altersInPlace) return 'unsure'
  const { table, found } = needed.value
  const key = folded(world, step.name)
  const constraint = table.constraints.get(key)
  if (constraint) {
    const needs = step.cascade
      ? null
      : neededBy(
          world,
          table.dependents.filter((one) => one.key === step.name),
        )
    if (step.cascade) {
      world.dependentsSure = false
      // No sequence depends on a constraint.
      forgetOthers(world, true)
    }
    if (needs !== null && constraint.sure) {
      const object = { kind: 'constraint', name: step.name, table: found.name.name } as const
      return refusedInTable(world, needed.value, `constraint ${step.name} on `, object, needs)
    }
    table.constraints.delete(key)
    removeRelation(world, { schema: found.name.schema, name: step.name })
    // Without CASCADE, PostgreSQL doesn't drop a key referenced by a foreign key.
    if (step.cascade) world.foreignKeysSure = false
    return constraint.sure ? null : 'unsure'
  }
  if (step.ifExists) return null
  if (!table.namesSure || !table.columnsSure || isCutOff(world, step.name))
    return dropUnnamed(world, table, step)
  const renamed = [...table.constraints.keys()].some((name) => mayStandFor(world, name, step.name))
  // If no type is given, Alembic uses a generic constraint object. Naming conventions don't apply to it.
  if (!isFinalName(world, step) && step.type !== null && renamed) return dropUnnamed(world, table, step)
  const error = world.dialect.errors.missingConstraint?.(found.name.name, step.name, 'drop')
  const seen = { kind: 'absentPart', what: 'constraint', table: found.name.name } as const
  const object = { kind: 'constraint', name: step.name, table: found.name.name } as const
  return failStatement('missing', object, seen, error)
}

/** Records that one of the table's constraints was dropped, without knowing which. */
function dropUnnamed(
  world: SimulatedSchema,
  table: TableInHand['table'],
  step: DropConstraint,
): StatementOutcome {
  for (const [name, constraint] of table.constraints)
    if (!isOther(world, name, constraint, step)) table.constraints.set(name, { ...constraint, sure: false })
  world.foreignKeysSure = false
  return 'unsure'
}

/** Returns whether the constraint definitely has a different name than the constraint dropped by the step. */
function isOther(
  world: SimulatedSchema,
  name: string,
  { kind, likely }: SimulatedConstraint,
  step: DropConstraint,
): boolean {
  if (!world.namesFinal || !isFinalName(world, step)) return false
  const isPlaceholder = name === ' primary key'
  if (!likely && !isPlaceholder) return name !== folded(world, step.name)
  // PostgreSQL chose the name. It may have shortened or numbered it, but always keeps the end.
  const suffix = suffixes[kind]
  return suffix != null && !new RegExp(`_${suffix}\\d*$`).test(step.name)
}

/** Simulates `ALTER TABLE … RENAME CONSTRAINT`. SQLite has no such statement. */
export function tryRenameConstraint(world: SimulatedSchema, step: RenameConstraint): StatementOutcome {
  const needed = requireTable(world, step.table, 'alter')
  if (!needed.ok) return needed.judged
  if (!world.dialect.altersInPlace) return 'unsure'
  const { table, found } = needed.value
  const name = found.name.name
  const constraint = table.constraints.get(step.name)
  if (!constraint?.sure || (constraint.kind === 'foreignKey' && !world.foreignKeysSure)) {
    if (!constraint && table.namesSure && table.columnsSure) {
      const error = world.dialect.errors.missingConstraint?.(name, step.name, 'rename')
      const seen = { kind: 'absentPart', what: 'constraint', table: name } as const
      return failStatement('missing', { kind: 'constraint', name: step.name, table: name }, seen, error)
    }
    return renameUnsure(world, needed.value, step)
  }
  const { schema } = found.name
  const index = occupant(world, { schema, name: step.name })
  const behind = index?.kind === 'index' && index.table === table ? index : null
  const taken = behind && nameTaken(world, { schema, name: step.to }, 'index')
  if (taken !== null) return taken
  const used = nameUsed(world, needed.value, step.to)
  if (used !== null) return used
  table.constraints.delete(step.name)
  table.constraints.set(folded(world, step.to), constraint)
  if (behind) {
    removeRelation(world, { schema, name: step.name })
    insertRelation(world, { ...behind, name: step.to })
  }
  return null
}

/** Simulates a rename when it's unclear which constraint has the name `step.name`. Keeps all constraints. */
function renameUnsure(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  { name, to }: RenameConstraint,
): StatementOutcome {
  const renamed = table.constraints.get(name)
  for (const [key, one] of table.constraints)
    if (one === renamed || one.likely) table.constraints.set(key, { ...one, sure: false })
  const { kind, columns } = renamed ?? { kind: 'other', columns: null }
  table.constraints.set(folded(world, to), { kind, columns, sure: false })
  table.namesSure = false
  if (!/^(?:check|foreignKey)$/.test(kind)) {
    doubtRelation(world, { schema: found.name.schema, name })
    doubtName(world, { schema: found.name.schema, name: to })
  }
  return 'unsure'
}
