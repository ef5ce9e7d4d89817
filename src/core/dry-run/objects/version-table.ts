/** Adds the version table that Alembic creates before the first migration. */
import { type SimulatedSchema, folded, insertRelation, newName } from '../simulated-schema.ts'

/** Adds a version table with this name to the default schema. */
export function addVersionTable(world: SimulatedSchema, name: string): void {
  const place = newName(world, { schema: null, name })
  if (!place) return
  const column = 'version_num'
  const key = { kind: 'primaryKey', columns: [column], sure: false } as const
  insertRelation(world, {
    kind: 'table',
    ...place,
    table: {
      columns: new Map([[column, { name: column, type: null, nullable: false, stored: null }]]),
      // With `version_table_pk=False`, there is no primary key.
      constraints: new Map([[folded(world, `${name}_pkc`), key]]),
      columnsSure: true,
      namesSure: true,
      origin: null,
      access: null,
      described: null,
      dependents: [],
      dropped: false,
      indexes: new Set(),
    },
    columns: null,
    pending: true,
  })
}
