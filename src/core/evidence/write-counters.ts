/**
 * Compares the database's write counters with the applied revisions. A match proves nothing, because SQLite's
 * counter restarts if the file is rebuilt.
 */
import type { TrackedObject } from './object-lifecycle.ts'
import { parentsFirst } from '../history/parents-first.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { keysOf } from '../schema/object-keys.ts'
import type { ObjectName, Operation, Operations } from '../history/operation.ts'
import type { SchemaSnapshot, WriteCounters } from '../schema/schema-snapshot.ts'

/** An assumed database position, and the facts needed to check it. */
export interface WriteCounts {
  /** Applied revisions, excluding the lost ones. */
  readonly applied: ReadonlySet<string>
  /** Number of lost revisions that ran. */
  readonly lost: number
  readonly operations: ReadonlyMap<string, Operations>
  /** Objects changed by `operations`. */
  readonly objects: readonly TrackedObject[]
  readonly schema: SchemaSnapshot
}

/**
 * Returns the counters if they match exactly; null otherwise, since other programs may have written to the
 * database.
 */
export function countersAgree(
  graph: RevisionGraph,
  counters: WriteCounters | null,
  counting: WriteCounts,
): WriteCounters | null {
  if (!counters) return null
  const { applied, lost, objects, schema } = counting
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema })
  const ours = objects.flatMap(({ key, touches }) =>
    touches.some(({ revision }) => applied.has(revision)) ? [key] : [],
  )
  const made = new Set(ours)
  // Tables older than the version table weren't created by migrations.
  if (counters.older.some((table) => made.has(keys.table(table)))) return null
  const { count } = counters
  if (counters.kind === 'stampWrites') return count === applied.size + lost ? counters : null
  const changes = changesOf(graph, counting)
  const expected = changes === null ? null : 1 + changes + unexplained(schema, made, counters.versionTable)
  return count === expected ? counters : null
}

/**
 * Returns whether the version rows were written more often than `applied` revisions and `lost` ones explain. A smaller
 * count proves nothing, because statistics can be reset.
 */
export function countsMore(counters: WriteCounters | null, applied: number, lost: number): boolean {
  return counters?.kind === 'stampWrites' && counters.count > applied + lost
}

/**
 * Counts the live objects that weren't created by any applied revision. Each was presumably created by one statement
 * in a lost revision.
 */
function unexplained(schema: SchemaSnapshot, made: ReadonlySet<string>, versionTable: string): number {
  const keys = keysOf({ dialect: schema.dialect, defaultSchema: schema.defaultSchema })
  const tables = schema.tables.filter(({ name }) => name !== versionTable)
  return tables.reduce(
    (sum, table) => {
      const parts = made.has(keys.table(table))
        ? table.columns.filter(({ name }) => !made.has(keys.column(table, name))).length
        : 1
      const indexes = table.indexes.filter(({ name }) => !made.has(keys.index({ schema: null, name })))
      return sum + parts + indexes.length
    },
    (schema.surroundings?.relations ?? []).filter(({ kind }) => kind === 'view').length,
  )
}

/**
 * Returns the minimum number of statements that the applied revisions run on SQLite; null if a revision is
 * unreadable.
 */
function changesOf(graph: RevisionGraph, { applied, operations }: WriteCounts): number | null {
  const indexes = new Map<string, Map<string, readonly (string | null)[]>>()
  let sum = 0
  for (const { id } of parentsFirst(graph.map)) {
    if (!applied.has(id)) continue
    const steps = operations.get(id)
    if (steps?.kind !== 'operations') return null
    for (const group of batchesOf(steps.operations)) sum += statementsOf(group, indexes)
  }
  return sum
}

/** Groups steps by batch. A step outside a batch is its own group. */
function batchesOf(steps: readonly Operation[]): readonly (readonly Operation[])[] {
  const groups: Operation[][] = []
  for (const step of steps) {
    const last = groups.at(-1)
    const [first] = last ?? []
    const same =
      first?.inBatch !== undefined && step.inBatch !== undefined && tableOf(first) === tableOf(step)
    if (same) last?.push(step)
    else groups.push([step])
  }
  return groups
}

type Indexes = Map<string, Map<string, readonly (string | null)[]>>

/**
 * Counts schema changes as SQLite does. A batch that copies its table counts as creating, dropping and
 * renaming one table, plus re-creating each index (`requires_recreate_in_batch` in alembic/ddl/sqlite.py).
 */
function statementsOf(group: readonly Operation[], indexes: Indexes): number {
  const [first] = group
  const copies =
    first?.inBatch === 'always' ||
    (first?.inBatch === 'auto' && group.some((step) => !inPlace.has(step.kind)))
  let sum = 0
  for (const step of group) {
    const own = tableOf(step)
    const ofTable = indexes.get(own) ?? new Map<string, readonly (string | null)[]>()
    indexes.set(own, ofTable)
    if ('ifNotExists' in step && step.ifNotExists) continue
    if ('ifExists' in step && step.ifExists) continue
    const added = 'indexes' in step ? step.indexes : step.kind === 'createIndex' ? [step.index] : []
    for (const { name, columns } of added) if (name !== null) ofTable.set(name, columns)
    if (step.kind === 'dropIndex') for (const one of indexes.values()) one.delete(step.index.name)
    if (step.kind === 'dropColumn') {
      for (const [name, columns] of ofTable) if (columns.includes(step.column)) ofTable.delete(name)
    }
    if (step.kind === 'dropTable') ofTable.clear()
    if (step.kind === 'renameTable') {
      indexes.set(step.to.name.toLowerCase(), ofTable)
      indexes.delete(own)
    }
    if (countedKinds.has(step.kind) && !copies) sum += step.kind === 'createIndex' ? 1 : 1 + added.length
  }
  return copies ? 3 + (indexes.get(first ? tableOf(first) : '')?.size ?? 0) : sum
}

const inPlace: ReadonlySet<Operation['kind']> = new Set(['addColumn', 'createIndex', 'dropIndex'])

const countedKinds: ReadonlySet<Operation['kind']> = new Set([
  'createTable',
  'dropTable',
  'renameTable',
  'addColumn',
  'dropColumn',
  'alterColumn',
  'createIndex',
  'dropIndex',
])

function tableOf(step: Operation): string {
  const table: ObjectName | null = 'table' in step ? step.table : null
  return table === null ? '' : table.name.toLowerCase()
}
