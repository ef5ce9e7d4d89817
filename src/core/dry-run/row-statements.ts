/** Tries statements that write rows: the table and the columns that they name must be there. */
import type { RowsWritten } from '../history/operation.ts'
import type { StatementOutcome } from './database-error.ts'
import { findColumn, missingColumnFailure, missingTable } from './preconditions.ts'
import { type SimulatedSchema, findRelation, folded } from './simulated-schema.ts'

/** Catalogs, which no snapshot holds. */
const catalogs = /^(?:pg_|sqlite_|information_schema$)/i

/** Anything that isn't certain passes. */
export function tryWrite(
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
