/** Rows of system catalogs, which a migration writes in place of DDL: who may, and what is unknown afterwards. */
import type { ObjectName, RowsWritten } from '../history/operation.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import type { SimulatedSchema } from './simulated-schema.ts'
import { forgetAll, forgetTypes } from './unknown-changes.ts'

/** Tables that hold the schema. Views such as pg_settings, which anybody may update, are none. */
const catalogTables =
  /^(?:pg_(?:aggregate|am|amop|amproc|attrdef|attribute|auth_members|authid|cast|class|collation|constraint|conversion|database|default_acl|depend|description|enum|event_trigger|extension|foreign_\w+|index|inherits|init_privs|language|largeobject\w*|namespace|opclass|operator|opfamily|partitioned_table|policy|proc|publication\w*|range|replication_origin|rewrite|seclabel|sequence|shdepend|shdescription|statistic|statistic_ext\w*|subscription\w*|tablespace|transform|trigger|ts_\w+|type|user_mapping)|sqlite_(?:master|schema))$/

/** Does the statement change rows of a catalog? */
export function writesCatalog({ table: { schema, name } }: { readonly table: ObjectName }): boolean {
  return (schema === null || schema === 'pg_catalog' || schema === 'main') && catalogTables.test(name)
}

/** A superuser may, whatever is granted to others (pg_class_aclmask in aclchk.c). What it does to the schema is unknown. */
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
