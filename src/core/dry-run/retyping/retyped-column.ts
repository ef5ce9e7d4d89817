/**
 * Decides whether a column's type can change with USING. Every row must convert, and everything that uses the column
 * must accept the new type.
 */
import { assignmentCast } from '../../expressions/casts.ts'
import { isNumber, isOrdered, isText } from '../../expressions/types.ts'
import type { AlterColumn } from '../../history/operation.ts'
import { type TableInHand, findColumn } from '../preconditions.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  folded,
  indexesOf,
} from '../simulated-schema.ts'
import { computes } from '../objects/expression-spots.ts'
import { namesIn } from '../objects/table-names.ts'
import { isInViews } from '../objects/view-definitions.ts'

/** Whether PostgreSQL definitely converts the column with the USING expression. */
export function convertsColumn(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  { column, type, conversion }: AlterColumn,
): boolean {
  if (type === null || conversion === undefined || findColumn(world, table, column) !== 'present')
    return false
  const old = table.columns.get(folded(world, column))
  if (!old || !world.castsSure || !hasHarmlessDefault(old)) return false
  const declared = {
    type: world.dialect.typeOf(type),
    ...(type.enum && { enum: type.enum }),
  }
  const columns = { name: found.name.name, columns: table.columns, columnsSure: table.columnsSure }
  const how = computes(world, columns, declared, conversion, false)
  if (how === null || (how === 'without rows' && table.rows !== 'none')) return false
  return isFree(world, table, column, old, newType(world, declared))
}

/** A column's type as declared or altered. */
type Declared = Pick<SimulatedColumn, 'type' | 'enum' | 'isEnum' | 'userType'>

/** Whether PostgreSQL definitely has the cast for a type change without USING. */
export function hasCast(world: SimulatedSchema, old: Declared, declared: Declared): boolean {
  if (old.type !== null && old.type === declared.type) return true
  const [from, to] = typesOf(world, old, declared)
  // Every type can be stored as text; text can be stored as citext.
  if (isText(to) || (isText(from) && declared.type === 'citext')) return true
  return from !== '?' && to !== '?' && assignmentCast(from, to)?.allowed === true
}

/**
 * Whether everything that uses the column definitely works with the new type, in a type change without USING.
 * Constraints and indexes on text accept every text type, and those on integers every integer type.
 */
export function keepsParts(
  world: SimulatedSchema,
  table: SimulatedTable,
  name: string,
  old: SimulatedColumn,
  declared: Declared,
): boolean {
  const [from, to] = typesOf(world, old, declared)
  const isSame = from === '?' ? old.type !== null && old.type === declared.type : from === to
  if (isSame || (isText(from) && isText(to))) return true
  const areNumbers = isNumber(from) && isNumber(to)
  const areIntegers = isInteger(from) && isInteger(to)
  const usesColumn = (columns: readonly (string | null)[] | null | undefined): boolean =>
    columns == null || columns.includes(name) || columns.includes(null)
  const isReferenced =
    table.dependents.some(({ kind, columns }) => kind === 'foreign key' && usesColumn(columns)) ||
    [...(table.referrers ?? [])].some(({ constraints }) =>
      [...constraints.values()].some((key) => key.target === table && usesColumn(key.targetColumns)),
    )
  if (isReferenced && !areIntegers) return false
  const breaks = [...table.constraints.values()].some(({ kind, columns, condition }) => {
    if (!usesColumn(columns)) return false
    if (kind === 'check') return !(areNumbers && condition !== undefined)
    if (kind === 'foreignKey') return !areIntegers
    return kind === 'primaryKey' || kind === 'unique' ? isOrdered(to) !== true : true
  })
  if (breaks) return false
  return indexesOf(world, table).every(({ name: index, columns, uses, special, partial, pending }) => {
    if (!usesColumn(uses ?? columns)) return true
    if (special || partial || columns === null || columns.includes(null)) return false
    const isBtree = pending || table.constraints.has(index) || isScalar(from)
    return isBtree && isOrdered(to) === true
  })
}

function isInteger(type: string): boolean {
  return /^(?:smallint|integer|bigint)$/.test(type)
}

/** Whether an index on the type that has no operator class is a B-tree, or works like one. */
function isScalar(type: string): boolean {
  return isNumber(type) || isText(type) || /^(?:boolean|date|timestamp .*|uuid|enum .*)$/.test(type)
}

function typesOf(world: SimulatedSchema, old: Declared, declared: Declared): readonly [string, string] {
  const columns = new Map([
    ['old', old],
    ['new', declared],
  ])
  const names = namesIn(world, { name: '', columns, columnsSure: true })
  return [names.column(null, 'old') ?? '?', names.column(null, 'new') ?? '?']
}

function newType(world: SimulatedSchema, declared: Pick<SimulatedColumn, 'type' | 'enum'>): string {
  const names = namesIn(world, { name: '', columns: new Map([['', declared]]), columnsSure: true })
  return names.column(null, '') ?? '?'
}

/** USING doesn't convert defaults, so the column must have none. */
function hasHarmlessDefault({ serverDefault }: SimulatedColumn): boolean {
  return serverDefault === null
}

/** Whether everything that uses the column definitely works with the new type. */
export function isFree(
  world: SimulatedSchema,
  table: SimulatedTable,
  name: string,
  { stored }: SimulatedColumn,
  type: string,
): boolean {
  if (table.partsDoubtful || !world.policiesSure || !world.triggersSure || world.triggered.has(table))
    return false
  const isUsed = [...table.constraints.values()].some(
    ({ kind, columns, sure }) =>
      !sure || (/^(?:check|foreignKey|exclude|other)$/.test(kind) && columns?.includes(name) !== false),
  )
  const isReferenced = table.dependents.some(
    ({ kind, columns }) => kind === 'column' || (stored !== null && columns?.includes(stored)),
  )
  if (isUsed || isReferenced || isInViews(world, table, name, true)) return false
  const indexes = indexesOf(world, table)
  const keys = [...table.constraints]
  for (const { name: index, columns, uses, special, pending, unique } of indexes) {
    // A live index without a constraint may have a condition or an operator class.
    const isKey = keys.some(([constraint]) => constraint === index)
    const isPlain = !special && (pending || isKey)
    const used = uses ?? (isPlain ? columns : null)
    if (used === null || used.includes(null)) return false
    // Foreign keys can only reference columns with a unique index.
    const isNeeded = (isKey || unique === true) && isReferredTo(table)
    if (used.includes(name) && (!isPlain || isOrdered(type) !== true || isNeeded)) return false
  }
  return (
    !keys.some(([, { columns }]) => columns?.includes(name)) ||
    (isOrdered(type) === true && !isReferredTo(table))
  )
}

function isReferredTo({ referrers, dependents }: SimulatedTable): boolean {
  return referrers !== undefined || dependents.some(({ kind }) => kind === 'foreign key')
}
