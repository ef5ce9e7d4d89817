/** Tries what makes, drops and names enum types and schemas, which only PostgreSQL has. */
import type {
  AddEnumValue,
  ColumnType,
  CreateEnum,
  CreateSchema,
  DropEnum,
  DropSchema,
  ObjectName,
  RenameEnum,
} from '../schema/operation.ts'
import { needDatabase, needSchema, needTypeOwner } from './privileges.ts'
import { neededBy, refusedDependents } from './dependents.ts'
import { needNamedSchema } from './preconditions.ts'
import { type Judged, asGiven, postgresError, refuse } from './database-error.ts'
import {
  type World,
  addType,
  findSchema,
  findType,
  forgetAll,
  newName,
  occupant,
  removeType,
  typeNamed,
} from './simulated-schema.ts'

/** A column's type must be there. */
export function tryType(world: World, type: ColumnType): Judged {
  if (world.dialect === 'sqlite' || type.enum === null) return null
  const { presence } = findType(world, type.enum)
  return presence === 'absent' ? missingType(type.enum) : presence === 'unsure' ? 'unsure' : null
}

function missingType(name: ObjectName): Judged {
  const error = postgresError('UndefinedObject', `type "${asGiven(name)}" does not exist`)
  return refuse('missing', `type ${asGiven(name)}`, 'the database has no such type', error)
}

/** `CREATE TYPE … AS ENUM`. */
export function tryCreateEnum(world: World, step: CreateEnum): Judged {
  if (world.dialect === 'sqlite') return null
  if (step.implied) {
    const key = asGiven(step.enum)
    if (world.broughtAlong.has(key)) return null
    world.broughtAlong.add(key)
  }
  const full = newName(world, step.enum)
  if (!full) return 'unsure'
  const schema = needNamedSchema(world, step.enum.schema)
  if (schema !== null) return schema
  const looks = step.ifNotExists && step.implied !== true
  // `checkfirst` looks along the whole search path.
  if (looks && findType(world, step.enum).presence === 'present') return null
  const judged = needSchema(world, full.schema, 'create') ?? enumTaken(world, full)
  if (judged !== null && judged !== 'unsure') return judged
  const known = step.values !== null && !(looks && world.open.has('types'))
  addType(world, full, { values: known ? new Set(step.values) : null, owned: null })
  return judged
}

function enumTaken(world: World, name: ObjectName): Judged {
  const other = typeNamed(world, name)
  const table = occupant(world, name)
  const named = table?.kind === 'table' || table?.kind === 'view'
  if (!other && !named) return null
  const error = postgresError('DuplicateObject', `type "${name.name}" already exists`)
  const labels = other?.values ? ` with the labels ${[...other.values].join(', ')}` : ''
  const seen = other ? `the database has it${labels}` : 'a table of that name makes one too'
  return refuse(other?.values ? 'leftover-enum' : 'exists', `type ${name.name}`, seen, error)
}

/** `DROP TYPE`. */
export function tryDropEnum(world: World, step: DropEnum, alone: boolean): Judged {
  if (world.dialect === 'sqlite') return null
  const found = findType(world, step.enum)
  if (found.presence === 'absent') {
    const schema = needNamedSchema(world, step.enum.schema)
    return step.ifExists ? null : (schema ?? missingType(step.enum))
  }
  const denied = needTypeOwner(world, found.value?.owned ?? null, found.name)
  if (denied !== null) return denied
  const needs = step.cascade || !alone ? null : neededBy(world, found.value?.dependents ?? [])
  if (needs !== null) {
    return refusedDependents(found.value?.described ?? '', `type ${asGiven(step.enum)}`, needs)
  }
  const full = found.presence === 'present' ? found.name : newName(world, step.enum)
  if (full) removeType(world, full)
  // With CASCADE every column of the type goes as well.
  if (step.cascade) forgetAll(world)
  return found.presence === 'present' ? null : 'unsure'
}

/** `ALTER TYPE … RENAME TO`. */
export function tryRenameEnum(world: World, step: RenameEnum): Judged {
  if (world.dialect === 'sqlite') return null
  const found = findType(world, step.enum)
  const to = { ...found.name, name: step.to }
  if (found.presence === 'absent') return missingType(step.enum)
  if (found.presence === 'unsure' || !found.value) {
    const full = newName(world, { ...step.enum, name: step.to })
    if (full) addType(world, full, { values: null, owned: null })
    return 'unsure'
  }
  const judged = needTypeOwner(world, found.value.owned, found.name) ?? enumTaken(world, to)
  if (judged !== null) return judged
  removeType(world, found.name)
  const { values, owned } = found.value
  // What messages call it now is not known.
  addType(world, to, { values, owned })
  return null
}

/** `ALTER TYPE … ADD VALUE`. */
export function tryAddEnumValue(world: World, step: AddEnumValue): Judged {
  if (world.dialect === 'sqlite') return null
  const found = findType(world, step.enum)
  if (found.presence === 'absent') return missingType(step.enum)
  if (found.presence === 'unsure' || !found.value?.values) return 'unsure'
  const denied = needTypeOwner(world, found.value.owned, found.name)
  if (denied !== null) return denied
  if (found.value.values.has(step.value)) {
    if (step.ifNotExists) return null
    const error = postgresError('DuplicateObject', `enum label "${step.value}" already exists`)
    const type = asGiven(step.enum)
    return refuse('exists', `label ${step.value} of type ${type}`, `type ${type} has it already`, error)
  }
  found.value.values.add(step.value)
  return null
}

/** `CREATE SCHEMA`. */
export function tryCreateSchema(world: World, step: CreateSchema): Judged {
  if (world.dialect === 'sqlite') return null
  const { schema } = step
  const presence = findSchema(world, schema)
  if (presence === 'present') {
    if (step.ifNotExists) return null
    const error = postgresError('DuplicateSchema', `schema "${schema}" already exists`)
    return refuse('exists', `schema ${schema}`, 'the database has it already', error)
  }
  const denied = needDatabase(world)
  if (denied !== null) return presence === 'unsure' ? 'unsure' : denied
  world.schemas.set(schema, null)
  // From now on names without a schema lead elsewhere.
  if (world.pathSetting.includes(schema)) world.defaultSchema = undefined
  return presence === 'unsure' ? 'unsure' : null
}

/** `DROP SCHEMA`; what it held is not followed. */
export function tryDropSchema(world: World, step: DropSchema): Judged {
  if (world.dialect === 'sqlite') return null
  const presence = findSchema(world, step.schema)
  if (presence === 'absent') {
    if (step.ifExists) return null
    const error = postgresError('InvalidSchemaName', `schema "${step.schema}" does not exist`)
    return refuse('missing', `schema ${step.schema}`, 'the database has no such schema', error)
  }
  forgetAll(world)
  return 'unsure'
}
