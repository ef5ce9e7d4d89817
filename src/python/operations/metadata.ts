/** Models SQLAlchemy's `MetaData`: its naming convention, and the tables that `reflect` finds. */
import type { Constraint, Index, Operation } from '../../core/history/operation.ts'
import type { Call } from '../interpreter/run.ts'
import { type Dict, type Made, type Term, dictKeyOf, isOpen, unknown } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { askInspector, inspectorOf, isOwnConnection } from './inspectors.ts'
import { tableInMetadata } from './reflection/reflected-tables.ts'
import { type RecordingContext, catalogNow } from './recording.ts'

/** Whether this `MetaData` definitely has no naming convention. */
export function isPlainMetadata(term: Term): boolean {
  if (term.kind !== 'made' || classOf(term) !== 'MetaData') return false
  return term.args.length === 0 && !term.keywords.has('naming_convention') && !term.keywords.has('**')
}

/** Marks the constraints and indexes as named by an unknown convention. */
export function withOwnMetadata(step: Operation): Operation {
  if (step.kind !== 'createTable') return step
  const marked = <T extends Constraint | Index>(one: T): T => ({ ...one, unknownConvention: true })
  return { ...step, constraints: step.constraints.map(marked), indexes: step.indexes.map(marked) }
}

/** Maps each reflected `MetaData` to its known tables. */
const reflected = new WeakMap<Made, Dict>()

/** Records the tables that `metadata.reflect(bind)` finds. Ignores calls with other arguments. */
export function reflectTables(call: Call, metadata: Made, context: RecordingContext): void {
  const bind = call.args[0] ?? call.keywords.get('bind')
  const inspector = inspectorOf(bind)
  const given = call.args.length + call.keywords.size
  // `reflect` adds the tables of the default schema, and any tables that they reference.
  if (given !== 1 || !isOwnConnection(bind) || inspector.kind !== 'inspector') return
  const question = { ...call, args: [], keywords: new Map<string, Term>() }
  const names = askInspector(question, inspector, 'get_table_names', context)
  if (names.kind !== 'items' || names.spoiled || context.run.under !== null || reflected.has(metadata)) {
    reflected.delete(metadata)
    return
  }
  const entries = names.items.flatMap((name) => {
    const key = dictKeyOf(name)
    const value = tableInMetadata(call, name, metadata, context) ?? unknown
    return key === null ? [] : [[key, { key: name, value }] as const]
  })
  // A foreign key may reference a table in another schema.
  const isComplete = !isOpen(names) && catalogNow(context)?.hasOneSchema === true
  const open = isComplete ? {} : { open: true as const }
  reflected.set(metadata, { kind: 'dict', entries: new Map(entries), spoiled: false, ...open })
}

/** Returns `metadata.tables`; null if unknown. */
export function tablesOf(metadata: Made): Dict | null {
  return reflected.get(metadata) ?? null
}

/** Records a table declared in the `MetaData`. If the table is unknown, forgets all tables. */
export function noteTable(metadata: Made, name: Term | undefined): void {
  const tables = reflected.get(metadata)
  const key = name === undefined ? null : dictKeyOf(name)
  if (key === null || tables?.entries.has(key) !== true) reflected.delete(metadata)
}
