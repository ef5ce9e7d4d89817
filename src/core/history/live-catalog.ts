/**
 * The schema as a migration sees it at run time, through SQLAlchemy's Inspector or a catalog query. Any result may be
 * unknown.
 */
import type { DialectName } from '../dialect/dialect.ts'

/** A table, type or other object in a schema; `schema` is null for the default one (`search_path`). */
export interface ObjectName {
  readonly schema: string | null
  readonly name: string
}

/**
 * `known`: objects that certainly exist. `perhaps`: further objects that may exist; `any`: any other object may exist.
 */
export interface Listed<T> {
  readonly known: readonly T[]
  readonly perhaps: readonly T[] | 'any'
}

/** Types are spelled as in the catalog. Null if unknown. */
export interface CatalogColumn {
  readonly name: string
  readonly type: string | null
  readonly nullable: boolean | null
}

/** `columns` contains null for an expression; null as a whole if unknown. */
export interface CatalogIndex {
  readonly name: string
  readonly columns: readonly (string | null)[] | null
}

/** `columns` are unordered; null if unknown. */
export interface CatalogConstraint {
  readonly name: string
  readonly kind: string
  readonly columns: readonly string[] | null
}

/** `columns` is null if unknown. */
export interface CatalogTable {
  readonly columns: readonly CatalogColumn[] | null
  /** Includes indexes behind keys and unique constraints. */
  readonly indexes: Listed<CatalogIndex>
  readonly constraints: Listed<CatalogConstraint>
}

/** An object in the namespace shared by tables, indexes, sequences and views. */
export interface CatalogRelation extends ObjectName {
  readonly kind: 'table' | 'index' | 'sequence' | 'view' | 'other'
  /** Details of a table; null for other relations. */
  readonly table: CatalogTable | null
  /** Table of an index; null if unknown. */
  readonly owner: string | null
  /** True if the role owns the relation, so that `information_schema` shows it; null if unknown. */
  readonly owned: boolean | null
}

/** A named type; `labels` is null if the type isn't an enum or its labels are unknown. */
export interface CatalogType extends ObjectName {
  readonly labels: readonly string[] | null
}

/** The schema at one point of the upgrade. */
export interface LiveCatalog {
  readonly dialect: DialectName
  /** Schema for new unqualified objects; undefined if unknown. */
  readonly defaultSchema: string | null | undefined
  /** Resolves a name along the search path, including or excluding indexes; null if unknown. */
  resolve(name: ObjectName, kind: 'table' | 'index'): CatalogRelation | 'absent' | null
  /** Relations with exactly this name, in any schema. */
  named(name: string, kind: 'table' | 'index'): Listed<CatalogRelation>
  /** Types with exactly this name, in any schema, excluding row types of tables; null if unknown. */
  typesNamed(name: string): readonly CatalogType[] | null
  /** Table names in a schema; a null `schema` means wherever unqualified names resolve. Null if unknown. */
  tableNames(schema: string | null): Listed<string> | null
  /** Returns whether the schema exists; null if unknown. */
  hasSchema(name: string): boolean | null
}
