/**
 * Simulates statements that affect views, sequences, comments, privileges and the like. Checks only that referenced
 * names exist and new names are free.
 */
import type {
  NeededRelation,
  ObjectName,
  RelationChange,
  Unrelated,
  DataStep,
  RowsWritten,
} from '../history/operation.ts'
import { type StatementOutcome, failStatement, quotedAsWritten } from './database-error.ts'
import {
  requireNamedSchema,
  findColumn,
  missingColumnFailure,
  missingTable,
  requireColumns,
} from './preconditions.ts'
import { tryCatalogWrite, writesCatalog } from './catalog-writes.ts'
import { tryLabelsInRows } from './enum-values.ts'
import { requireSchemaCreate } from './privileges.ts'
import {
  type SimulatedRelation,
  type SimulatedSchema,
  type SimulatedTable,
  addType,
  findType,
  insertRelation,
  isDoubtful,
  keyOf,
  newName,
  occupant,
  places,
  removeRelation,
  removeType,
  typeNamed,
  findRelation,
  folded,
} from './simulated-schema.ts'
import { noteStatistics } from './objects/statistics.ts'
import { tryPolicy } from './objects/policies.ts'
import { definitionOf, noteView } from './objects/view-definitions.ts'
import { forgetViewColumns, tryReplaceView } from './objects/views.ts'
import { namesCastIn, unknownFunctions } from './rows/functions.ts'
import { checkRowStatement } from './rows/statements.ts'
import type { RowStatement } from '../sql/row-statement.ts'
import { tryInsertedRows, tryRequiredValues } from './objects/rows-against-checks.ts'
import { tryValueTypes } from './objects/value-types.ts'
import { perhapsCreated, tryExtension } from './objects/extensions.ts'
import { relabelsEnum } from './retyping/relabeled-enum.ts'
import { isIdle } from './objects/roles.ts'
import { noteIdentity, noteValidated, tryValidate } from './objects/named-parts.ts'
import { forgetOwner } from './objects/owned-sequences.ts'
import {
  doubtAccess,
  doubtRelation,
  forgetOthers,
  forgetTypes,
  forgetUnownedIndexes,
} from './unknown-changes.ts'

/**
 * Simulates a statement that affects views, sequences, comments, privileges or the like. Returns null if no failure
 * is predicted.
 */
export function tryOther(world: SimulatedSchema, step: Unrelated): StatementOutcome {
  if (isIdle(world, step) || relabelsEnum(world, step)) return null
  const needs: readonly NeededRelation[] = world.dialect.verifiesReferences ? (step.needs ?? []) : []
  const missing = tryNeeded(world, needs)
  if (missing !== null && missing !== 'unsure') return missing
  const wrong = tryPolicy(world, step)
  if (wrong !== null && missing !== 'unsure') return wrong
  const invalid = step.validates ? tryValidate(world, step.validates) : null
  if (invalid !== null && invalid !== 'unsure') return invalid
  const perhaps = perhapsCreated(world, step)
  const refused = step.extension ? tryExtension(world, step.extension, step) : null
  if (refused !== null) return refused
  for (const name of perhaps.flatMap((one) => places(world, one) ?? [one])) doubtRelation(world, name)
  if (step.what === 'extension' && !step.extension) {
    world.extensions.clear()
    world.newExtensions.clear()
  }
  if (/^(?:view|trigger)$/.test(step.what)) world.programs = true
  // `triggered` lists the tables that definitely have triggers.
  const isOnTable = needs.length > 0 && needs.every((name) => findRelation(world, name).value?.table)
  if (step.what === 'rule' || (step.what === 'trigger' && !isOnTable))
    if (!step.drops) world.triggersSure = false
  if (step.what === 'policy') world.policiesSure = false
  if (step.what === 'view') forgetViewColumns(world, step)
  noteStatistics(world, step)
  noteValidated(world, step)
  noteIdentity(world, step)
  const definition = definitionOf(world, step)
  if (step.what === 'sequence') for (const name of needs) forgetOwner(world, findRelation(world, name).value)
  const changed = step.changes ? tryChange(world, step.changes) : passBy(world, step)
  noteView(world, step, changed === null ? definition : null)
  return changed ?? missing
}

function tryChange(world: SimulatedSchema, change: RelationChange): StatementOutcome {
  if (change.maybe || change.object === 'temporary table') {
    for (const name of [...change.names, ...renamed(change)]) doubtChanged(world, name, change)
    return change.maybe ? 'unsure' : null
  }
  let judged: StatementOutcome = null
  for (const name of change.names) {
    judged ??=
      change.object === 'type' ? tryTypeChange(world, name, change) : tryRelationChange(world, name, change)
  }
  if (change.cascade) {
    // Dropping a sequence never drops another sequence.
    forgetOthers(world, change.object === 'sequence')
    world.dependentsSure = false
  }
  return judged
}

function renamed({ names: [name], to }: RelationChange): readonly ObjectName[] {
  return name && to !== undefined ? [{ ...name, name: to }] : []
}

function doubtChanged(world: SimulatedSchema, name: ObjectName, { object }: RelationChange): void {
  if (object === 'view' || object === 'materialized view') {
    world.dependentsSure = false
    forgetUnownedIndexes(world)
  }
  for (const place of places(world, name) ?? [name]) {
    if (object === 'type') removeType(world, place)
    doubtRelation(world, place)
  }
}

function tryRelationChange(
  world: SimulatedSchema,
  name: ObjectName,
  change: RelationChange,
): StatementOutcome {
  return change.change === 'create' || change.change === 'replace'
    ? tryCreate(world, name, change)
    : tryAway(world, name, change)
}

function kindOf({ object }: RelationChange): 'view' | 'sequence' {
  return object === 'sequence' ? 'sequence' : 'view'
}

function tryCreate(world: SimulatedSchema, name: ObjectName, change: RelationChange): StatementOutcome {
  const schema = requireNamedSchema(world, name.schema)
  const full = newName(world, name)
  if (schema !== null && schema !== 'unsure') return schema
  if (schema === 'unsure' || !full) {
    world.open.add('relations')
    return 'unsure'
  }
  const denied = requireSchemaCreate(world, full.schema, 'create')
  if (denied !== null && denied !== 'unsure') return denied
  const there = occupant(world, full)
  if (there && change.change === 'replace') return tryReplaceView(world, there, change)
  if (there && change.lenient) return null
  if (there) return taken(world, there, change)
  if (typeNamed(world, full)) {
    const object = { kind: kindOf(change), name: full.name } as const
    return failStatement(
      'exists',
      object,
      { kind: 'typeOfThatName' },
      world.dialect.errors.typeTaken?.(full.name),
    )
  }
  const doubtful = isDoubtful(world, full)
  const columns = change.columns ?? null
  insertRelation(world, { kind: kindOf(change), ...full, table: null, columns, pending: true })
  return doubtful ? 'unsure' : denied
}

function taken(
  { dialect }: SimulatedSchema,
  { kind: by, name, schema, pending }: SimulatedRelation,
  change: RelationChange,
): StatementOutcome {
  const object = { kind: kindOf(change), name } as const
  const seen = { kind: 'nameTaken', by, pending, schema, table: null } as const
  return failStatement('exists', object, seen, dialect.errors.nameTaken(name, 'table', by))
}

/** Simulates DROP and RENAME. */
function tryAway(world: SimulatedSchema, name: ObjectName, change: RelationChange): StatementOutcome {
  const found = findRelation(world, name)
  const kind = kindOf(change)
  if (found.presence === 'absent') {
    if (change.lenient) return null
    const error =
      change.change === 'drop'
        ? world.dialect.errors.missingOther?.(change.object, name.name)
        : world.dialect.errors.missingTable(quotedAsWritten(name), name.name, 'reference')
    return failStatement(
      'missing',
      { kind, name: quotedAsWritten(name) },
      { kind: 'absent', what: kind },
      error,
    )
  }
  if (found.presence === 'unsure' || found.value?.kind !== kind) {
    doubtChanged(world, name, change)
    for (const to of renamed(change)) doubtChanged(world, to, change)
    return 'unsure'
  }
  removeRelation(world, found.name)
  if (kind === 'view') {
    world.goneViews.add(keyOf(world, found.name))
    forgetUnownedIndexes(world)
  }
  if (change.to === undefined) return null
  const to = { ...found.name, name: change.to }
  const there = occupant(world, to)
  if (there) return taken(world, there, change)
  insertRelation(world, { ...found.value, ...to })
  return null
}

function tryTypeChange(world: SimulatedSchema, name: ObjectName, change: RelationChange): StatementOutcome {
  if (change.change === 'drop') {
    const { presence, value, name: full } = findType(world, name)
    if (value?.kind === 'array') return 'unsure'
    if (presence === 'present') removeType(world, full)
    if (presence !== 'absent' || change.lenient) return presence === 'unsure' ? 'unsure' : null
    const object = { kind: 'type', name: quotedAsWritten(name) } as const
    const error = world.dialect.errors.missingType?.(quotedAsWritten(name))
    return failStatement('missing', object, { kind: 'absent', what: 'type' }, error)
  }
  const full = newName(world, name)
  if (!full) return 'unsure'
  if (change.change === 'replace') {
    // If a library replaces the type, neither the outcome nor the new labels are known.
    const there = typeNamed(world, full)
    if (there) addType(world, full, { ...there, values: null })
    return 'unsure'
  }
  if (typeNamed(world, full)) {
    if (change.lenient) return null
    const object = { kind: 'type', name: name.name } as const
    const error = world.dialect.errors.typeTaken?.(name.name)
    return failStatement('exists', object, { kind: 'presentType', labels: null }, error)
  }
  addType(world, full, { values: null, owned: null, pending: true })
  return null
}

/** Marks everything that the statement may have changed as unknown. */
function passBy(world: SimulatedSchema, { what, grants, onlyGrants }: Unrelated): StatementOutcome {
  // GRANT and REVOKE don't restrict a superuser.
  if (grants === 'routine' || (grants && world.superuser === true && world.accessSure)) return null
  if (what === 'cast') world.castsSure = false
  if (/^(?:view|rule|extension|user|role)$/.test(what) && !onlyGrants) world.dependentsSure = false
  if (/^(?:privilege|role|user|group|default|access)$/.test(what)) doubtAccess(world, onlyGrants)
  if (/^(?:type|domain|extension|language|large|temporary table)$/.test(what)) forgetTypes(world)
  if (/^(?:view|sequence|foreign|extension|rule|server|temporary table)$/.test(what)) {
    forgetOthers(world)
    world.open.add('relations')
  }
  if (what !== 'temporary table') return null
  for (const relation of world.relations.values()) doubtRelation(world, relation)
  return 'unsure'
}

/** System catalogs, which snapshots don't contain. */
const catalogs = /^(?:pg_|sqlite_|information_schema$)/i

/** Simulates a data statement. Checks the table that it writes to and all other names in the statement. */
export function tryRows(world: SimulatedSchema, step: DataStep): StatementOutcome {
  const { writes, needs = [], rejectedAt } = step
  if (rejectedAt !== undefined && world.dialect.verifiesConstraints) {
    const seen = { kind: 'otherSyntax', word: rejectedAt } as const
    return failStatement('unfit', { kind: 'database' }, seen, world.dialect.errors.syntax(rejectedAt))
  }
  if (writes && writesCatalog(writes)) return tryCatalogWrite(world, writes)
  const written = writes ? tryWrite(world, writes) : null
  const needed = tryNeeded(world, needs)
  if (written === null && needed === null)
    return (
      tryValueTypes(world, step) ??
      tryLabelsInRows(world, step) ??
      tryInsertedRows(world, step) ??
      tryTree(world, step) ??
      tryRequiredValues(world, step)
    )
  if (written === null || needed === null) return written ?? needed
  // If several names may be missing, it is unknown which one the server reports first.
  const [failure] = [written, needed].flatMap((one) => (one === 'unsure' || one === null ? [] : [one]))
  return failure ? { ...failure, messageUncertain: true } : 'unsure'
}

/** Fails if PostgreSQL definitely rejects the statement's names or types. */
function tryTree(world: SimulatedSchema, { tree }: DataStep): StatementOutcome {
  const checked = tree && world.dialect.verifiesConstraints ? checkRowStatement(world, tree) : null
  return checked === 'unsure' ? null : checked
}

/** Whether all names in the statement definitely exist, so that only the data can make it fail. */
export function knowsAllNames(
  world: SimulatedSchema,
  { writes, needs = [], mentions = [], columns, tree }: DataStep,
): boolean {
  if (tree !== undefined && world.dialect.verifiesConstraints && !(writes && writesCatalog(writes)))
    return (
      fits(world, tree) ||
      (tree !== null && readsCatalogs(world, [...(writes ? [writes.table] : []), ...needs], tree))
    )
  const hasAll = mentions.every((name) => {
    const table = findRelation(world, name).value?.table
    return table?.columnsSure && name.columns.every((column) => hasColumn(world, table, column))
  })
  if (!hasAll || columns === undefined || (writes && writesCatalog(writes))) return false
  const names = [...(writes ? [writes.table] : []), ...needs]
  // System catalog columns are assumed to exist, because migrations rarely misspell them.
  if (areCatalogs(names)) return true
  const tables = names.map((name) => findRelation(world, name).value?.table)
  if (!tables.every((table) => table?.columnsSure)) return false
  const known = [...columns, ...(writes?.columns ?? [])].every((column) =>
    tables.some(
      (table) => (table && hasColumn(world, table, column)) || world.dialect.systemColumns.has(column),
    ),
  )
  return known
}

function hasColumn(world: SimulatedSchema, table: SimulatedTable, column: string): boolean {
  const there = table.columns.get(folded(world, column))
  return there !== undefined && !there.perhaps
}

function fits(world: SimulatedSchema, tree: DataStep['tree']): boolean {
  return tree != null && checkRowStatement(world, tree) === null
}

/** Whether a statement uses only system catalogs, built-in functions, and names of existing relations. */
function readsCatalogs(world: SimulatedSchema, names: readonly ObjectName[], tree: RowStatement): boolean {
  return (
    areCatalogs(names) &&
    unknownFunctions(tree).length === 0 &&
    namesCastIn(tree).every((text) => isRelation(world, text))
  )
}

/** Whether `'text'::regclass` definitely finds a relation; PostgreSQL rejects the cast otherwise. */
function isRelation(world: SimulatedSchema, text: string): boolean {
  const [, schema = null, name = ''] = /^(?:([a-z_]\w*)\.)?([a-z_]\w*)$/.exec(text) ?? []
  return catalogs.test(name) || (name !== '' && findRelation(world, { schema, name }).presence === 'present')
}

function areCatalogs(names: readonly ObjectName[]): boolean {
  return (
    names.length > 0 && names.every(({ schema, name }) => catalogs.test(name) || catalogs.test(schema ?? ''))
  )
}

function tryNeeded(world: SimulatedSchema, needs: readonly NeededRelation[]): StatementOutcome {
  const outcomes = needs.flatMap((name) => tryNeededRelation(world, name) ?? [])
  const [failure] = outcomes.flatMap((one) => (one === 'unsure' ? [] : [one]))
  if (!failure) return outcomes.length > 0 ? 'unsure' : null
  return outcomes.length > 1 ? { ...failure, messageUncertain: true } : failure
}

function tryNeededRelation(world: SimulatedSchema, name: NeededRelation): StatementOutcome {
  if (catalogs.test(name.name) || catalogs.test(name.schema ?? '')) return null
  const found = findRelation(world, name)
  if (found.presence === 'absent') return missingTable(world, name, 'reference')
  if (found.presence === 'unsure') return 'unsure'
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (!table || !name.columns) return null
  const judged = requireColumns(world, { found, table }, name.columns, 'alter')
  // COMMENT's errors include the schema; COPY's don't.
  return judged === null || judged === 'unsure' || name.schema === null
    ? judged
    : { ...judged, messageUncertain: true }
}

/** Checks the table that a statement writes to. Reports only failures that are certain. */
function tryWrite(
  world: SimulatedSchema,
  { statement, table: name, columns }: RowsWritten,
): StatementOutcome {
  if (catalogs.test(name.name) || catalogs.test(name.schema ?? '')) return null
  const found = findRelation(world, name)
  if (found.presence === 'absent') return missingTable(world, name, 'reference')
  const table = found.value?.kind === 'table' ? found.value.table : null
  if (found.presence === 'unsure' || !table) return 'unsure'
  const { dialect } = world
  for (const column of columns) {
    if (dialect.rowNumbers.includes(folded(world, column))) continue
    const presence = findColumn(world, table, column)
    if (presence === 'unsure') return 'unsure'
    if (presence === 'present') continue
    const use = statement === 'insert' ? 'insert' : 'update'
    const missing = missingColumnFailure(world, found.name.name, column, use)
    // PostgreSQL checks an UPDATE's values first, so it may report an invalid value instead of the missing column.
    const uncertain = statement === 'update' && missing !== null && missing !== 'unsure'
    return uncertain ? { ...missing, messageUncertain: true } : missing
  }
  return null
}
