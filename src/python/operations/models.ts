/** Reads the tables that SQLAlchemy code declares: `sa.table(…)`, `sa.Table(…)` and the models of a migration. */
import type { NeededRelation } from '../../core/history/operation.ts'
import { type ClassTerm, type Made, type Term, itemsOfTerm, stringOf } from '../interpreter/values.ts'
import { classOf } from './columns.ts'

/** A table with all its declared columns. */
export type DeclaredTable = NeededRelation & { readonly columns: readonly string[] }

/** Returns whether the term is a table, as SQLAlchemy declares it. */
export function isTable(term: Term): boolean {
  return term.kind === 'made' && /^table$/i.test(classOf(term) ?? '')
}

/** Returns the table and all its columns; null if its schema or a column is unknown. */
export function declaredTable(table: Term): DeclaredTable | null {
  if (table.kind !== 'made') return null
  const [first, ...parts] = table.args
  const name = stringOf(first ?? table.keywords.get('name'))
  const schema = table.keywords.get('schema') ?? { kind: 'none' }
  const isKnown = schema.kind === 'none' || schema.kind === 'str'
  if (name === null || !isKnown || isReflected(table) || table.keywords.has('**')) return null
  const columns: string[] = []
  for (const part of parts) {
    const kind = classOf(part)
    const column = part.kind === 'made' ? stringOf(part.args[0] ?? part.keywords.get('name')) : null
    if (kind === 'Column' || kind === 'column') {
      if (column === null) return null
      columns.push(column)
    } else if (kind === 'MetaData' ? !isDefaultMetadata(part) : !/(?:Constraint|Index)$/.test(kind ?? ''))
      return null
  }
  return { schema: stringOf(schema), name, columns }
}

/** Returns whether the table's columns come from the database. */
export function isReflected({ source }: Made): boolean {
  return /\b(?:autoload|extend_existing)/.test(source)
}

/** Returns whether the tables of this `MetaData` are in the default schema. */
export function isDefaultMetadata(term: Term): boolean {
  return (
    term.kind === 'made' && term.args.length === 0 && !['schema', '**'].some((key) => term.keywords.has(key))
  )
}

/** Returns the table of a model and all its columns; null if the class isn't a model, or if they are unknown. */
export function modelTable(model: ClassTerm): DeclaredTable | null {
  const name = stringOf(model.members.get('__tablename__'))
  const columns = name === null ? null : columnsOf(model)
  const options = model.members.get('__table_args__')
  const schema = options === undefined ? null : schemaOf(options)
  return name === null || columns === null || schema === undefined ? null : { schema, name, columns }
}

/** Returns the schema in `__table_args__`; undefined if it is unknown. */
function schemaOf(options: Term): string | null | undefined {
  const last = options.kind === 'dict' ? options : itemsOfTerm(options)?.at(-1)
  if (last === undefined || (last.kind !== 'dict' && last.kind !== 'made')) return undefined
  if (last.kind === 'made') return null
  const schema = last.entries.get('str:schema')?.value
  if (last.spoiled || last.open) return undefined
  return schema === undefined ? null : (stringOf(schema) ?? undefined)
}

/** Members that don't change which columns a model has. */
const asides = /^(?:__tablename__|__table_args__|__abstract__|__module__|__qualname__)$/
const makesColumn = /^(?:Column|mapped_column)$/

/** Returns the columns of a model or of a mixin; null if they are unknown. */
function columnsOf({ members, methods, parents, annotated, plain }: ClassTerm): readonly string[] | null {
  if ([...methods.values()].some((method) => method.kind !== 'function' || method.decorated)) return null
  const columns: string[] = annotated.filter((name) => !members.has(name))
  for (const [name, member] of members) {
    const kind = classOf(member)
    if (asides.test(name)) continue
    if (member.kind !== 'made' || kind === null) {
      if (name.startsWith('__') || member.kind === 'unknown') return null
      continue
    }
    if (makesColumn.test(kind)) columns.push(stringOf(member.args[0] ?? member.keywords.get('name')) ?? name)
    else if (kind !== 'relationship' || member.keywords.has('lazy')) return null
  }
  for (const parent of parents) {
    const inherited = parent.kind === 'class' ? columnsOf(parent) : isBase(parent) ? [] : null
    if (inherited === null) return null
    columns.push(...inherited)
  }
  return plain || parents.length > 0 ? columns : null
}

/** Returns whether the term is a declarative base with the default schema. */
function isBase(term: Term): boolean {
  if (term.kind === 'imported')
    return /^sqlalchemy\.orm\.(?:DeclarativeBase|MappedAsDataclass)$/.test(term.path)
  return (
    classOf(term) === 'declarative_base' &&
    term.kind === 'made' &&
    term.args.length + term.keywords.size === 0
  )
}
