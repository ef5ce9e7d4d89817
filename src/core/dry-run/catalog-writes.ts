/** Simulates writes to system catalogs. */
import type { ObjectName, RowsWritten } from '../history/operation.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import type { SimulatedSchema } from './simulated-schema.ts'
import { forgetAll, forgetTypes } from './unknown-changes.ts'

/** Catalogs that store the schema. Excludes pg_settings and other views that any role can update. */
const catalogTables =
  /^(?:pg_(?:aggregate|am|amop|amproc|attrdef|attribute|auth_members|authid|cast|class|collation|constraint|conversion|database|default_acl|depend|description|enum|event_trigger|extension|foreign_\w+|index|inherits|init_privs|language|largeobject\w*|namespace|opclass|operator|opfamily|partitioned_table|policy|proc|publication\w*|range|replication_origin|rewrite|seclabel|sequence|shdepend|shdescription|statistic|statistic_ext\w*|subscription\w*|tablespace|transform|trigger|ts_\w+|type|user_mapping)|sqlite_(?:master|schema))$/

/** Whether the statement writes to a system catalog. */
export function writesCatalog({ table: { schema, name } }: { readonly table: ObjectName }): boolean {
  return (schema === null || schema === 'pg_catalog' || schema === 'main') && catalogTables.test(name)
}

/**
 * Fails unless the role is a superuser, because no grant allows writes to system catalogs (pg_class_aclmask in
 * aclchk.c).
 */
export function tryCatalogWrite(
  world: SimulatedSchema,
  { statement, table: { name } }: RowsWritten,
): StatementOutcome {
  if (world.superuser === false && world.accessSure) {
    const object = { kind: 'table', name } as const
    const error = world.dialect.errors.permissionDenied?.(`table ${name}`)
    return failStatement(
      'privilege',
      object,
      { kind: 'catalogWrite', privilege: statement.toUpperCase() },
      error,
    )
  }
  if (name === 'pg_enum') forgetTypes(world)
  else if (!/^pg_(?:sh)?description$/.test(name)) forgetAll(world)
  return 'unsure'
}
