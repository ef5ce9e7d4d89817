/** Directives that libraries add to `op`. */
import type { Span } from '../../../core/history/migration-module.ts'
import type { NewExtension, Operation, Relabeling } from '../../../core/history/operation.ts'
import { type Term, itemsOfTerm, none, stringOf, textTerm } from '../../interpreter/values.ts'
import { sqlOfEntity } from './entity-sql.ts'
import { newExtension } from '../sql/other-statements.ts'
import { operationsOfSql } from '../sql/statements.ts'

/** Kinds of alembic_utils entities (alembic_utils/pg_*.py). */
const entities: Readonly<Record<string, string>> = {
  PGFunction: 'function',
  PGTrigger: 'trigger',
  PGView: 'view',
  PGMaterializedView: 'view',
  PGExtension: 'extension',
  PGPolicy: 'policy',
  PGGrantTable: 'privilege',
}

/** Returns the extension of a `PGExtension`; null if its name or schema is unknown or unusual. */
function extensionOf(target: Term | undefined): NewExtension | null {
  if (target?.kind !== 'made') return null
  const schema = stringOf(target.args[0] ?? target.keywords.get('schema'))
  const name = stringOf(target.args[1] ?? target.keywords.get('signature'))
  const isPlain = [schema, name].every((text) => text !== null && /^[a-z_][a-z0-9_-]*$/.test(text))
  return isPlain && name !== null ? { name, ifNotExists: false, otherVersion: false, schema } : null
}

/** Returns the labels and columns passed to `sync_enum_values`; null if any is unknown, is renamed or needs quoting. */
function relabeling(
  schema: string,
  args: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
): Relabeling | null {
  const listed = (index: number, name: string): readonly Term[] | null =>
    itemsOfTerm(args[index] ?? keywords.get(name) ?? none)
  const labels = listed(2, 'new_values')?.map((term) => stringOf(term)) ?? []
  const columns = listed(3, 'affected_columns')?.map((term) => convertedColumn(term, schema)) ?? [null]
  const renames = args[4] ?? keywords.get('enum_values_to_rename')
  const isRenaming = renames !== undefined && itemsOfTerm(renames)?.length !== 0
  const isPlain = labels.every((label) => label !== null && /^[\w ./-]{1,63}$/.test(label))
  const isDistinct = new Set(labels).size === labels.length && labels.length > 0
  const known = columns.filter((column) => column !== null)
  if (isRenaming || keywords.has('**') || !isPlain || !isDistinct || known.length < columns.length)
    return null
  return { labels: labels.filter((label) => label !== null), columns: known }
}

/** Reads `('table', 'column')` or `TableReference(…)`; null if the column may be an array or have a default. */
function convertedColumn(term: Term, enumSchema: string): Relabeling['columns'][number] | null {
  const [first, second, ...more] =
    term.kind === 'made' && /^alembic_postgresql_enum\.(?:\w+\.)*TableReference$/.test(term.path)
      ? term.args
      : (term.kind === 'items' && itemsOfTerm(term)) || []
  const keywords: ReadonlyMap<string, Term> = term.kind === 'made' ? term.keywords : new Map()
  const isKnown = [...keywords.keys()].every((key) => /^(?:table_name|column_name|table_schema)$/.test(key))
  const name = stringOf(first ?? keywords.get('table_name'))
  const column = stringOf(second ?? keywords.get('column_name'))
  const schema = stringOf(keywords.get('table_schema') ?? textTerm(enumSchema))
  if (!isKnown || more.length > 0 || name === null || column === null || schema === null) return null
  return { table: { schema, name }, column }
}

/** Returns the steps of a library's directive; null if unknown. */
export function stepsOfLibrary(
  name: string,
  args: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
  span: Span,
): readonly Operation[] | null {
  // alembic_utils/reversible_op.py
  if (/^(?:create|replace|drop|revert)_entity$/.test(name)) {
    const target = args[0] ?? keywords.get('target')
    const what = target?.kind === 'made' ? entities[target.path.split('.').at(-1) ?? ''] : undefined
    const extension = name === 'create_entity' && what === 'extension' ? extensionOf(target) : null
    if (extension) return [newExtension(extension, span)]
    const sql = target?.kind === 'made' && what !== undefined ? sqlOfEntity(name, target) : null
    const steps = sql === null ? [] : operationsOfSql(sql, span)
    if (steps.length > 0 && steps.every(({ kind }) => kind === 'unrelated')) return steps
    return what === undefined ? null : [{ kind: 'unrelated', what, span }]
  }
  // `sync_enum_values` recreates the type with different labels.
  if (name === 'sync_enum_values') {
    const type = stringOf(args[1] ?? keywords.get('enum_name'))
    const schema = stringOf(args[0] ?? keywords.get('enum_schema'))
    if (type === null || schema === null) return null
    const names = [{ schema, name: type }]
    const changes = { change: 'replace', object: 'type', names, lenient: false, cascade: false } as const
    const relabels = relabeling(schema, args, keywords)
    return [{ kind: 'unrelated', what: 'type', changes, ...(relabels && { relabels }), span }]
  }
  return null
}
