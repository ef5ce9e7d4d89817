/** Simulates `CREATE EXTENSION`: checks whether the server has the extension and whether the role may install it. */
import { contentsOf } from '../../dialect/extension-contents.ts'
import type { NewExtension, ObjectName, Operation, Unrelated } from '../../history/operation.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import type { Obstacle } from '../failure-reason.ts'
import { mayMeetExtension } from './extension-functions.ts'
import { type SimulatedSchema, isDoubtful, newName, occupant, typeNamed } from '../simulated-schema.ts'

/**
 * Predicts the failure of `CREATE EXTENSION`; null if none is predicted. Most extensions require a superuser. Trusted
 * ones require only the CREATE privilege on the database (CreateExtensionInternal in extension.c).
 */
export function tryExtension(
  world: SimulatedSchema,
  { name, ifNotExists, otherVersion, schema }: NewExtension,
  step: Unrelated,
): StatementOutcome {
  const found = world.extensions.get(name)
  if (!found) return null
  const object = { kind: 'extension', name } as const
  const { errors } = world.dialect
  const installs = installsExtension(world, step)
  if (installs) world.extensions.set(name, { ...found, installed: true })
  else world.extensions.delete(name)
  const isReachable = schema === null || schema === world.defaultSchema
  if (!found.installed && step.changes && isReachable) world.newExtensions.add(name)
  if (found.installed) {
    if (ifNotExists) return null
    return failStatement('exists', object, { kind: 'present' }, errors.duplicateExtension?.(name))
  }
  if (!world.extensionRulesSure) return null
  if (!found.available) {
    const error = errors.missingExtension?.(name)
    return failStatement('unfit', object, { kind: 'absent', what: 'extension' }, error, true)
  }
  const allowed = !found.superuserOnly || (found.trusted && world.createSchemas !== false)
  if (allowed || otherVersion || world.superuser !== false || !world.accessSure) return null
  const seen = found.trusted
    ? ({ kind: 'noPrivilege', privilege: 'CREATE' } as const)
    : ({ kind: 'superuserOnly' } as const)
  return failStatement('privilege', object, seen, errors.extensionDenied?.(name))
}

/** Whether the extension exists and who may install it; null if unknown. */
export function extensionState(
  world: SimulatedSchema,
  extension: string,
): Extract<Obstacle, { kind: 'absentExtensionType' }>['state'] {
  const found = world.extensions.get(extension)
  if (!found) return null
  if (found.installed) return 'installed'
  if (!world.extensionRulesSure) return null
  if (!found.available) return 'unavailable'
  const isAllowed = !found.superuserOnly || found.trusted || world.superuser !== false
  return isAllowed ? 'available' : 'superuserOnly'
}

/** Returns the names that objects of a new extension may have, although the step doesn't list them. */
export function perhapsCreated({ extensions }: SimulatedSchema, step: Unrelated): readonly ObjectName[] {
  if (!step.extension || extensions.get(step.extension.name)?.installed === true) return []
  const { name, schema } = step.extension
  const contents = contentsOf(name)
  return [...(contents?.newerTypes ?? []), ...(contents?.others ?? [])].map((object) => ({
    schema,
    name: object,
  }))
}

/** Whether the extension is already installed, in which case the step changes nothing. */
export function isInstalled({ extensions }: SimulatedSchema, step: Operation | undefined): boolean {
  if (step?.kind !== 'unrelated' || !step.extension?.ifNotExists) return false
  return extensions.get(step.extension.name)?.installed === true
}

/**
 * Whether `CREATE EXTENSION` definitely succeeds: the extension is available, its objects' names are free, and the
 * role may install it.
 */
export function installsExtension(world: SimulatedSchema, step: Unrelated): boolean {
  const { extension, changes } = step
  const found = extension && world.extensions.get(extension.name)
  if (!found || !changes || changes.maybe || extension.otherVersion || found.installed || !found.available)
    return false
  const schema = world.defaultSchema ?? null
  const isFree =
    world.routines?.own === false &&
    !mayMeetExtension(world) &&
    [...changes.names, ...perhapsCreated(world, { ...step, extension })].every((name) => {
      const full = newName(world, name)
      return full && !typeNamed(world, full) && !occupant(world, full) && !isDoubtful(world, full)
    })
  const isThere = extension.schema === null || world.schemas.has(extension.schema)
  const isAllowed = world.superuser === true || (found.trusted && world.createSchemas === true)
  return isFree && isThere && isAllowed && world.rightsKept && world.extensionRulesSure && schema !== null
}
