/**
 * Names constraints and indexes according to a naming convention, as SQLAlchemy does (sqlalchemy/sql/naming.py).
 * Alembic applies `target_metadata`'s convention (`SchemaObjects.metadata` in alembic/operations/schemaobj.py).
 */
import type { Constraint, Index, ObjectName, Operation, WrittenName } from '../history/operation.ts'

/** Maps the keys of a `naming_convention` to formats. Null for values that aren't strings, such as functions. */
export type NamingConvention = ReadonlyMap<string, string | null>

/** SQLAlchemy's default convention. */
export const defaultConvention: NamingConvention = new Map([['ix', 'ix_%(column_0_label)s']])

const keys: Readonly<Record<Constraint['kind'], string | null>> = {
  primaryKey: 'pk',
  unique: 'uq',
  foreignKey: 'fk',
  check: 'ck',
  exclude: null,
}

/** Names that a convention's tokens can refer to. */
interface Named {
  readonly table: ObjectName
  /** An entry is null for an expression; the list is null if no column is known. */
  readonly columns: readonly (string | null)[] | null
  /** All columns in the table at this point; null if unknown. */
  readonly tableColumns: readonly string[] | null
  /** True if every column's key is known to equal its name. */
  readonly keysAreNames: boolean
  readonly target: ObjectName | null
}

/** Whether a naming convention may name anything that the operation creates or drops. */
export function dependsOnConvention(step: Operation): boolean {
  const open = ({ exact }: { readonly exact: boolean }): boolean => !exact
  switch (step.kind) {
    case 'createTable':
    case 'addColumn':
      return step.constraints.some(open) || step.indexes.some(open)
    case 'createIndex':
      return open(step.index)
    case 'addConstraint':
      return open(step.constraint)
    case 'dropIndex':
    case 'dropConstraint':
      return open(step)
    default:
      return false
  }
}

/** Applies the convention to an operation's names. Unknown names are marked with `unknownConvention`. */
export function withConventionNames(step: Operation, convention: NamingConvention): Operation {
  switch (step.kind) {
    case 'createTable': {
      const about = { table: step.table, tableColumns: step.columns?.map(({ name }) => name) ?? null }
      const names = { ...about, keysAreNames: false }
      return {
        ...step,
        constraints: step.constraints.map((one) => namedConstraint(one, names, convention)),
        indexes: step.indexes.map((one) => namedIndex(one, names, convention)),
      }
    }
    case 'addColumn': {
      const names = { table: step.table, tableColumns: [step.column.name], keysAreNames: false }
      return {
        ...step,
        constraints: step.constraints.map((one) => namedConstraint(one, names, convention)),
        indexes: step.indexes.map((one) => namedIndex(one, names, convention)),
      }
    }
    case 'createIndex': {
      const tableColumns = step.index.columns.filter((one) => one !== null)
      const names = { table: step.table, tableColumns, keysAreNames: true }
      return { ...step, index: namedIndex(step.index, names, convention) }
    }
    case 'addConstraint': {
      const { constraint } = step
      const tableColumns = 'columns' in constraint ? constraint.columns : null
      const names = { table: step.table, tableColumns, keysAreNames: true }
      return { ...step, constraint: namedConstraint(constraint, names, convention) }
    }
    case 'dropIndex': {
      // Without a table, Alembic builds an `Index` on a table called `no_table`.
      const table = step.table ?? { schema: step.index.schema, name: 'no_table' }
      const about = { table, columns: [], tableColumns: [], keysAreNames: true, target: null }
      const { name, ...rest } = renamed({ name: step.index.name, exact: step.exact }, 'ix', about, convention)
      return { ...step, index: { ...step.index, name: name ?? step.index.name }, ...rest }
    }
    case 'dropConstraint': {
      const about = { table: step.table, columns: [], tableColumns: [], keysAreNames: true, target: null }
      const key = step.type === null ? null : keys[step.type]
      const { name, ...rest } = renamed({ name: step.name, exact: step.exact }, key, about, convention)
      return { ...step, name: name ?? step.name, ...rest }
    }
    default:
      return step
  }
}

type Around = Pick<Named, 'table' | 'tableColumns' | 'keysAreNames'>

function namedConstraint<One extends Constraint>(
  one: One,
  around: Around,
  convention: NamingConvention,
): One {
  const about = {
    ...around,
    columns: 'columns' in one ? one.columns : null,
    target: one.kind === 'foreignKey' ? one.target : null,
  }
  return { ...one, ...renamed(one, keys[one.kind], about, convention) }
}

function namedIndex(one: Index, around: Around, convention: NamingConvention): Index {
  return { ...one, ...renamed(one, 'ix', { ...around, columns: one.columns, target: null }, convention) }
}

/** `key` is the convention's key for this object; null if conventions don't apply. */
function renamed(
  { name, exact, unknownConvention }: WrittenName,
  key: string | null,
  about: Named,
  convention: NamingConvention,
): WrittenName {
  const written = { name, exact, ...(unknownConvention && { unknownConvention }) }
  const format = key === null ? undefined : convention.get(key)
  if (exact || unknownConvention) return written
  // SQLAlchemy rejects an index that has no explicit name and gets none from a naming convention.
  if (format === undefined)
    return key === 'ix' && name === null ? { ...written, unknownConvention: true } : written
  if (format !== null && name !== null && !format.includes('constraint_name')) return written
  const rendered = format === null ? null : render(format, name, about, convention)
  return rendered === null ? { ...written, unknownConvention: true } : { name: rendered, exact: true }
}

/** Formats the name as Python's `%` operator does; null if unknown. */
function render(
  format: string,
  name: string | null,
  about: Named,
  convention: NamingConvention,
): string | null {
  let isKnown = format !== ''
  const rendered = format.replaceAll(/%(?:%|\((?<token>[^)]*)\)s|)/g, (whole, ...rest) => {
    const { token } = rest.at(-1) as { readonly token?: string }
    if (whole === '%%') return '%'
    const value = token === undefined || convention.has(token) ? null : valueOf(token, name, about)
    isKnown &&= value !== null
    return value ?? ''
  })
  return isKnown && rendered !== '' ? rendered : null
}

/** Returns a token's value, as `ConventionDict` does; null if unknown or rejected by SQLAlchemy. */
function valueOf(token: string, name: string | null, about: Named): string | null {
  if (token === 'table_name') return about.table.name
  if (token === 'constraint_name') return name
  if (token === 'referred_table_name') return about.target?.name ?? null
  const column = /^column_(?<at>\d+)(?<all>_?N)?_(?<what>name|key|label)$/.exec(token)?.groups
  const { columns } = about
  if (!column || columns === null) return null
  const { at, all, what } = column
  if (all !== undefined) {
    if (at !== '0') return null
    const values = columns.map((one) => columnValue(one, what, about))
    return values.includes(null) ? null : values.join(all === '_N' ? '_' : '')
  }
  // SQLAlchemy also counts columns inside expressions, so it's unknown which column the token refers to.
  if (columns.includes(null)) return null
  const one = columns[Number(at)]
  return one === undefined ? '' : columnValue(one, what, about)
}

function columnValue(column: string | null, what: string | undefined, about: Named): string | null {
  if (column === null) return null
  if (what === 'name') return column
  if (what === 'key') return about.keysAreNames ? column : null
  const { schema, name } = about.table
  const label = `${schema === null ? '' : `${schema.replaceAll('.', '_')}_`}${name}_${column}`
  // SQLAlchemy appends a number if the label is also a column name.
  return about.tableColumns === null || about.tableColumns.includes(label) ? null : label
}
