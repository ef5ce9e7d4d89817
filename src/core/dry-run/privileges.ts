/**
 * Checks the role's privileges on relations, schemas and types, in the same order as the server. Doesn't look up
 * names.
 */
import type { ObjectName } from '../history/operation.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import type { FailedObject } from './failure-reason.ts'
import type { LookupResult, SimulatedRelation, SimulatedSchema } from './simulated-schema.ts'
/** Checks that the role owns the relation, as required by `ALTER TABLE` or `CREATE INDEX`. */
export function requireOwner(
  world: SimulatedSchema,
  { value, name }: LookupResult<SimulatedRelation>,
  kind: 'table' | 'index' = 'table',
): StatementOutcome {
  if (!world.accessSure || value?.table?.access?.owned !== false) return null
  return notOwner(world, kind, name)
}

function notOwner(
  { dialect }: SimulatedSchema,
  kind: 'table' | 'index' | 'type',
  { name }: ObjectName,
): StatementOutcome {
  return failStatement(
    'privilege',
    { kind, name },
    { kind: 'notOwner' },
    dialect.errors.notOwner?.(kind, name),
  )
}

function denied(
  { dialect }: SimulatedSchema,
  object: FailedObject & { readonly name: string },
  privilege: string,
): StatementOutcome {
  const error = dialect.errors.permissionDenied?.(`${object.kind} ${object.name}`)
  return failStatement('privilege', object, { kind: 'noPrivilege', privilege }, error)
}

/** Fails if a new object's name is unqualified and the role can't use any schema in the search path. */
export function requireDefaultSchema(
  { dialect, defaultSchema }: SimulatedSchema,
  { schema, name }: ObjectName,
  kind: 'table' | 'type',
): StatementOutcome {
  if (schema !== null || dialect.schemas === null || defaultSchema !== null) return null
  const error = dialect.errors.noSchemaSelected?.()
  return failStatement('privilege', { kind, name }, { kind: 'noSchemaSelected' }, error)
}

/** Checks the REFERENCES privilege on the target table of a foreign key. */
export function requireReferences(
  world: SimulatedSchema,
  { value, name }: LookupResult<SimulatedRelation>,
): StatementOutcome {
  if (!world.accessSure || value?.table?.access?.references !== false) return null
  return denied(world, { kind: 'table', name: name.name }, 'REFERENCES')
}

/** Checks a privilege on a schema: CREATE to create objects, USAGE to refer to them. */
export function requireSchemaCreate(
  world: SimulatedSchema,
  schema: string | null,
  right: 'create' | 'usage',
): StatementOutcome {
  const access = schema === null ? null : world.schemas.get(schema)
  if (!access || access[right] || !world.accessSure) return null
  return denied(world, { kind: 'schema', name: access.name }, right.toUpperCase())
}

/** Whether the role owns the schema. The owner may also drop its tables. */
export function ownsSchema(world: SimulatedSchema, { schema }: ObjectName): boolean {
  return schema !== null && world.schemas.get(schema)?.owned === true
}

/** Checks that the role owns the type, as required by `DROP TYPE` and `ALTER TYPE`. */
export function requireTypeOwner(
  world: SimulatedSchema,
  owned: boolean | null,
  name: ObjectName,
): StatementOutcome {
  if (!world.accessSure || owned !== false) return null
  return notOwner(world, 'type', name)
}

/** Checks for the CREATE privilege on the database, as required by `CREATE SCHEMA`. */
export function requireDatabaseCreate(world: SimulatedSchema): StatementOutcome {
  if (world.createSchemas !== false || !world.accessSure) return null
  const error = world.dialect.errors.permissionDenied?.('database')
  const seen = { kind: 'noPrivilege', privilege: 'CREATE' } as const
  return failStatement('privilege', { kind: 'database' }, seen, error, true)
}
