/** Decides whether PostgreSQL definitely creates, replaces or drops a view, and tracks what pending views use. */
import type { ObjectName, RelationChange, Unrelated } from '../../history/operation.ts'
import type { QueryBody } from '../../sql/row-statement.ts'
import { queryColumns } from '../rows/queries.ts'
import type { Findings } from '../rows/scope.ts'
import {
  type SimulatedRelation,
  type SimulatedSchema,
  type SimulatedTable,
  type ViewDefinition,
  findRelation,
  insertRelation,
  newName,
  occupant,
  typeNamed,
} from '../simulated-schema.ts'

/**
 * Returns the new view's definition; null unless PostgreSQL definitely accepts it. Must be called before the
 * operation is simulated.
 */
export function definitionOf(world: SimulatedSchema, { query, changes }: Unrelated): ViewDefinition | null {
  const [name] = changes?.names ?? []
  const full = name ? newName(world, name) : null
  if (!query || !full || typeNamed(world, full) || world.newLabels.size > 0) return null
  if (barred.test(JSON.stringify(query)) || !namesItems(query.body)) return null
  const findings: Findings = { world, unsure: false, failure: null }
  const columns = queryColumns(findings, null, query)
  if (findings.unsure || findings.failure !== null || !columns || columns.length === 0) return null
  const result = columns.map(
    ({ name: column, type }) => [column, type.kind === 'typed' ? type.type : null] as const,
  )
  const isKnown = result.every(([column, type]) => column !== null && type !== null && type !== 'cstring')
  if (!isKnown || new Set(result.map(([column]) => column)).size < result.length) return null
  const there = occupant(world, full)
  if (there && !extendsView(there, JSON.stringify(result).slice(1, -1))) return null
  const used: Uses = { tables: new Set(), columns: new Set() }
  collect(world, used, query)
  return { ...used, result: JSON.stringify(result).slice(1, -1) }
}

/** Matches SQL that views can't contain, or that creates untracked dependencies. */
const barred =
  /"kind":"(?:parameter|insert|update|delete|default)"|"own":\{|"(?:regclass|nextval|currval|setval)"/

/** Whether each result column has an alias or is a plain column. */
function namesItems(body: QueryBody): boolean {
  if (body.kind === 'combined') return namesItems(body.left.body)
  if (body.kind === 'values') return true
  return body.items.every(
    (item) => item.kind === 'star' || item.alias !== null || item.value.kind === 'column',
  )
}

/** Whether the new columns start with the existing view's columns. */
function extendsView({ definition }: SimulatedRelation, result: string): boolean {
  return definition !== undefined && `${result},`.startsWith(`${definition.result},`)
}

interface Uses {
  readonly tables: Set<SimulatedTable>
  readonly columns: Set<string>
}

/** Collects the tables and columns in part of a syntax tree. `*` stands for all columns. */
function collect(world: SimulatedSchema, used: Uses, part: unknown): void {
  if (typeof part !== 'object' || part === null) return
  if ('kind' in part && 'name' in part && part.kind === 'column' && typeof part.name === 'string')
    used.columns.add(part.name)
  if ('kind' in part && part.kind === 'star') used.columns.add('*')
  if ('using' in part && Array.isArray(part.using))
    for (const name of part.using) used.columns.add(String(name))
  if ('kind' in part && 'name' in part && part.kind === 'table' && isName(part.name)) {
    const table = findRelation(world, part.name).value?.table
    if (table) used.tables.add(table)
  }
  for (const inner of Object.values(part)) collect(world, used, inner)
}

function isName(name: unknown): name is ObjectName {
  return typeof name === 'object' && name !== null && 'schema' in name && 'name' in name
}

/** Records the definition of a created or replaced view, or null if the definition is unknown. */
export function noteView(world: SimulatedSchema, step: Unrelated, definition: ViewDefinition | null): void {
  // A function depends on a view only if it takes or returns the view's row type.
  const isTrigger = step.newFunction?.returns === 'trigger' && step.newFunction.parameters.length === 0
  if (untracked.test(step.what) && !isTrigger) world.viewsSure = false
  const [name] = step.changes?.names ?? []
  const full = step.what === 'view' && name ? newName(world, name) : null
  const there = full && occupant(world, full)
  if (there?.kind !== 'view' || !/^(?:create|replace)$/.test(step.changes?.change ?? '')) return
  const { definition: _, ...rest } = there
  insertRelation(world, definition ? { ...rest, definition } : rest)
}

/** Objects, other than views, that may depend on a view. */
const untracked =
  /^(?:rule|policy|function|procedure|routine|aggregate|type|domain|operator|language|publication)$/

/**
 * Whether `DROP VIEW` definitely succeeds, because pending migrations created the views and nothing else uses them.
 */
export function dropsViews(world: SimulatedSchema, { names }: RelationChange): boolean {
  const found = names.map((name) => findRelation(world, name).value)
  return (
    world.viewsSure &&
    world.rightsKept &&
    new Set(found).size === found.length &&
    found.every((view) => view === null || view.definition !== undefined) &&
    pendingViews(world).every(({ definition }) => definition !== undefined)
  )
}

function pendingViews({ newViews, relations }: SimulatedSchema): readonly SimulatedRelation[] {
  return [...newViews].flatMap((key) => relations.get(key) ?? [])
}

/**
 * Whether a pending view uses the table or the given column. For a view with an unknown definition, the answer is
 * `unknown`.
 */
export function isInViews(
  world: SimulatedSchema,
  table: SimulatedTable | null | undefined,
  column: string | null,
  unknown: boolean,
): boolean {
  return pendingViews(world).some(({ definition }) => {
    if (!definition || !table) return unknown
    const { tables, columns } = definition
    return tables.has(table) && (column === null || columns.has(column) || columns.has('*'))
  })
}

/** Records a column's new name in the views that use its table. */
export function renameInViews(world: SimulatedSchema, table: SimulatedTable, to: string): void {
  for (const { definition } of pendingViews(world))
    if (definition?.tables.has(table)) definition.columns.add(to)
}
