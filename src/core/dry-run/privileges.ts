/** What the role may do to relations, schemas and types, in the order in which PostgreSQL looks. Knows no names. */
import type { ObjectName } from '../schema/operation.ts'
import { type StatementOutcome, postgresError, failStatement } from './database-error.ts'
import type { FailedObject, Obstacle } from './failure-reason.ts'
import type { LookupResult, SimulatedRelation, SimulatedSchema } from './simulated-schema.ts'

function denied(object: FailedObject, seen: Obstacle, text: string): StatementOutcome {
  return failStatement('privilege', object, seen, postgresError('InsufficientPrivilege', text))
}

/** `ALTER TABLE`, `CREATE INDEX` and the like want the owner. */
export function requireOwner(
  world: SimulatedSchema,
  { value, name }: LookupResult<SimulatedRelation>,
  kind: 'table' | 'index' = 'table',
): StatementOutcome {
  if (!world.accessSure || value?.table?.access?.owned !== false) return null
  return denied({ kind, name: name.name }, { kind: 'notOwner' }, `must be owner of ${kind} ${name.name}`)
}

/** A foreign key wants REFERENCES on its target. */
export function requireReferences(
  world: SimulatedSchema,
  { value, name }: LookupResult<SimulatedRelation>,
): StatementOutcome {
  if (!world.accessSure || value?.table?.access?.references !== false) return null
  return denied(
    { kind: 'table', name: name.name },
    { kind: 'noPrivilege', privilege: 'REFERENCES' },
    `permission denied for table ${name.name}`,
  )
}

/** Making something in a schema wants CREATE on it, naming one wants USAGE. */
export function requireSchemaCreate(
  world: SimulatedSchema,
  schema: string | null,
  right: 'create' | 'usage',
): StatementOutcome {
  const access = schema === null ? null : world.schemas.get(schema)
  if (!access || access[right] || !world.accessSure) return null
  return denied(
    { kind: 'schema', name: access.name },
    { kind: 'noPrivilege', privilege: right.toUpperCase() },
    `permission denied for schema ${access.name}`,
  )
}

/** Dropping a table is also left to the owner of its schema. */
export function ownsSchema(world: SimulatedSchema, { schema }: ObjectName): boolean {
  return schema !== null && world.schemas.get(schema)?.owned === true
}

/** `DROP TYPE` and `ALTER TYPE` want the owner. */
export function requireTypeOwner(
  world: SimulatedSchema,
  owned: boolean | null,
  name: ObjectName,
): StatementOutcome {
  if (!world.accessSure || owned !== false) return null
  return denied({ kind: 'type', name: name.name }, { kind: 'notOwner' }, `must be owner of type ${name.name}`)
}

/** `CREATE SCHEMA` wants CREATE on the database. */
export function requireDatabaseCreate(world: SimulatedSchema): StatementOutcome {
  if (world.createSchemas !== false || !world.accessSure) return null
  return failStatement(
    'privilege',
    { kind: 'database' },
    { kind: 'noPrivilege', privilege: 'CREATE' },
    postgresError('InsufficientPrivilege', 'permission denied for database'),
    true,
  )
}
