/**
 * Checks by name whether the newest revisions' objects exist. An object in another schema counts as present.
 */
import { trackObjects } from './object-lifecycle.ts'
import { liveStates } from './live-states.ts'
import type { RevisionGraph } from '../history/revision-graph.ts'
import { keysOf } from '../schema/object-keys.ts'
import type { Operations } from '../history/operation.ts'
import type { SchemaSnapshot } from '../schema/schema-snapshot.ts'
import { dialectOf } from '../dialect/index.ts'
import type { MissingObjects, MistypedColumn } from './expected-objects.ts'
import { contradictsType, statedTypes } from './stated-types.ts'
import { unreadTest } from './unread-objects.ts'

/**
 * Compares the newest revisions' lasting effects with the live schema. `schema` must contain every live
 * object whose name occurs in these effects.
 */
export function checkExpectedObjects(
  graph: RevisionGraph,
  newest: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
): readonly MissingObjects[] {
  const naming = { dialect: schema.dialect, defaultSchema: schema.defaultSchema }
  const keys = keysOf(naming)
  const own = new Set(newest)
  const nothing: Operations = { kind: 'operations', operations: [] }
  const steps = new Map(
    [...graph.map.byId.keys()].flatMap((id): [string, Operations][] => {
      const found = own.has(id) ? operations.get(id) : nothing
      return found ? [[id, found]] : []
    }),
  )
  const local = (schemaName: string | null, visible: boolean): string | null =>
    visible ? schema.defaultSchema : schemaName
  const here: SchemaSnapshot = {
    ...schema,
    tables: schema.tables.map((one) => ({ ...one, schema: local(one.schema, one.visible) })),
    enums: schema.enums.map((one) => ({ ...one, schema: local(one.schema, one.visible) ?? one.schema })),
  }
  const live = liveStates(here, naming, true)
  const elsewhere = namesElsewhere(here, keys)
  const found = new Map(
    newest.map((id) => [
      id,
      { present: 0, missing: [] as string[], decisive: false, makes: null as string | null },
    ]),
  )
  const objects = trackObjects(graph, steps, naming)
  const isUnread = unreadTest(here, steps, objects, live)
  for (const object of objects) {
    const { key, label, kind, inexact, table, touches } = object
    if (isUnread(object)) continue
    const last = touches.at(-1)
    const trace = last && found.get(last.revision)
    if (!last || !trace || kind === 'property' || last.after === null || last.after === last.before) continue
    const state = live.get(key) ?? 'absent'
    if (last.after === 'present' && last.before === 'absent' && /^(?:table|column) /.test(label)) {
      trace.makes ??= label
    }
    if (state === last.after) {
      trace.present += 1
    } else if (!inexact && !elsewhere.has(bareName(key)) && !(table && elsewhere.has(bareName(table)))) {
      trace.missing.push(label)
      trace.decisive ||= /^(?:table|column|enum) /.test(label)
    }
  }
  const contradicted = new Map(newest.map((id) => [id, [] as MistypedColumn[]]))
  const tables = new Map(here.tables.map((table) => [keys.table(table), table]))
  for (const { revision, table, column, type } of statedTypes(newest, operations, naming)) {
    const key = keys.column(table, column)
    const columns = tables.get(keys.table(table))?.columns ?? []
    const actual = columns.find(({ name }) => keys.column(table, name) === key)
    if (!actual || elsewhere.has(bareName(keys.table(table)))) continue
    if (!contradictsType(type, actual, dialectOf(naming))) continue
    contradicted.get(revision)?.push({ label: key, stated: type.source, live: actual.type })
  }
  return newest.map((id) => {
    const { present, missing, decisive, makes } = found.get(id) ?? {
      present: 0,
      missing: [],
      decisive: false,
      makes: null,
    }
    const read = operations.get(id)
    const understood =
      read?.kind === 'operations' &&
      read.operations.every(({ kind }) => kind !== 'opaque' && kind !== 'unrelated')
    return {
      id,
      effects: present + missing.length,
      present,
      missing,
      mistyped: contradicted.get(id) ?? [],
      decisive,
      understood,
      makes,
    }
  })
}

/** Returns the names of objects that exist in another schema or are of another kind. */
function namesElsewhere(schema: SchemaSnapshot, keys: ReturnType<typeof keysOf>): ReadonlySet<string> {
  const foreign = [
    ...schema.tables.filter(({ schema: own }) => own !== schema.defaultSchema),
    ...schema.enums.filter(({ schema: own }) => own !== schema.defaultSchema),
    ...(schema.surroundings?.relations.filter(({ kind }) => kind !== 'index') ?? []),
    ...(schema.surroundings?.types ?? []),
  ]
  return new Set(foreign.map(({ name }) => keys.name({ schema: null, name })))
}

/** `table app.users` becomes `users`. Column names keep their table, as in `users.email`. */
function bareName(key: string): string {
  const name = key.replace(/^(?:enum type|\w+) /, '')
  return /^(?:table|index|enum type) /.test(key) ? name.slice(name.lastIndexOf('.') + 1) : name
}
