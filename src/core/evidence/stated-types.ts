/**
 * Compares migrations' column types with live types. Ignores explainable differences, such as `Integer` and
 * `bigint`.
 */
import type { Dialect, TypeSpellings } from '../dialect/dialect.ts'
import type { ColumnType, ObjectName, Operations } from '../history/operation.ts'
import { type Naming, keysOf } from '../schema/object-keys.ts'
import { lastName } from '../schema/type-change.ts'
import type { ColumnSnapshot } from '../schema/schema-snapshot.ts'

/** A type declared by a migration. `enum` is set only for enum types. */
export type ComparableType = TypeSpellings & Partial<Pick<ColumnType, 'enum' | 'changeable'>>

/** A column type set by exactly one revision. */
export interface StatedType {
  readonly revision: string
  readonly table: ObjectName
  readonly column: string
  readonly type: ColumnType
}

/** Returns the column types set by exactly one revision. */
export function statedTypes(
  revisions: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  naming: Naming,
): readonly StatedType[] {
  const keys = keysOf(naming)
  const stated = new Map<string, StatedType>()
  const doubtful = new Set<string>()
  let enumsChange = false
  for (const revision of revisions) {
    const read = operations.get(revision)
    if (read?.kind !== 'operations' || read.inquiry) return []
    for (const step of read.operations) {
      const add = (table: ObjectName, { name, type }: { name: string; type: ColumnType }): void => {
        const key = keys.column(table, name)
        if (stated.has(key)) doubtful.add(key)
        else stated.set(key, { revision, table, column: name, type })
      }
      const lenient = step.swallowed !== undefined || ('ifNotExists' in step && step.ifNotExists)
      switch (step.kind) {
        case 'createTable':
          if (lenient) doubtful.add(keys.table(step.table))
          for (const column of step.columns ?? []) add(step.table, column)
          break
        case 'addColumn':
          if (lenient) doubtful.add(keys.column(step.table, step.column.name))
          add(step.table, step.column)
          break
        case 'alterColumn':
          if (step.type !== null || step.newName !== null) doubtful.add(keys.column(step.table, step.column))
          if (step.newName !== null) doubtful.add(keys.column(step.table, step.newName))
          break
        case 'dropColumn':
          doubtful.add(keys.column(step.table, step.column))
          break
        case 'renameTable':
          doubtful.add(keys.table(step.to))
          doubtful.add(keys.table(step.table))
          break
        case 'dropTable':
          doubtful.add(keys.table(step.table))
          break
        case 'dropEnum':
        case 'renameEnum':
          enumsChange = true
          break
        case 'unrelated':
          enumsChange ||= step.changes?.object === 'type'
          break
        case 'dropSchema':
          return []
        case 'opaque':
          if (step.alters === 'nothing') break
          if (step.touches === null) return []
          for (const table of step.touches) doubtful.add(keys.table(table))
          enumsChange ||= step.types === undefined || step.types.length > 0
          break
        default:
      }
    }
  }
  return [...stated].flatMap(([key, one]) =>
    doubtful.has(key) || doubtful.has(keys.table(one.table)) || (enumsChange && one.type.enum !== null)
      ? []
      : [one],
  )
}

/** Returns the type that the database stored; null if unknown. */
export function storedType(type: ComparableType, dialect: Dialect): string | null {
  return type.changeable ? null : dialect.typeOf(type)
}

/** Returns whether a column created with the stated type can't possibly have this live type. */
export function contradictsType(
  stated: ComparableType,
  live: Pick<ColumnSnapshot, 'type' | 'isEnum'>,
  dialect: Dialect,
): boolean {
  const spelled = storedType(stated, dialect)
  const wanted =
    stated.enum && dialect.namedEnums ? enumKind(stated.enum.name) : spelled && dialect.valueKindOf(spelled)
  const found = live.isEnum ? enumKind(lastName(live.type)) : dialect.valueKindOf(live.type)
  return wanted !== null && found !== null && wanted !== found
}

function enumKind(name: string): string {
  return `enum ${name}`
}
