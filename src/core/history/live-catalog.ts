/**
 * What a migration learns of the schema by asking the database while it runs: through an Inspector of SQLAlchemy or a
 * query of the catalog. Every answer may be "not known".
 */
import type { DialectName } from '../dialect/dialect.ts'

/** A table, a type or another thing that lives in a schema; `schema` null: the default one (`search_path`). */
export interface ObjectName {
  readonly schema: string | null
  readonly name: string
}

/** `known` are certainly there. `perhaps`: there may be these, too; `any`: others as well. */
export interface Listed<T> {
  readonly known: readonly T[]
  readonly perhaps: readonly T[] | 'any'
}

/** Types are spelled as the catalog prints them. Null: not known. */
export interface CatalogColumn {
  readonly name: string
  readonly type: string | null
  readonly nullable: boolean | null
}

/** `columns` holds null for an expression; null as a whole: not known. */
export interface CatalogIndex {
  readonly name: string
  readonly columns: readonly (string | null)[] | null
}

/** `columns` are in no order; null: not known. */
export interface CatalogConstraint {
  readonly name: string
  readonly kind: string
  readonly columns: readonly string[] | null
}

/** `columns` null: they aren't known. */
export interface CatalogTable {
  readonly columns: readonly CatalogColumn[] | null
  /** Those behind keys and unique constraints, too. */
  readonly indexes: Listed<CatalogIndex>
  readonly constraints: Listed<CatalogConstraint>
}

/** Whatever has a name among tables, indexes, sequences and views. */
export interface CatalogRelation extends ObjectName {
  readonly kind: 'table' | 'index' | 'sequence' | 'view' | 'other'
  /** Of a table its own. */
  readonly table: CatalogTable | null
  /** The table that an index belongs to; null: not known. */
  readonly owner: string | null
  /** The role owns it, so that `information_schema` shows it; null: not known. */
  readonly owned: boolean | null
}

/** A type that has a name of its own; `labels` null: it is no enum, or they aren't known. */
export interface CatalogType extends ObjectName {
  readonly labels: readonly string[] | null
}

/** The schema at one moment of the upgrade. */
export interface LiveCatalog {
  readonly dialect: DialectName
  /** Where an object without a schema is made; undefined: not known. */
  readonly defaultSchema: string | null | undefined
  /** What the name leads to along the search path, where indexes don't matter or do; null: not known. */
  resolve(name: ObjectName, kind: 'table' | 'index'): CatalogRelation | 'absent' | null
  /** What has this very name, in any schema. */
  named(name: string, kind: 'table' | 'index'): Listed<CatalogRelation>
  /** Types of this very name, in any schema, without those of tables; null: not known. */
  typesNamed(name: string): readonly CatalogType[] | null
  /** Names of the tables in a schema; null as a schema: where names without one lead. Null: not known. */
  tableNames(schema: string | null): Listed<string> | null
  /** Null: not known. */
  hasSchema(name: string): boolean | null
}
