/** Object keys shared by migrations and snapshots, so that the two can be compared. */
import type { DialectName } from '../dialect/dialect.ts'
import { dialectOf } from '../dialect/index.ts'
import type { ObjectName } from '../history/operation.ts'

/** How names are converted to keys. */
export interface Naming {
  readonly dialect: DialectName
  readonly defaultSchema: string | null
}

/** Returns the keys of objects, identical for operations and snapshots. */
export function keysOf(naming: Naming) {
  const { foldName: fold, schemas } = dialectOf(naming)
  const name = ({ schema, name: own }: ObjectName): string =>
    `${schema === null || schema === naming.defaultSchema || schemas === null ? '' : `${schema}.`}${fold(own)}`
  return {
    name,
    table: (table: ObjectName) => `table ${name(table)}`,
    column: (table: ObjectName, column: string) => `column ${name(table)}.${fold(column)}`,
    nullable: (table: ObjectName, column: string) => `nullable ${name(table)}.${fold(column)}`,
    type: (table: ObjectName, column: string) => `type ${name(table)}.${fold(column)}`,
    index: (index: ObjectName) => `index ${name(index)}`,
    constraint: (table: ObjectName, constraint: string) => `constraint ${name(table)}.${fold(constraint)}`,
    enum: (type: ObjectName) => `enum type ${name(type)}`,
    value: (type: ObjectName, value: string) => `value ${name(type)}.${value}`,
    schema: (schema: string) => `schema ${schema}`,
  }
}
