/** The schema as a migration sees it at run time, through SQLAlchemy's Inspector or the system catalog. */
import type { DialectName } from '../dialect/dialect-name.ts'

/** Name of a table, type or other object. `schema` is null for the default schema (`search_path`). */
export interface ObjectName {
  readonly schema: string | null
  readonly name: string
}

/**
 * A list that may be incomplete. Objects in `known` exist; objects in `perhaps` may exist. `any` means that any other
 * object may exist too.
 */
export interface Listed<T> {
  readonly known: readonly T[]
  readonly perhaps: readonly T[] | 'any'
}

/** A column, with its type spelled as in the system catalog. Null fields are unknown. */
export interface CatalogColumn {
  readonly name: string
  readonly type: string | null
  readonly nullable: boolean | null
  /** True if the column is known to have no default. */
  readonly hasNoDefault?: true
  /** True if the column's type is an enum. */
  readonly isEnum?: true
  /** True if the database computes the column's values. */
  readonly generated?: true
}

/** An index. `columns` is null if unknown; an entry is null for an expression. */
export interface CatalogIndex {
  readonly name: string
  readonly columns: readonly (string | null)[] | null
}

/** A constraint. `columns` is unordered; null if unknown. */
export interface CatalogConstraint {
  readonly name: string
  readonly kind: string
  readonly columns: readonly string[] | null
  /** Table referenced by a foreign key; undefined if unknown. */
  readonly target?: string
  /** Columns referenced by a foreign key; undefined if unknown. */
  readonly targetColumns?: readonly string[]
}

/** Details of a table. `columns` is null if unknown. */
export interface CatalogTable {
  readonly columns: readonly CatalogColumn[] | null
  /** Columns of the primary key; empty if there is none, null if unknown. */
  readonly primaryKey: readonly string[] | null
  /** The table's indexes, including those of primary keys and UNIQUE constraints. */
  readonly indexes: Listed<CatalogIndex>
  readonly constraints: Listed<CatalogConstraint>
}

/** An object in the namespace shared by tables, indexes, sequences and views. */
export interface CatalogRelation extends ObjectName {
  readonly kind: 'table' | 'index' | 'sequence' | 'view' | 'other'
  /** Details of a table; null for other relations. */
  readonly table: CatalogTable | null
  /** The table that an index belongs to; null if unknown. */
  readonly owner: string | null
  /**
   * Whether the role owns the relation; null if unknown. `information_schema` may omit relations that the role doesn't
   * own.
   */
  readonly owned: boolean | null
  /** Whether the index is INVALID, in which case queries can't use it. */
  readonly invalid?: true
}

/** A foreign key and its table. */
export interface CatalogKey {
  readonly table: ObjectName
  readonly key: CatalogConstraint
}

/** A constraint, its table, and whether the role owns the table; null if unknown. */
export interface CatalogNamedConstraint {
  readonly table: ObjectName
  readonly owned: boolean | null
  readonly constraint: CatalogConstraint
}

/** A named type. `labels` is null if the type isn't an enum, or if its labels are unknown. */
export interface CatalogType extends ObjectName {
  readonly labels: readonly string[] | null
}

/** The schema at a given point during the upgrade. */
export interface LiveCatalog {
  readonly dialect: DialectName
  /** Schema for new objects with unqualified names; undefined if unknown. */
  readonly defaultSchema: string | null | undefined
  /**
   * Looks up a name in the search path. Considers indexes only if `kind` is `index`. Returns null if the result is
   * unknown.
   */
  resolve(name: ObjectName, kind: 'table' | 'index'): CatalogRelation | 'absent' | null
  /** Returns the relations with exactly this name, in any schema. */
  named(name: string, kind: 'table' | 'index'): Listed<CatalogRelation>
  /** Returns the foreign keys that reference the table, including its own. */
  keysTo(table: ObjectName): Listed<CatalogKey>
  /** Returns the constraints with exactly this name, in any schema. */
  constraintsNamed(name: string): Listed<CatalogNamedConstraint>
  /** Returns the types with exactly this name, in any schema, or null if unknown. Row types of tables are excluded. */
  typesNamed(name: string): readonly CatalogType[] | null
  /**
   * Returns the table names in a schema; null if unknown. If `schema` is null, returns the tables that need no schema
   * prefix.
   */
  tableNames(schema: string | null): Listed<string> | null
  /** Whether the name refers to a table that is in the search path and known to be empty. */
  isEmpty(name: ObjectName): boolean
  /** Whether the default schema is the only schema, apart from system schemas. */
  readonly hasOneSchema: boolean
  /** All schemas except `pg_*`, in PostgreSQL's order; null if unknown. */
  readonly schemaNames: readonly string[] | null
  /** Whether the schema exists; null if unknown. */
  hasSchema(name: string): boolean | null
}
