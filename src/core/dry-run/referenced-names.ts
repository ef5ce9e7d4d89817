/** Collects the names in pending operations. Only objects with these names are fetched. */
import { type EnvEffects, noEffects } from '../history/env-effects.ts'
import { defaultNamesIn } from './objects/default-names.ts'
import { sequenceName } from './objects/owned-sequences.ts'
import { contentsOf, extensionOfType } from '../dialect/extension-contents.ts'
import { proofsFor } from '../expressions/operator-classes.ts'
import { oldName } from './retyping/relabeled-enum.ts'
import { functionsCalledBy } from './rows/called-functions.ts'
import { namesOfStatistics } from './objects/statistics.ts'
import type {
  Column,
  ColumnType,
  Constraint,
  Index,
  ObjectName,
  Operation,
  Operations,
  Unrelated,
} from '../history/operation.ts'

/**
 * Names to look up in the catalog. `names` lists tables, indexes, constraints and types, which are looked up in every
 * schema.
 */
export interface PendingNames {
  readonly names: readonly string[]
  readonly schemas: readonly string[]
  /** Extensions installed by pending migrations; undefined if there are none. */
  readonly extensions?: readonly string[]
  /**
   * Trigger functions that pending migrations create. Empty if the migrations only install extensions; undefined if
   * they do neither.
   */
  readonly routines?: readonly string[]
  /** Extended statistics created or dropped by pending migrations; undefined if there are none. */
  readonly statistics?: readonly string[]
  /** Roles that pending migrations check for; undefined if there are none. */
  readonly roles?: readonly string[]
  /** Unknown functions called by pending migrations; undefined if there are none. */
  readonly calls?: readonly string[]
  /** True if all table and schema names must be fetched too. */
  readonly lists?: true
}

/** Collects the names in the revisions' operations and in env.py. */
export function pendingNames(
  revisions: readonly string[],
  operations: ReadonlyMap<string, Operations>,
  env: EnvEffects = noEffects,
): PendingNames {
  const names = new Set<string>()
  const schemas = new Set<string>()
  const extensions = new Set<string>()
  const routines = new Set<string>()
  const statistics = new Set<string>()
  const roles = new Set<string>()
  const calls = new Set<string>()
  let lists = false
  let installs = false
  const add = adding(names, schemas)
  for (const revision of revisions) {
    const steps = operations.get(revision)
    if (steps?.kind !== 'operations') continue
    addAllNames(steps, add, names, schemas)
    for (const step of possibleSteps(steps)) {
      for (const name of functionsCalledBy(step)) calls.add(name)
      if (env.namesFinal) for (const name of defaultNamesIn(step)) names.add(name)
      for (const type of typesIn(step)) {
        const extension = type.needs ? extensionOfType(type.needs.name) : null
        if (extension !== null) extensions.add(extension)
      }
      if (step.kind === 'unrelated' && step.extension) {
        extensions.add(step.extension.name)
        const contents = contentsOf(step.extension.name)
        for (const name of [...(contents?.newerTypes ?? []), ...(contents?.others ?? [])]) names.add(name)
        installs = true
        if (step.extension.schema !== null) schemas.add(step.extension.schema)
      }
      if (step.kind === 'unrelated' && step.newFunction) routines.add(step.newFunction.name.name)
      if (step.kind === 'unrelated' && step.statistics)
        for (const name of namesOfStatistics(step.statistics)) {
          statistics.add(name.name)
          if (name.schema !== null) schemas.add(name.schema)
        }
      if (step.kind === 'unrelated' && step.onlyIf) roles.add(step.onlyIf.role)
    }
    lists ||= steps.inquiry?.lists === true
  }
  for (const step of env.operations) addNames(step, add, names, schemas)
  for (const { touches } of env.doubts) {
    if (touches.kind === 'tables') add(...touches.tables)
    if (touches.kind === 'schema') schemas.add(touches.schema)
  }
  return {
    names: [...names],
    schemas: [...schemas],
    ...(extensions.size > 0 && { extensions: [...extensions] }),
    ...((installs || routines.size > 0) && { routines: [...routines] }),
    ...(statistics.size > 0 && { statistics: [...statistics] }),
    ...(roles.size > 0 && { roles: [...roles] }),
    ...(calls.size > 0 && { calls: [...calls] }),
    ...(lists && { lists }),
  }
}

/** Returns the names of all objects in the revisions' operations. */
export function namesIn(
  revisions: readonly string[],
  operations: ReadonlyMap<string, Operations>,
): ReadonlySet<string> {
  const names = new Set<string>()
  const schemas = new Set<string>()
  const add = adding(names, schemas)
  for (const revision of revisions) {
    const steps = operations.get(revision)
    if (steps?.kind === 'operations') addAllNames(steps, add, names, schemas)
  }
  return names
}

type Add = (...objects: readonly (ObjectName | null | undefined)[]) => void

function adding(names: Set<string>, schemas: Set<string>): Add {
  return (...objects) => {
    for (const object of objects) {
      if (!object) continue
      names.add(object.name)
      if (object.schema !== null) schemas.add(object.schema)
    }
  }
}

function typesIn(step: Operation): readonly ColumnType[] {
  if (step.kind === 'createTable') return (step.columns ?? []).map(({ type }) => type)
  if (step.kind === 'addColumn') return [step.column.type]
  return step.kind === 'alterColumn' && step.type ? [step.type] : []
}

type Steps = Extract<Operations, { kind: 'operations' }>

/** Returns the steps, including the possible ones if the migration queries the schema. */
function possibleSteps({ operations, inquiry }: Steps): readonly Operation[] {
  return inquiry ? [...operations, ...inquiry.possible] : operations
}

function addAllNames(steps: Steps, add: Add, names: Set<string>, schemas: Set<string>): void {
  for (const step of possibleSteps(steps)) {
    addNames(step, add, names, schemas)
    if ('possible' in step && step.possible) addNames(step.possible.operation, add, names, schemas)
  }
  if (steps.inquiry) add(...steps.inquiry.names)
}

function addNames(step: Operation, add: Add, names: Set<string>, schemas: Set<string>): void {
  const addParts = (constraints: readonly Constraint[], indexes: readonly Index[]): void => {
    for (const one of constraints) {
      if (one.name !== null) names.add(one.name)
      if (one.kind === 'foreignKey') add(one.target)
    }
    for (const index of indexes) {
      if (index.name !== null) names.add(index.name)
      for (const type of proofsFor(index)) names.add(type)
    }
  }
  const addSequences = (columns: readonly Column[]): void => {
    for (const { name, serial, identity } of columns)
      if ((serial || identity) && 'table' in step && step.table)
        names.add(sequenceName(step.table.name, name))
  }
  if ('table' in step) add(step.table)
  if (step.kind === 'opaque' && step.promotes) {
    add(step.promotes.table)
    for (const name of [step.promotes.name, step.promotes.index]) names.add(name)
  }
  if ('enum' in step) add(step.enum)
  if (step.kind === 'data') add(step.writes?.table, ...(step.needs ?? []), ...(step.mentions ?? []))
  // The operation may become known once queries about the schema are answered.
  if (step.kind === 'opaque') add(...(step.touches ?? []), ...(step.types ?? []))
  if (step.kind === 'unrelated') addChanged(step, add)
  if (step.kind === 'unrelated' && step.validates) names.add(step.validates.name)
  switch (step.kind) {
    case 'createTable':
      add(...(step.parents ?? []))
      addParts(step.constraints, step.indexes)
      for (const { type } of step.columns ?? []) add(type.enum, type.needs)
      addSequences(step.columns ?? [])
      return
    case 'addColumn':
      addParts(step.constraints, step.indexes)
      add(step.column.type.enum, step.column.type.needs)
      addSequences([step.column])
      return
    case 'alterColumn':
      add(step.type?.enum, step.type?.needs)
      return
    case 'renameTable':
      add(step.to)
      return
    case 'createIndex':
      addParts([], [step.index])
      return
    case 'dropIndex':
      add(step.index)
      return
    case 'renameIndex':
      add(step.index)
      names.add(step.to)
      return
    case 'addConstraint':
      addParts([step.constraint], [])
      return
    case 'dropConstraint':
      names.add(step.name)
      return
    case 'renameConstraint':
      names.add(step.name)
      names.add(step.to)
      return
    case 'renameEnum':
      names.add(step.to)
      return
    case 'createSchema':
    case 'dropSchema':
      schemas.add(step.schema)
      return
    default:
  }
}

function addChanged({ needs = [], changes, relabels }: Unrelated, add: Add): void {
  const { names = [], to } = changes ?? {}
  if (relabels) add(...relabels.columns.map(({ table }) => table), ...names.map(oldName))
  const renamed = to === undefined ? [] : names.map((name) => ({ ...name, name: to }))
  add(...needs, ...names, ...renamed)
}
