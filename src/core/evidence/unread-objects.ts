/**
 * Finds objects about which a snapshot says nothing, such as a view's columns. Their absence from the snapshot isn't
 * evidence.
 */
import type { ObjectName, Operations } from '../history/operation.ts'
import { keysOf } from '../schema/object-keys.ts'
import type { OtherObject, SchemaSnapshot } from '../schema/schema-snapshot.ts'
import type { TrackedObject } from './object-lifecycle.ts'

/** Keys of relations and types whose parts aren't read. */
interface Unread {
  /** Views, foreign tables, sequences, and tables found only through the search path. */
  readonly relations: Set<string>
  /** Tables that end with the migration's session, and that hide tables of the same name. */
  readonly temporary: Set<string>
  /** Types, and indexes found only through the search path. */
  readonly names: Set<string>
}

/** Returns a test for objects that may exist although `live`, the result of `liveStates`, doesn't contain them. */
export function unreadTest(
  schema: SchemaSnapshot,
  operations: ReadonlyMap<string, Operations>,
  objects: readonly TrackedObject[],
  live: ReadonlyMap<string, string>,
): (object: Pick<TrackedObject, 'key' | 'table'>) => boolean {
  const unread: Unread = { relations: new Set(), temporary: new Set(), names: new Set() }
  addLive(unread, schema)
  addMigrated(unread, schema, operations)
  const tables = new Set(
    objects.flatMap(({ key, touches }) =>
      key.startsWith('table ') && touches.some(({ after }) => after === 'present') ? [key] : [],
    ),
  )
  const types = [...unread.names].filter((key) => key.startsWith(typePrefix))
  return ({ key, table }) => {
    if (isHidden(table ?? key) || (table !== null && unread.temporary.has(table))) return true
    if (live.has(key) || (table !== null && live.has(table))) return false
    if (unread.names.has(key) || (table !== null && unread.relations.has(table))) return true
    // The index may belong to a materialized view that no longer exists.
    if (key.startsWith('index ')) return table !== null && !tables.has(table)
    return key.startsWith('value ') && types.some((type) => key.startsWith(valuesOf(type)))
  }
}

const typePrefix = 'enum type '

function valuesOf(type: string): string {
  return `value ${type.slice(typePrefix.length)}.`
}

/** Whether the key names an object in a schema that snapshots exclude. */
function isHidden(key: string): boolean {
  return /^(?:table|index|enum type) (?:pg_[^.]*|information_schema)\./.test(key)
}

/** Adds the objects that the snapshot lists only by name, or outside the default schema. */
function addLive({ relations, names }: Unread, schema: SchemaSnapshot): void {
  const keys = keysOf(schema)
  const bare = ({ name }: { readonly name: string }): ObjectName => ({ schema: null, name })
  const isElsewhere = (one: { readonly schema: string | null; readonly visible: boolean }): boolean =>
    one.visible && one.schema !== schema.defaultSchema
  for (const one of othersIn(schema)) {
    const spelled = one.visible ? [one, bare(one)] : [one]
    for (const name of spelled) {
      if (one.kind === 'relation') relations.add(keys.table(name))
      else names.add(one.kind === 'type' ? keys.enum(name) : keys.index(name))
    }
  }
  // A migration may have used the unqualified name of such an object, or may yet create another one of that name.
  for (const table of schema.tables.filter(isElsewhere)) {
    relations.add(keys.table(bare(table)))
    for (const index of table.indexes) names.add(keys.index(bare(index)))
  }
  for (const type of schema.enums.filter(isElsewhere)) names.add(keys.enum(bare(type)))
}

function othersIn({ others, surroundings }: SchemaSnapshot): readonly OtherObject[] {
  if (others) return others
  const relations = surroundings?.relations.filter(({ kind }) => kind !== 'index') ?? []
  const named = (kind: OtherObject['kind'], { schema, name }: ObjectName): OtherObject => ({
    kind,
    schema: schema ?? '',
    name,
    visible: true,
  })
  return [
    ...relations.map((one) => named('relation', one)),
    ...(surroundings?.types ?? []).map((one) => named('type', one)),
  ]
}

/** Adds the objects that migrations create or drop and that snapshots list only by name. */
function addMigrated(
  { relations, temporary, names }: Unread,
  schema: SchemaSnapshot,
  operations: ReadonlyMap<string, Operations>,
): void {
  const keys = keysOf(schema)
  for (const steps of operations.values())
    for (const step of steps.kind === 'operations' ? steps.operations : []) {
      if (step.kind !== 'unrelated' || !step.changes) continue
      const { object, names: changed, to } = step.changes
      const renamed = to === undefined ? [] : changed.map((name) => ({ ...name, name: to }))
      for (const name of [...changed, ...renamed]) {
        if (object === 'type') names.add(keys.enum(name))
        else (object === 'temporary table' ? temporary : relations).add(keys.table(name))
      }
    }
}
