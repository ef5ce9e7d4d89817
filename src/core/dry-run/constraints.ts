/** Simulates adding constraints. */
import { columnReferences } from '../expressions/expression.ts'
import { parseExpression } from '../expressions/parse-expression.ts'
import type { AddConstraint, ColumnType, Constraint } from '../history/operation.ts'
import { requireReferences } from './privileges.ts'
import { type TableInHand, findColumn, nameTaken, requireColumns, requireTable } from './preconditions.ts'
import { duplicated, refusedDuplicates } from './indexes.ts'
import { type StatementOutcome, failStatement } from './database-error.ts'
import { defaultConstraintName, isCertainDefault, isFinalName } from './objects/default-names.ts'
import { conditionOf, tryNewCheck } from './objects/rows-against-checks.ts'
import { answersFromRows, knownOrphans } from './row-questions.ts'
import { noAlter } from './sqlite-limits.ts'
import {
  type SimulatedSchema,
  type SimulatedTable,
  findRelation,
  indexesOf,
  insertRelation,
  folded,
} from './simulated-schema.ts'

/**
 * Records the CHECK constraint that SQLAlchemy may add for a column's type (`create_constraint`). It adds none if the
 * database has the type itself. A naming convention may change the name.
 */
export function doubtTypeCheck(
  world: SimulatedSchema,
  table: SimulatedTable,
  { name: of, type }: { readonly name: string; readonly type: ColumnType },
  tableName: string,
): void {
  const { check, enum: own, postgres } = type
  if (!check || (world.dialect.namedEnums && (own !== null || postgres === 'boolean'))) return
  table.namesSure = false
  const name = folded(world, check.name ?? `${tableName}_${of}_check`)
  if (!table.constraints.has(name))
    table.constraints.set(name, { kind: 'check', columns: [of], sure: false, likely: true })
}

/** Simulates `ALTER TABLE … ADD CONSTRAINT`. Alembic's workaround for SQLite isn't simulated. */
export function tryAddConstraint(world: SimulatedSchema, step: AddConstraint): StatementOutcome {
  const plain = step.sql === undefined && step.inBatch === undefined
  if (!world.dialect.altersInPlace && plain) {
    const { name } = step.constraint
    return noAlter({ kind: 'constraint', name, table: step.table.name })
  }
  const needed = requireTable(world, step.table, 'alter')
  if (!needed.ok) return needed.judged
  if (!world.dialect.altersInPlace) {
    needed.value.table.namesSure = false
    return 'unsure'
  }
  const judged = tryConstraints(world, needed.value, [step.constraint], 'alter')
  addConstraints(world, needed.value, [step.constraint])
  return judged
}

/** Checks the constraints of a new or altered table, foreign keys last. */
export function tryConstraints(
  world: SimulatedSchema,
  inHand: TableInHand,
  constraints: readonly Constraint[],
  how: 'create' | 'alter',
): StatementOutcome {
  if (!world.dialect.verifiesConstraints) return null
  const last = (one: Constraint): number => (one.kind === 'foreignKey' ? 1 : 0)
  let judged: StatementOutcome = null
  for (const constraint of constraints.toSorted((a, b) => last(a) - last(b))) {
    judged ??= tryConstraint(world, inHand, constraint, how, constraints)
  }
  return judged
}

function tryConstraint(
  world: SimulatedSchema,
  inHand: TableInHand,
  constraint: Constraint,
  how: 'create' | 'alter',
  all: readonly Constraint[],
): StatementOutcome {
  switch (constraint.kind) {
    case 'primaryKey':
    case 'unique':
      return tryKey(world, inHand, constraint, how)
    case 'foreignKey':
      return tryForeignKey(world, inHand, constraint, how, all)
    default:
      if (constraint.kind !== 'check') return null
      return (
        // Most naming conventions change explicit names only for CHECK constraints.
        (isFinalName(world, constraint) ? nameUsed(world, inHand, constraint.name) : null) ??
        (how === 'alter' ? tryNewCheck(world, inHand, constraint) : null)
      )
  }
}

/** Fails if the table already has a constraint with this name. */
export function nameUsed(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  name: string | null,
): StatementOutcome {
  const other = name === null ? undefined : table.constraints.get(folded(world, name))
  if (name === null) return null
  // PostgreSQL appends a number if the default name is taken.
  if (!other) return table.constraints.get(folded(world, name.replace(/\d+$/, '')))?.likely ? 'unsure' : null
  if (!other.sure || other.likely || (other.kind === 'foreignKey' && !world.foreignKeysSure)) return 'unsure'
  const error = world.dialect.errors.duplicateConstraint?.(found.name.name, name)
  const object = { kind: 'constraint', name, table: found.name.name } as const
  return failStatement('exists', object, { kind: 'presentConstraint', table: found.name.name }, error)
}

/** Fails if the column is known to contain NULLs, so that it can't be NOT NULL. */
export function tryNulls(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  column: string,
): StatementOutcome {
  const isKnown = table.columns.get(folded(world, column))?.empty
    ? answersFromRows(world, table, 'rows')
    : answersFromRows(world, table, 'nulls', [column])
  if (!isKnown) return null
  const { name } = found.name
  const error = world.dialect.errors.nullsInColumn(name, column)
  return failStatement(
    'unfit',
    { kind: 'column', table: name, name: column },
    { kind: 'rowsWithNull' },
    error,
  )
}

type Key = Extract<Constraint, { kind: 'primaryKey' | 'unique' }>

function tryKey(
  world: SimulatedSchema,
  inHand: TableInHand,
  key: Key,
  how: 'create' | 'alter',
): StatementOutcome {
  const { table, found } = inHand
  const missing = requireColumns(world, inHand, key.columns, 'key')
  if (missing !== null) return missing
  const { name } = key
  const indexName = name === null ? null : { schema: found.name.schema, name }
  const taken = indexName && nameTaken(world, indexName, 'index')
  if (taken !== null) {
    const own = taken !== 'unsure' && name !== null && table.constraints.has(name)
    return own && how === 'create' ? 'unsure' : taken
  }
  const used = nameUsed(world, inHand, name)
  if (used !== null) return used
  if (key.kind === 'primaryKey' && how === 'alter') {
    const other = [...table.constraints.values()].find(({ kind }) => kind === 'primaryKey')
    if (other) {
      if (!other.sure) return 'unsure'
      const error = world.dialect.errors.secondPrimaryKey?.(found.name.name)
      const object = { kind: 'primaryKey', table: found.name.name } as const
      return failStatement('exists', object, { kind: 'presentKey' }, error)
    }
    const nulls = key.columns.map((column) => tryNulls(world, inHand, column)).find((one) => one !== null)
    if (nulls !== undefined) return nulls
  }
  if (how === 'alter' && duplicated(world, inHand, key.columns)) {
    return refusedDuplicates(world, inHand, key.columns, name, { kind: 'constraint', name, table: null })
  }
  return null
}

type ForeignKey = Extract<Constraint, { kind: 'foreignKey' }>

function tryForeignKey(
  world: SimulatedSchema,
  inHand: TableInHand,
  key: ForeignKey,
  how: 'create' | 'alter',
  all: readonly Constraint[],
): StatementOutcome {
  const target = requireTable(world, key.target, 'reference')
  if (!target.ok) return target.judged
  const used = nameUsed(world, inHand, key.name)
  const denied = requireReferences(world, target.value.found)
  const missing =
    requireColumns(world, inHand, key.columns, 'foreign key') ??
    requireColumns(world, target.value, key.targetColumns, 'foreign key')
  const judged =
    denied ??
    missing ??
    used ??
    unkeyed(world, inHand, target.value, key, all) ??
    mismatched(world, inHand, target.value, key)
  if (judged !== null || how === 'create' || key.notValid === true) return judged
  return orphaned(world, inHand, target.value, key)
}

/**
 * Fails unless a primary key or unique index covers exactly the referenced columns. Deferrable keys and partial
 * indexes don't count (`transformFkeyCheckAttrs` in tablecmds.c).
 */
function unkeyed(
  world: SimulatedSchema,
  from: TableInHand,
  { table, found }: TableInHand,
  { columns, targetColumns, name, exact }: ForeignKey,
  all: readonly Constraint[],
): StatementOutcome {
  // If a table references itself, the same statement can add the referenced key.
  const isOwn = all.some(
    (one) =>
      (one.kind === 'primaryKey' && targetColumns.length === 0) ||
      (/^(?:primaryKey|unique)$/.test(one.kind) &&
        'columns' in one &&
        one.columns.length === targetColumns.length &&
        targetColumns.every((column) => one.columns.includes(column))),
  )
  if (table === from.table && isOwn) return null
  const held = [...table.constraints.values()].filter(
    ({ kind }) => kind === 'primaryKey' || kind === 'unique',
  )
  if (targetColumns.length === 0) {
    const primary = held.find(({ kind }) => kind === 'primaryKey')
    const isPlain = primary?.sure === true && primary.deferrable === undefined
    return isPlain && primary.columns?.length === columns.length ? null : 'unsure'
  }
  const wanted = new Set(targetColumns)
  type Part = { readonly columns: readonly (string | null)[] | null }
  const covers = (part: Part): boolean =>
    part.columns === null || targetColumns.every((column) => part.columns?.includes(column))
  const fits = (part: Part): boolean =>
    covers(part) && (part.columns === null || part.columns.length === wanted.size)
  const keys = held.filter(fits)
  const indexes = indexesOf(world, table).filter(
    ({ unique, partial, name: index }) => unique && !partial && !table.constraints.has(folded(world, index)),
  )
  if (keys.some(({ sure, deferrable }) => sure && deferrable === undefined) || indexes.some(fits)) return null
  const isKnown =
    table.columnsSure && table.namesSure && !world.open.has('indexes') && !world.open.has('keys')
  if (!isKnown || keys.some(({ sure, deferrable }) => !sure || deferrable !== true)) return 'unsure'
  // The columns of a live index include its INCLUDE columns, which aren't part of the key.
  if (indexes.some(covers)) return 'unsure'
  const [of, to] = [from.found.name.name, found.name.name]
  const { unkeyedTarget, deferrableTarget } = world.dialect.errors
  const error = keys.length > 0 ? deferrableTarget?.(to) : unkeyedTarget?.(to)
  const object = { kind: 'foreignKey', name: name ?? `${of}_${columns.join('_')}_fkey`, table: of } as const
  return failStatement(
    'unfit',
    object,
    { kind: keys.length > 0 ? 'deferrableKey' : 'noKey', table: to, columns: targetColumns },
    error,
    !exact && name === null,
  )
}

function orphaned(
  world: SimulatedSchema,
  from: TableInHand,
  to: TableInHand,
  key: ForeignKey,
): StatementOutcome {
  const compared = [
    ...key.columns.map((column) => from.table.columns.get(column)?.type),
    ...key.targetColumns.map((column) => to.table.columns.get(column)?.type),
  ]
  if (!compared.every((type) => type && world.dialect.comparesLikeKeys(type))) return null
  const sides = [
    { table: from.table, columns: key.columns },
    { table: to.table, columns: key.targetColumns },
  ] as const
  if (!knownOrphans(world, ...sides)) return null
  const table = from.found.name.name
  const name = key.name ?? `${table}_${key.columns.join('_')}_fkey`
  const error = world.dialect.errors.orphanedRows?.(table, name)
  const target = to.found.name.name
  const seen = { kind: 'orphanedRows', table, columns: key.columns, target } as const
  const object = { kind: 'foreignKey', name, table } as const
  return failStatement('unfit', object, seen, error, !key.exact)
}

function mismatched(
  world: SimulatedSchema,
  from: TableInHand,
  to: TableInHand,
  key: ForeignKey,
): StatementOutcome {
  for (const [index, column] of key.columns.entries()) {
    const targetColumn = key.targetColumns[index]
    if (targetColumn === undefined) return null
    const present = findColumn(world, from.table, column) === 'present'
    if (!present || findColumn(world, to.table, targetColumn) !== 'present') return 'unsure'
    const type = from.table.columns.get(column)?.type
    const targetType = to.table.columns.get(targetColumn)?.type
    const [one, other] = [type, targetType].map((each) => each && world.dialect.familyOfType(each))
    if (!one || !other || one === other) continue
    const table = from.found.name.name
    const name = key.name ?? `${table}_${key.columns.join('_')}_fkey`
    const error = world.dialect.errors.incompatibleTypes?.(name)
    const target = `${to.found.name.name}.${targetColumn}`
    const source = `${table}.${column}`
    const sides = [[source, type ?? ''] as const, [target, targetType ?? ''] as const]
    const object = { kind: 'reference', from: source, to: target } as const
    return failStatement('unfit', object, { kind: 'types', sides }, error, !key.exact)
  }
  return null
}

/** Adds constraints to the simulated schema, along with the indexes for PRIMARY KEY and UNIQUE constraints. */
export function addConstraints(
  world: SimulatedSchema,
  { table, found }: TableInHand,
  constraints: readonly Constraint[],
): void {
  const { schema } = found.name
  for (const constraint of constraints) {
    const { kind } = constraint
    if (kind === 'check') table.hasExpressions = true
    const columns =
      constraint.kind === 'check'
        ? columnsOfCheck(world, table, constraint.text)
        : 'columns' in constraint
          ? constraint.columns
          : null
    const isValidated =
      constraint.kind === 'foreignKey' || constraint.kind === 'check' ? !constraint.notValid : false
    const written = constraint.name !== null && (kind !== 'check' || isFinalName(world, constraint))
    const chosen = written ? null : defaultConstraintName(world, found.name, constraint)
    const likely = !written && (chosen === null || !isCertainDefault(world, schema, chosen, constraint))
    const holdsIndex = kind === 'primaryKey' || kind === 'unique' || kind === 'exclude'
    if (likely) {
      table.namesSure = false
      if (holdsIndex) world.open.add('keys')
      if (kind === 'unique') table.unlistedIndexes = true
    }
    const name = written ? constraint.name : chosen
    const options = 'options' in constraint ? constraint.options : undefined
    const isDeferrable = options?.includes('DEFERRABLE') === true
    const state = likely ? { likely: true as const } : {}
    const target =
      constraint.kind === 'foreignKey' ? findRelation(world, constraint.target).value?.table : null
    if (target) {
      ;(target.referrers ??= new Set()).add(table)
      ;(table.targets ??= new Set()).add(target)
    } else if (kind === 'foreignKey') table.mayMissTarget = true
    const condition = constraint.kind === 'check' ? conditionOf(constraint.text) : null
    const parts = {
      kind,
      columns,
      sure: true,
      ...state,
      ...(target && { target }),
      ...(constraint.kind === 'foreignKey' &&
        constraint.targetColumns.length > 0 && { targetColumns: constraint.targetColumns }),
      ...(condition && { condition }),
      ...(isValidated && { valid: true as const }),
      ...(options === null && { deferrable: null }),
      ...(isDeferrable && { deferrable: true as const }),
    }
    if (name !== null) table.constraints.set(folded(world, name), parts)
    else if (kind !== 'primaryKey') table.partsDoubtful = true
    else table.constraints.set(' primary key', { kind, columns, sure: true })
    if (name === null || !holdsIndex || !world.dialect.createsIndexForUnique) continue
    insertRelation(world, { kind: 'index', schema, name, table, columns, pending: true, ...state })
  }
}

function columnsOfCheck(
  { dialect }: SimulatedSchema,
  { columns }: SimulatedTable,
  text: string | null,
): readonly string[] | null {
  const parsed = text !== null && dialect.verifiesConstraints ? parseExpression(text) : null
  const names = parsed && columnReferences(parsed).map(({ name }) => name)
  return names?.every((name) => columns.has(name)) ? [...new Set(names)] : null
}
