/** Finds tables that pending migrations alter and that other sessions have locked. */
import type { SessionLock } from '../../history/database-state.ts'
import { keysOf } from '../../schema/object-keys.ts'
import type { ObjectName, Operation } from '../../history/operation.ts'
import type { PendingFacts } from '../pending-facts.ts'

/** A live table that the upgrade locks in ACCESS EXCLUSIVE mode. */
export interface LockedTable {
  readonly table: string
  /** Other sessions' locks on the table. The upgrade must wait for them. */
  readonly locks: readonly SessionLock[]
}

/**
 * Returns the tables that pending migrations alter or drop and that other sessions have locked. ALTER TABLE and DROP
 * TABLE wait for any lock.
 */
export function lockedTables({
  schema,
  operations,
  revisions,
}: PendingFacts & { kind: 'tried' }): readonly LockedTable[] {
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema })
  const altered = new Set<string>()
  for (const revision of revisions) {
    const steps = operations.get(revision)
    for (const step of steps?.kind === 'operations' ? steps.operations : []) {
      const table = alteredBy(step)
      if (table) altered.add(keys.table(table))
    }
  }
  return schema.tables.flatMap((table) => {
    const locks = table.locks ?? []
    return locks.length > 0 && altered.has(keys.table(table)) ? [{ table: table.name, locks }] : []
  })
}

/** Returns the table that a step locks in ACCESS EXCLUSIVE mode; null if there is none. */
function alteredBy(step: Operation): ObjectName | null {
  switch (step.kind) {
    case 'dropTable':
    case 'renameTable':
    case 'addColumn':
    case 'dropColumn':
    case 'alterColumn':
    case 'dropConstraint':
    case 'dropIndex':
      return step.table
    case 'addConstraint':
      // Adding a foreign key doesn't block readers.
      return step.constraint.kind === 'foreignKey' ? null : step.table
    default:
      return null
  }
}
