/** Generates DDL for a schema snapshot. Used as a fallback if pg_dump isn't available. */
import type { DumpEntry } from '../../adapters/postgres/pg-dump.ts'
import type { CreatedObject, SchemaSnapshot } from '../../core/schema/schema-snapshot.ts'
import { sqlStatements } from '../write-files/created-ddl.ts'

/** Returns the statements in order. Foreign keys come last, after the tables that they reference. */
export function snapshotStatements(schema: SchemaSnapshot): readonly DumpEntry[] {
  const made = (
    kind: CreatedObject['kind'],
    own: string,
    name: string,
    table: string | null,
  ): CreatedObject => ({
    kind,
    schema: own,
    name,
    table,
  })
  const withoutForeignKeys: SchemaSnapshot = {
    ...schema,
    tables: schema.tables.map((table) => ({
      ...table,
      constraints: table.constraints.filter(({ kind }) => kind !== 'foreignKey'),
    })),
  }
  const tables = schema.tables.map((table) => ({ ...table, own: table.schema ?? 'public' }))
  const entries = (objects: readonly CreatedObject[], from: SchemaSnapshot): readonly DumpEntry[] =>
    objects.flatMap((object) =>
      sqlStatements([object], from).map((sql) => ({
        type: object.kind.toUpperCase(),
        name: object.table === null ? object.name : `${object.table}.${object.name}`,
        sql,
      })),
    )
  return [
    ...entries(
      schema.schemas.filter((name) => name !== 'public').map((name) => made('schema', name, name, null)),
      schema,
    ),
    ...entries(
      schema.enums.map((one) => made('enum', one.schema, one.name, null)),
      schema,
    ),
    ...entries(
      tables.map(({ own, name }) => made('table', own, name, null)),
      withoutForeignKeys,
    ),
    ...entries(
      tables.flatMap(({ own, name, constraints }) =>
        constraints
          .filter(({ kind }) => kind === 'foreignKey')
          .map((one) => made('constraint', own, one.name, name)),
      ),
      schema,
    ),
    ...entries(
      tables.flatMap(({ own, name, indexes, constraints }) =>
        indexes
          .filter((index) => constraints.every((one) => one.name !== index.name))
          .map((index) => made('index', own, index.name, name)),
      ),
      schema,
    ),
  ]
}
