/**
 * Whether the revisions that a database is stamped with have left anything in its schema. Looks at the newest ones
 * only: what came before them was there when they ran. Compares by name; what may lie elsewhere says nothing.
 */
import { trackObjects } from './effects.ts'
import { type RevisionGraph, ancestorsOf, descendantsOf } from './graph.ts'
import { keysOf } from './object-keys.ts'
import type { Operations } from './operation.ts'
import type { SchemaSnapshot, TransactionEvidence } from './schema-snapshot.ts'
import { liveStates } from './evidence.ts'

/** What is left of one revision: of `effects` things that should be as it made them, `present` are. */
export interface Trace {
  readonly id: string
  readonly effects: number
  readonly present: number
  /** Things that should be there or gone, and are not: `table guests`. */
  readonly missing: readonly string[]
  /** A table, a column or a type is among the missing, not only an index or a constraint. */
  readonly decisive: boolean
  /** All that it does is understood. */
  readonly understood: boolean
  /** A table or a column that its own transaction must have made; null: it makes none that stays. */
  readonly makes: string | null
}

/** The newest applied revisions, parents before their children. */
export interface TraceFacts {
  readonly traces: readonly Trace[]
  /** Null: not asked for, or not to be had. */
  readonly transactions: TransactionEvidence | null
}

/** Most revisions whose traces are looked for. */
export const mostRevisions = 30

/** Of a long history so many are looked at first: where they left their traces, no release waits for the others. */
export const firstRevisions = 4

/**
 * The newest revisions that nothing applied can have come after, but themselves. All that are applied where there
 * are few; else the end of the line that leads to the only row.
 */
export function newestApplied(
  graph: RevisionGraph,
  rows: readonly string[],
  most = mostRevisions,
): readonly string[] {
  const applied = ancestorsOf(graph, rows)
  const depth = (id: string): number => graph.map.byId.get(id)?.depth ?? 0
  const newest: string[] = []
  if (applied.size <= mostRevisions) newest.push(...applied)
  else if (rows.length === 1) {
    let [id] = rows
    while (id !== undefined && newest.length < most) {
      newest.push(id)
      const before: readonly string[] = [...(graph.map.byId.get(id)?.before ?? [])]
      id = before.length === 1 ? before[0] : undefined
    }
  }
  return newest.toSorted((a, b) => depth(a) - depth(b))
}

/** Lays what the newest revisions leave behind beside what is there. `schema` holds all that has one of their names. */
export function judgeTraces(
  graph: RevisionGraph,
  newest: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  schema: SchemaSnapshot,
): readonly Trace[] {
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
  const live = liveStates(here, naming)
  const elsewhere = namesElsewhere(here, keys)
  const found = new Map(
    newest.map((id) => [
      id,
      { present: 0, missing: [] as string[], decisive: false, makes: null as string | null },
    ]),
  )
  for (const { key, label, kind, inexact, table, touches } of trackObjects(graph, steps, naming)) {
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
    return { id, effects: present + missing.length, present, missing, decisive, understood, makes }
  })
}

/** Names under which something stands that is not what the migrations would find: in another schema, of another kind. */
function namesElsewhere(schema: SchemaSnapshot, keys: ReturnType<typeof keysOf>): ReadonlySet<string> {
  const foreign = [
    ...schema.tables.filter(({ schema: own }) => own !== schema.defaultSchema),
    ...schema.enums.filter(({ schema: own }) => own !== schema.defaultSchema),
    ...(schema.surroundings?.relations.filter(({ kind }) => kind !== 'index') ?? []),
    ...(schema.surroundings?.types ?? []),
  ]
  return new Set(foreign.map(({ name }) => keys.name({ schema: null, name })))
}

/** `table app.users` is `users`; so is `column users.email`, near enough. */
function bareName(key: string): string {
  const name = key.replace(/^(?:enum type|\w+) /, '')
  return /^(?:table|index|enum type) /.test(key) ? name.slice(name.lastIndexOf('.') + 1) : name
}

/** Revisions with no trace, after which nothing has left one either. They never ran, or all of it was undone. */
export function tracelessEnd(graph: RevisionGraph, { traces }: TraceFacts): readonly Trace[] {
  const told = traces.filter(({ present }) => present > 0).map(({ id }) => id)
  const before = ancestorsOf(graph, told)
  return traceless({ traces }).filter(({ id }) => !before.has(id))
}

/** Revisions of which nothing is there, and something that hardly goes by itself is missing. */
export function traceless({ traces }: Pick<TraceFacts, 'traces'>): readonly Trace[] {
  return traces.filter(({ present, missing, decisive }) => present === 0 && missing.length > 0 && decisive)
}

/**
 * The revision that the schema proves to be the last one that ran, when those without a trace never did: everything
 * that it made is there, and the first of them follows it. Null: the schema does not decide.
 */
export function lastThatRan(graph: RevisionGraph, facts: TraceFacts, rows: readonly string[]): string | null {
  const [first] = tracelessEnd(graph, facts)
  const before = [...(graph.map.byId.get(first?.id ?? '')?.before ?? [])]
  const [id] = before
  const trace = facts.traces.find((one) => one.id === id)
  if (!first || id === undefined || before.length !== 1 || rows.length !== 1 || !trace) return null
  if (trace.effects === 0 || trace.present < trace.effects || !trace.understood) return null
  const after = descendantsOf(graph, [first.id])
  const clean = facts.traces.every((one) => !after.has(one.id) || one.present === 0)
  return clean ? id : null
}
