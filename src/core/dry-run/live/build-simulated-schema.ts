/** Builds the simulated schema from the live snapshot. */
import { parseCondition } from '../../schema/check-condition.ts'
import { dialectOf } from '../../dialect/index.ts'
import type { PendingNames } from '../referenced-names.ts'
import type { Dependent, SchemaSnapshot } from '../../schema/schema-snapshot.ts'
import {
  type SimulatedDependent,
  type SimulatedTable,
  type SimulatedSchema,
  insertRelation,
  type RowAnswers,
  folded,
  keyOf,
} from '../simulated-schema.ts'

/**
 * Returns the simulated schema before the upgrade. `fetched` lists the names in the snapshot; null if the snapshot is
 * complete.
 */
export function buildSimulatedSchema(
  schema: SchemaSnapshot,
  searchPath: readonly string[],
  answers: RowAnswers = new Map(),
  fetched: PendingNames | null = null,
): SimulatedSchema {
  const { surroundings } = schema
  const dialect = dialectOf(schema)
  const world: SimulatedSchema = {
    dialect,
    searchPath,
    pathSetting: surroundings?.pathSetting ?? searchPath,
    defaultSchema:
      dialect.schemas === null
        ? null
        : surroundings
          ? schema.defaultSchema
          : (schema.defaultSchema ?? undefined),
    relations: new Map(),
    others: new Set(),
    newViews: new Set(),
    doubtful: new Set(),
    onlySequences: new Set(),
    onlyIndexes: new Set(),
    types: new Map(),
    schemas: new Map(schema.schemas.map((name) => [name, null])),
    open: new Set(),
    foreignKeysSure: true,
    accessSure: true,
    rightsKept: true,
    dependentsSure: true,
    policiesSure: true,
    goneViews: new Set(),
    viewsSure: true,
    programs: surroundings?.programs === true,
    rebuilt: new Set(),
    triggersSure: true,
    triggered: new Set(),
    alwaysTriggered: new Set(),
    withKnownValues: new Set(),
    filling: new Set(),
    triggerFunctions: new Set(),
    routinesSure: true,
    writesSure: true,
    rowsSure: true,
    keptInvalid: [],
    questions: new Map(),
    answers,
    newLabels: new Map(),
    transactionSure: true,
    mayBeOutside: false,
    mayBeInside: false,
    namesFinal: false,
    takenConstraints: new Set(
      surroundings?.constraintNames?.map((one) => `${one.schema}\0${dialect.foldName(one.name)}`),
    ),
    otherConstraints: otherConstraints(schema),
    ownEngine: false,
    mayEnforceKeys: false,
    broughtAlong: new Set(),
    createSchemas: surroundings?.createSchemas ?? null,
    superuser: surroundings?.superuser ?? null,
    extensions: new Map(schema.extensions?.found.map((one) => [one.name, one])),
    newExtensions: new Set(),
    routines: schema.routines ?? null,
    functions: schema.functions ? new Map(schema.functions) : null,
    functionsSure: true,
    newFunctions: new Map(),
    newDependents: [],
    newTriggerFunctions: new Set(),
    doubtfulFunctions: new Set(),
    roles: new Map(schema.roles),
    newTriggers: new Map(),
    callers: [],
    newPolicies: new Map(),
    usedColumns: new Map(),
    statistics: schema.statistics ? new Map() : null,
    extensionRulesSure: schema.extensions?.plainRules === true,
    castsSure: surroundings?.ownCasts === false,
    fetched: fetched && new Set(fetched.names.map((name) => dialect.foldName(name))),
    fetchedSchemas: fetched && new Set(fetched.schemas),
    listed: schema.listed ?? null,
    everyName: schema.listed?.names
      ? new Set(schema.listed.names.map((name) => dialect.foldName(name)))
      : null,
  }
  for (const access of surroundings?.access ?? []) world.schemas.set(access.name, access)
  // Look up the owner lazily: a dependent object may be listed before its table.
  const dependents = (of: readonly Dependent[] | undefined): SimulatedDependent[] =>
    (of ?? []).map((one) => ({
      ...one,
      get owner() {
        return owners.get(keyOf(world, { schema: one.schema, name: one.table })) ?? null
      },
    }))
  const owners = new Map<string, SimulatedTable>()
  for (const table of schema.tables) {
    const live: SimulatedTable = {
      columns: new Map(
        table.columns.map((column) => [folded(world, column.name), { stored: column.name, ...column }]),
      ),
      constraints: new Map(
        table.constraints.map(({ name, kind, columns, definition, target, deferrable, inherited }) => {
          const condition = kind === 'check' && definition !== null ? parseCondition(definition) : null
          const marks = {
            ...(target && { refersTo: target }),
            ...(deferrable && { deferrable }),
            ...(inherited && { inherited }),
          }
          const parts = { kind, columns: columns ?? null, sure: true, ...marks }
          return [folded(world, name), condition ? { ...parts, condition } : parts]
        }),
      ),
      columnsSure: table.related !== true && table.columns.length > 0,
      namesSure: true,
      origin: { schema: table.schema, name: table.name },
      access: table.access ?? null,
      ...(table.missingTargets && { missingTargets: table.missingTargets }),
      described: table.described ?? null,
      dependents: dependents(table.dependents),
      ...(table.extension !== undefined && { extension: table.extension }),
      ...(table.related && { related: true as const }),
      ...(table.usedElsewhere && { usedElsewhere: table.usedElsewhere }),
      ...(table.hasExpressions && { hasExpressions: true as const }),
      ...(table.runsCode && { runsCode: true as const }),
      dropped: false,
      indexes: new Set(),
    }
    owners.set(keyOf(world, table), live)
    const { schema: where, name } = table
    insertRelation(world, { kind: 'table', schema: where, name, table: live, columns: null, pending: false })
    for (const { name: index, unique, columns, invalid, partial, uses } of table.indexes) {
      insertRelation(world, {
        kind: 'index',
        schema: where,
        name: index,
        table: live,
        columns: columns ?? null,
        pending: false,
        ...(unique && { unique }),
        ...(invalid && { invalid }),
        ...(partial && { partial }),
        ...(uses && { uses }),
      })
    }
  }
  for (const table of schema.tables) {
    const own = owners.get(keyOf(world, table))
    const found = table.targets?.flatMap((name) => owners.get(keyOf(world, { schema: null, name })) ?? [])
    if (own && found) own.targets = new Set(found)
  }
  for (const { kind, schema: where, name, columns = null } of surroundings?.relations ?? []) {
    if (world.relations.has(keyOf(world, { schema: where, name }))) continue
    insertRelation(world, { kind, schema: where, name, table: null, columns, pending: false })
  }
  for (const type of schema.enums) {
    const values = new Set(type.values)
    world.types.set(keyOf(world, type), {
      values,
      owned: type.owned ?? null,
      described: type.described ?? null,
      dependents: dependents(type.dependents),
      ...(type.usedElsewhere && { usedElsewhere: true as const }),
    })
  }
  for (const one of schema.statistics ?? []) {
    const table = owners.get(keyOf(world, one.table)) ?? null
    world.statistics?.set(keyOf(world, one), { table, columns: null, owned: one.owned, sure: true })
  }
  for (const type of surroundings?.types ?? []) {
    const kind = type.kind && { kind: type.kind }
    world.types.set(keyOf(world, type), { values: null, owned: null, ...kind })
  }
  return world
}

/** Returns the keys of the requested constraint names that constraints outside the snapshot's tables have. */
function otherConstraints({ tables, surroundings }: SchemaSnapshot): ReadonlySet<string> {
  const left = (surroundings?.constraintNames ?? []).map(({ schema, name }) => `${schema}\0${name}`)
  const own = tables.flatMap((table) => table.constraints.map(({ name }) => `${table.schema ?? ''}\0${name}`))
  for (const key of own) {
    const place = left.indexOf(key)
    if (place >= 0) left.splice(place, 1)
  }
  return new Set(left)
}
