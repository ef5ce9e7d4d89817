/** Simulates enum types and schemas. Only called for databases that support them (see `hasEffect`). */
import { extensionState } from './objects/extensions.ts'
import { extensionOfType } from '../dialect/extension-contents.ts'
import { noteNewLabel } from './enum-values.ts'
import type { Obstacle } from './failure-reason.ts'
import type {
  AddEnumValue,
  ColumnType,
  CreateEnum,
  CreateSchema,
  DropEnum,
  DropSchema,
  ObjectName,
  RenameEnum,
} from '../history/operation.ts'
import {
  requireDatabaseCreate,
  requireDefaultSchema,
  requireSchemaCreate,
  requireTypeOwner,
} from './privileges.ts'
import type { Dependent } from '../schema/schema-snapshot.ts'
import { neededBy, refusedDependents, requireNamedSchema } from './preconditions.ts'
import { type StatementOutcome, quotedAsWritten, failStatement } from './database-error.ts'
import {
  type SimulatedSchema,
  addType,
  findRelation,
  findSchema,
  findType,
  isFetched,
  newName,
  occupant,
  removeType,
  typeNamed,
} from './simulated-schema.ts'
import { forgetAll } from './unknown-changes.ts'

/** Checks that a column's type exists. */
export function tryType(world: SimulatedSchema, type: ColumnType): StatementOutcome {
  // A view is also a type.
  if (type.needs && findRelation(world, type.needs).value?.kind === 'view') world.viewsSure = false
  if (!world.dialect.namedEnums) return null
  if (type.needs) return tryExtensionType(world, type.needs, type.postgres?.endsWith('[]') === true)
  if (type.enum === null) return null
  const { presence } = findType(world, type.enum)
  return presence === 'absent' ? missingType(world, type.enum) : presence === 'unsure' ? 'unsure' : null
}

/** Fails if an extension's type definitely doesn't exist. Other missing types may be built in. */
function tryExtensionType(world: SimulatedSchema, name: ObjectName, isArray: boolean): StatementOutcome {
  const extension = extensionOfType(name.name)
  if (extension === null || findType(world, name).presence !== 'absent') return null
  const missing = missingType(world, isArray ? { ...name, name: `${name.name}[]` } : name)
  if (missing === null || missing === 'unsure') return missing
  return {
    ...missing,
    obstacle: { kind: 'absentExtensionType', extension, state: extensionState(world, extension) },
  }
}

/**
 * Fails because the type doesn't exist. Returns `unsure` if a table or view has that name, because its row type
 * shares the name.
 */
function missingType(world: SimulatedSchema, name: ObjectName): StatementOutcome {
  if (findRelation(world, name).presence !== 'absent') return 'unsure'
  const error = world.dialect.errors.missingType?.(quotedAsWritten(name))
  const object = { kind: 'type', name: quotedAsWritten(name) } as const
  return failStatement('missing', object, { kind: 'absent', what: 'type' }, error)
}

/** Simulates `CREATE TYPE … AS ENUM`. */
export function tryCreateEnum(world: SimulatedSchema, step: CreateEnum): StatementOutcome {
  if (step.implied) {
    const key = quotedAsWritten(step.enum)
    if (world.broughtAlong.has(key)) return null
    world.broughtAlong.add(key)
  }
  const full = newName(world, step.enum)
  if (!full) return 'unsure'
  const schema = requireNamedSchema(world, step.enum.schema)
  if (schema !== null) return schema
  const looks = step.ifNotExists && step.implied !== true
  // With `checkfirst`, SQLAlchemy searches the whole search path.
  if (looks && findType(world, step.enum).presence === 'present') return null
  const judged =
    requireDefaultSchema(world, step.enum, 'type') ??
    requireSchemaCreate(world, full.schema, 'create') ??
    enumTaken(world, full)
  if (judged !== null && judged !== 'unsure') return judged
  const known = step.values !== null && !(looks && world.open.has('types'))
  addType(world, full, { values: known ? new Set(step.values) : null, owned: null, pending: true })
  return judged
}

function enumTaken(world: SimulatedSchema, name: ObjectName): StatementOutcome {
  const other = typeNamed(world, name)
  const table = occupant(world, name)
  const named = table?.kind === 'table' || table?.kind === 'view'
  if (!other && !named) return isFetched(world, name.name) ? null : 'unsure'
  const error = world.dialect.errors.typeTaken?.(name.name)
  const labels = other?.values ? [...other.values] : null
  const seen: Obstacle = other ? { kind: 'presentType', labels } : { kind: 'tableOfThatName' }
  const object = { kind: 'type', name: name.name } as const
  return failStatement(other?.values ? 'leftover-enum' : 'exists', object, seen, error)
}

/** `DROP TYPE`. */
export function tryDropEnum(world: SimulatedSchema, step: DropEnum, alone: boolean): StatementOutcome {
  const found = findType(world, step.enum)
  if (found.presence === 'absent') {
    const schema = requireNamedSchema(world, step.enum.schema)
    const missing = schema ?? missingType(world, step.enum)
    return step.ifExists && missing !== 'unsure' ? null : missing
  }
  const denied = requireTypeOwner(world, found.value?.owned ?? null, found.name)
  if (denied !== null) return denied
  const needs =
    step.cascade || !alone
      ? null
      : (neededBy(world, found.value?.dependents ?? []) ?? pendingUser(world, found.name))
  if (needs !== null) {
    const object = { kind: 'type', name: quotedAsWritten(step.enum) } as const
    const isPlain = step.enum.schema === null && /^[a-z_]+$/.test(step.enum.name)
    const described = found.value?.described ?? (isPlain ? `type ${step.enum.name}` : null)
    return described === null ? 'unsure' : refusedDependents(world, described, object, needs)
  }
  const full = found.presence === 'present' ? found.name : newName(world, step.enum)
  if (full) removeType(world, full)
  // CASCADE also drops all columns of this type.
  if (step.cascade) forgetAll(world)
  return found.presence === 'present' ? null : 'unsure'
}

/** Returns a column that gets this enum from a pending migration; null if none is known. */
function pendingUser(
  world: SimulatedSchema,
  name: ObjectName,
): Pick<Dependent, 'kind' | 'name' | 'table'> | null {
  for (const { kind, table, name: tableName } of world.relations.values()) {
    if (kind !== 'table' || !table?.columnsSure || table.dropped) continue
    for (const column of table.columns.values()) {
      const found = column.enum ? findType(world, column.enum) : null
      if (found?.presence === 'present' && found.name.name === name.name && found.name.schema === name.schema)
        return { kind: 'column', name: column.name, table: tableName }
    }
  }
  return null
}

/** Simulates `ALTER TYPE … RENAME TO`. */
export function tryRenameEnum(world: SimulatedSchema, step: RenameEnum): StatementOutcome {
  const found = findType(world, step.enum)
  const to = { ...found.name, name: step.to }
  if (found.presence === 'absent') return missingType(world, step.enum)
  if (found.presence === 'unsure' || !found.value || found.value.kind === 'array') {
    const full = newName(world, { ...step.enum, name: step.to })
    if (full) addType(world, full, { values: null, owned: null })
    return 'unsure'
  }
  const judged = requireTypeOwner(world, found.value.owned, found.name) ?? enumTaken(world, to)
  if (judged !== null) return judged
  removeType(world, found.name)
  const { values, owned, dependents, described } = found.value
  const plain = described && /^type (?<schema>[a-z_]+\.)?[a-z_]+$/.exec(described)?.groups
  addType(world, to, {
    values,
    owned,
    ...(dependents && { dependents }),
    // PostgreSQL quotes unusual names, so error messages may show this name differently.
    ...(plain && /^[a-z_]+$/.test(step.to) && { described: `type ${plain['schema'] ?? ''}${step.to}` }),
  })
  renameInColumns(world, found.name, step.to)
  return null
}

/** After a type is renamed, updates column types and defaults to match the catalog. */
function renameInColumns(world: SimulatedSchema, { schema, name }: ObjectName, to: string): void {
  for (const { kind, table } of world.relations.values()) {
    if (kind !== 'table' || !table) continue
    for (const [key, column] of table.columns) {
      const declared = column.enum
      if (declared?.name === name && (declared.schema === null || declared.schema === schema))
        table.columns.set(key, { ...column, enum: { ...declared, name: to } })
      // If raw SQL adds a column, only the name of its type is known.
      const isNamed = column.isEnum === true || column.stored === null
      const old = [name, `${schema}.${name}`].find((type) => isNamed && column.type === type)
      if (old === undefined) continue
      const type = old.slice(0, -name.length) + to
      const { serverDefault } = column
      const moved = serverDefault?.endsWith(`::${old}`)
        ? { serverDefault: serverDefault.slice(0, -old.length) + type }
        : {}
      table.columns.set(key, { ...column, type, ...moved })
    }
  }
}

/** Simulates `ALTER TYPE … ADD VALUE` and `RENAME VALUE`. */
export function tryAddEnumValue(world: SimulatedSchema, step: AddEnumValue): StatementOutcome {
  const found = findType(world, step.enum)
  if (found.presence === 'absent') return missingType(world, step.enum)
  if (found.presence === 'unsure' || !found.value?.values) return 'unsure'
  const denied = requireTypeOwner(world, found.value.owned, found.name)
  if (denied !== null) return denied
  const { values } = found.value
  // ADD VALUE checks for the new label before it checks for the neighboring one.
  const needed = step.renames ?? (values.has(step.value) ? undefined : step.beside)
  if (needed !== undefined && !values.has(needed)) {
    const type = quotedAsWritten(step.enum)
    const object = { kind: 'label', label: needed, type } as const
    const error = world.dialect.errors.missingLabel?.(needed)
    return failStatement('missing', object, { kind: 'absentLabel', type }, error)
  }
  if (values.has(step.value)) {
    if (step.ifNotExists) return null
    const error = world.dialect.errors.duplicateLabel?.(step.value)
    const type = quotedAsWritten(step.enum)
    return failStatement(
      'exists',
      { kind: 'label', label: step.value, type },
      { kind: 'presentLabel', type },
      error,
    )
  }
  if (step.renames !== undefined) values.delete(step.renames)
  else if (!step.autocommit) noteNewLabel(world, found.name, step.value, found.value.pending === true)
  values.add(step.value)
  return null
}

/** `CREATE SCHEMA`. */
export function tryCreateSchema(world: SimulatedSchema, step: CreateSchema): StatementOutcome {
  const { schema } = step
  const presence = findSchema(world, schema)
  if (presence === 'present') {
    if (step.ifNotExists) return null
    const error = world.dialect.errors.duplicateSchema?.(schema)
    return failStatement('exists', { kind: 'schema', name: schema }, { kind: 'present' }, error)
  }
  const denied = requireDatabaseCreate(world)
  if (denied !== null) return presence === 'unsure' ? 'unsure' : denied
  const own = presence === 'absent' && world.accessSure && !step.forOther
  world.schemas.set(schema, own ? { name: schema, usage: true, create: true, owned: true } : null)
  // If the new schema is in the search path, unqualified names may now refer to other objects.
  if (world.pathSetting.includes(schema)) world.defaultSchema = undefined
  return presence === 'unsure' ? 'unsure' : null
}

/** Simulates `DROP SCHEMA`. The objects dropped with the schema aren't simulated individually. */
export function tryDropSchema(world: SimulatedSchema, step: DropSchema): StatementOutcome {
  const presence = findSchema(world, step.schema)
  if (presence === 'absent') {
    if (step.ifExists) return null
    const error = world.dialect.errors.missingSchema?.(step.schema)
    const object = { kind: 'schema', name: step.schema } as const
    return failStatement('missing', object, { kind: 'absent', what: 'schema' }, error)
  }
  forgetAll(world)
  return 'unsure'
}
