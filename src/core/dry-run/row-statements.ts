/** Tries statements that write rows: the table and the columns that they name must be there. */
import type { DataStep, NeededRelation, RowsWritten } from '../history/operation.ts'
import type { StatementOutcome } from './database-error.ts'
import { findColumn, missingColumnFailure, missingTable, requireColumns } from './preconditions.ts'
import { type SimulatedSchema, findRelation, folded } from './simulated-schema.ts'

/** Catalogs, which no snapshot holds. */
const catalogs = /^(?:pg_|sqlite_|information_schema$)/i

/** A statement on rows: what it writes to, and whatever else it names. */
export function tryRows(world: SimulatedSchema, { writes, needs = [] }: DataStep): StatementOutcome {
  const written = writes ? tryWrite(world, writes) : null
  const needed = tryNeeded(world, needs)
  if (written === null || needed === null) return written ?? needed
  // Two of its names are missing, or one may be: which is looked for first isn't known.
  const [failure] = [written, needed].flatMap((one) => (one === 'unsure' || one === null ? [] : [one]))
  return failure ? { ...failure, messageUncertain: true } : 'unsure'
}

/** Relations that a statement names, with columns of them. */
export function tryNeeded(world: SimulatedSchema, needs: readonly NeededRelation[]): StatementOutcome {
  const outcomes = needs.flatMap((name) => tryNeededRelation(world, name) ?? [])
  const [failure] = outcomes.flatMap((one) => (one === 'unsure' ? [] : [one]))
  if (!failure) return outcomes.length > 0 ? 'unsure' : null
  return outcomes.length > 1 ? { ...failure, messageUncertain: true } : failure
}

function tryNeededRelation(world: SimulatedSchema, name: NeededRelation): StatementOutcome {
  if (catalogs.test(name.name) || catalogs.test(name.schema ?? '')) return null
  const found = findRelation(world, name)
  if (found.presence === 'absent') return missingTable(world, name, 'reference')
  if (found.presence === 'unsure') return 'unsure'
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (!table || !name.columns) return null
  const judged = requireColumns(world, { found, table }, name.columns, 'alter')
  // COMMENT repeats a schema that is given, COPY doesn't.
  return judged === null || judged === 'unsure' || name.schema === null
    ? judged
    : { ...judged, messageUncertain: true }
}

/** Anything that isn't certain passes. */
function tryWrite(
  world: SimulatedSchema,
  { statement, table: name, columns }: RowsWritten,
): StatementOutcome {
  if (catalogs.test(name.name) || catalogs.test(name.schema ?? '')) return null
  const found = findRelation(world, name)
  if (found.presence === 'absent') return missingTable(world, name, 'reference')
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (found.presence === 'unsure' || !table) return 'unsure'
  const { dialect } = world
  for (const column of columns) {
    if (dialect.rowNumbers.includes(folded(world, column))) continue
    const presence = findColumn(world, table, column)
    if (presence === 'unsure') return 'unsure'
    if (presence === 'present') continue
    const use = statement === 'insert' ? 'insert' : 'update'
    const missing = missingColumnFailure(world, found.name.name, column, use)
    // The values of an UPDATE are looked at first, and may fail in other words.
    const uncertain = statement === 'update' && missing !== null && missing !== 'unsure'
    return uncertain ? { ...missing, messageUncertain: true } : missing
  }
  return null
}
