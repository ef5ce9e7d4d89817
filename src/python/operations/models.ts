/** Reads tables declared with SQLAlchemy: `sa.table(…)`, `sa.Table(…)` and models. */
import type { NeededRelation, ObjectName } from '../../core/history/operation.ts'
import { type ClassTerm, type Made, type Term, itemsOfTerm, none, stringOf } from '../interpreter/values.ts'
import { classOf } from './columns.ts'

/** A table with its declared columns. */
export type DeclaredTable = NeededRelation & { readonly columns: readonly string[] }

/** Whether the term is a table declared with SQLAlchemy. */
export function isTable(term: Term): boolean {
  return term.kind === 'made' && /^table$/i.test(classOf(term) ?? '')
}

/** Returns a table's name; null if the name or schema is unknown. */
export function tableName({ args: [first, ...parts], keywords }: Made): ObjectName | null {
  const name = stringOf(first ?? keywords.get('name'))
  const schema = keywords.get('schema') ?? none
  if (name === null || keywords.has('**') || (schema.kind !== 'none' && schema.kind !== 'str')) return null
  const isDefault = parts.every((part) => classOf(part) !== 'MetaData' || isDefaultMetadata(part))
  return isDefault ? { schema: stringOf(schema), name } : null
}

/** Returns a table with all its columns; null if any part is unknown. */
export function declaredTable(table: Term): DeclaredTable | null {
  const named = table.kind === 'made' ? tableName(table) : null
  if (table.kind !== 'made' || named === null || isReflected(table)) return null
  const columns: string[] = []
  for (const part of table.args.slice(1)) {
    const kind = classOf(part) ?? ''
    const column = part.kind === 'made' ? stringOf(part.args[0] ?? part.keywords.get('name')) : null
    if (kind === 'Column' || kind === 'column') {
      if (column === null) return null
      columns.push(column)
    } else if (!/^MetaData$|(?:Constraint|Index)$/.test(kind)) return null
  }
  return { ...named, columns }
}

/** Whether the table may have undeclared columns (`autoload`, `extend_existing`). */
export function isReflected({ source }: Made): boolean {
  return /\b(?:autoload|extend_existing)/.test(source)
}

/** Whether tables in this `MetaData` belong to the default schema. */
function isDefaultMetadata(term: Term): boolean {
  return (
    term.kind === 'made' &&
    term.args.every(({ kind }) => kind === 'bind') &&
    !['schema', '**'].some((key) => term.keywords.has(key))
  )
}

/** Returns the name of a model's table; null if it's unknown or the class isn't a model. */
export function modelName(model: ClassTerm): ObjectName | null {
  const name = stringOf(model.members.get('__tablename__'))
  const options = model.members.get('__table_args__')
  const schema = options === undefined ? null : schemaOf(options)
  // The options may be computed by a method.
  if (model.methods.has('__table_args__')) return null
  if (name === null || schema === undefined || !isInDefaultSchema(model)) return null
  return { schema, name }
}

/** Whether the model's base classes leave the schema unset. */
function isInDefaultSchema({ members, parents }: ClassTerm): boolean {
  const metadata = members.get('metadata')
  if (metadata !== undefined && !isDefaultMetadata(metadata)) return false
  return parents.every((parent) => (parent.kind === 'class' ? isNeutral(parent) : isBase(parent)))
}

/** Whether models that inherit from the class are in the default schema. */
function isNeutral(parent: ClassTerm): boolean {
  const { members, methods } = parent
  return !members.has('__table_args__') && !methods.has('__table_args__') && isInDefaultSchema(parent)
}

/** Returns a model's table with all columns; null if it's unknown or the class isn't a model. */
export function modelTable(model: ClassTerm): DeclaredTable | null {
  const named = modelName(model)
  const columns = named && columnsOf(model)
  return named && columns && { ...named, columns }
}

/** Returns the schema in `__table_args__`; null if unset, undefined if unknown. */
function schemaOf(options: Term): string | null | undefined {
  const last = options.kind === 'dict' ? options : itemsOfTerm(options)?.at(-1)
  if (last === undefined || (last.kind !== 'dict' && last.kind !== 'made')) return undefined
  if (last.kind === 'made') return null
  const schema = last.entries.get('str:schema')?.value
  if (last.spoiled || last.open) return undefined
  return schema === undefined ? null : (stringOf(schema) ?? undefined)
}

/** Class members that don't affect a model's columns. */
const asides = /^(?:__tablename__|__table_args__|__abstract__|__module__|__qualname__)$/
const makesColumn = /^(?:Column|mapped_column)$/

/** Whether a member of a model is a column. */
export function isColumnOf({ members }: ClassTerm, name: string): boolean {
  return makesColumn.test(classOf(members.get(name) ?? none) ?? '')
}

/** Returns a model's table with only this attribute's column; null if unknown. */
export function modelColumn(model: ClassTerm, attribute: string): DeclaredTable | null {
  const table = isColumnOf(model, attribute) ? modelTable(model) : null
  const column = model.members.get(attribute)
  if (!table || column?.kind !== 'made') return null
  return { ...table, columns: [columnName(column, attribute)] }
}

/** Like `modelTable`, but with only the primary key, which is all that deleting an object needs. */
export function modelKey(model: ClassTerm): DeclaredTable | null {
  const table = modelTable(model)
  const key = [...model.members].flatMap(([name, member]) =>
    member.kind === 'made' && member.keywords.has('primary_key') ? [columnName(member, name)] : [],
  )
  return table && key.length > 0 ? { ...table, columns: key } : table
}

function columnName({ args, keywords }: Made, attribute: string): string {
  return stringOf(args[0] ?? keywords.get('name')) ?? attribute
}

/** Returns the column names of a model or mixin; null if some are unknown. */
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
    if (makesColumn.test(kind)) columns.push(columnName(member, name))
    else if (kind !== 'relationship' || member.keywords.has('lazy')) return null
  }
  for (const parent of parents) {
    const inherited =
      parent.kind === 'class' ? columnsOf(parent) : isBase(parent) ? columnsOfBase(parent) : null
    if (inherited === null) return null
    columns.push(...inherited)
  }
  return plain || parents.length > 0 ? columns : null
}

/** Whether the term is `declarative_base()` without arguments. */
export function isPlainBase(term: Made): boolean {
  return isBase(term) && term.keywords.size === 0
}

/** Whether the term is a declarative base for the default schema. */
function isBase(term: Term): boolean {
  if (term.kind === 'imported')
    return /^sqlalchemy\.orm\.(?:DeclarativeBase|MappedAsDataclass)$/.test(term.path)
  if (term.kind !== 'made' || classOf(term) !== 'declarative_base' || term.args.length > 0) return false
  return [...term.keywords].every(([name, value]) =>
    name === 'cls' && value.kind === 'class'
      ? isNeutral(value)
      : name === 'metadata' && isDefaultMetadata(value),
  )
}

/** Returns the columns of `declarative_base(cls=Mixin)`; null if some are unknown. */
function columnsOfBase(base: Term): readonly string[] | null {
  const mixin = base.kind === 'made' ? base.keywords.get('cls') : undefined
  return mixin?.kind === 'class' ? columnsOf(mixin) : []
}
