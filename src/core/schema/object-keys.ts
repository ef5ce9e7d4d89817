/** Computes keys that identify an object both in migrations and in snapshots. */
import type { DialectName } from '../dialect/dialect-name.ts'
import { dialectOf } from '../dialect/index.ts'
import type { ObjectName } from '../history/operation.ts'

/** Settings that affect how names become keys. */
export interface Naming {
  readonly dialect: DialectName
  readonly defaultSchema: string | null
}

/** Returns functions that compute the keys of objects. */
export function keysOf(naming: Naming) {
  const { foldName: fold, schemas } = dialectOf(naming)
  const name = ({ schema, name: own }: ObjectName): string =>
    `${schema === null || schema === naming.defaultSchema || schemas === null ? '' : `${schema}.`}${fold(own)}`
  // Cache the last table's name, because callers often request several keys for one table.
  let latest: { readonly table: ObjectName; readonly name: string; readonly key: string } | null = null
  const ofTable = (table: ObjectName) => {
    if (latest?.table === table) return latest
    const own = name(table)
    latest = { table, name: own, key: `table ${own}` }
    return latest
  }
  return {
    name,
    table: (table: ObjectName) => ofTable(table).key,
    column: (table: ObjectName, column: string) => `column ${ofTable(table).name}.${fold(column)}`,
    nullable: (table: ObjectName, column: string) => `nullable ${ofTable(table).name}.${fold(column)}`,
    type: (table: ObjectName, column: string) => `type ${ofTable(table).name}.${fold(column)}`,
    index: (index: ObjectName) => `index ${name(index)}`,
    constraint: (table: ObjectName, constraint: string) =>
      `constraint ${ofTable(table).name}.${fold(constraint)}`,
    enum: (type: ObjectName) => `enum type ${name(type)}`,
    value: (type: ObjectName, value: string) => `value ${name(type)}.${value}`,
    schema: (schema: string) => `schema ${schema}`,
  }
}
