/** Checks the names and types in data statements against the simulated schema. Ignores existing rows. */
import type { Assignment, Conflict, NamedQuery, RowQuery, RowStatement } from '../../sql/row-statement.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  findRelation,
  folded,
  indexesOf,
} from '../simulated-schema.ts'
import { isRefused, requireType, typeOf } from './expressions.ts'
import { usesRows } from './grouping.ts'
import {
  type ResultColumn,
  addSources,
  itemColumns,
  openColumns,
  queryColumns,
  requireCondition,
  sourceOfColumns,
} from './queries.ts'
import {
  type Findings,
  type Scope,
  type SourceInScope,
  doubt,
  newScope,
  sourceOfTable,
  typeOfColumn,
} from './scope.ts'
import { type Value, unknownValue } from './value-types.ts'

/**
 * Checks a statement's names and types. Null means that only rows, triggers and privileges can still make it fail.
 */
export function checkRowStatement(world: SimulatedSchema, statement: RowStatement): StatementOutcome {
  const findings: Findings = { world, unsure: false, failure: null }
  statementColumns(findings, new Map(), statement)
  return findings.failure ?? (findings.unsure ? 'unsure' : null)
}

/** Checks a statement. Returns its result columns; null if unknown. */
function statementColumns(
  findings: Findings,
  named: Scope['named'],
  statement: RowStatement,
): readonly ResultColumn[] | null {
  const outer = newScope(null, named)
  if (statement.kind === 'select') return queryColumns(findings, outer, statement)
  const scope = newScope(null, namedSources(findings, named, statement))
  // A CTE doesn't hide a statement's target table.
  const target = sourceOfTable(findings, statement.table, statement.alias, new Map())
  const { world } = findings
  const relation = findRelation(world, statement.table)
  if (relation.value?.kind !== 'table' || !target.table) doubt(findings)
  scope.sources.push(target)
  switch (statement.kind) {
    case 'insert':
      insertInto(findings, scope, target, statement)
      break
    case 'update':
      addSources(findings, scope, statement.from)
      assign(findings, scope, target, statement.set)
      break
    default:
      addSources(findings, scope, statement.from)
  }
  if (statement.kind !== 'insert' && statement.where) requireCondition(findings, scope, statement.where)
  if (statement.kind === 'insert') scope.sources.splice(1)
  if (statement.returning.some((item) => item.kind === 'value' && usesRows(item.value))) doubt(findings)
  return itemColumns(findings, scope, statement.returning)
}

/** Returns the CTEs that a statement can use, including those defined in outer queries. */
export function namedSources(
  findings: Findings,
  outer: Scope['named'],
  statement: { readonly with: readonly NamedQuery[]; readonly recursive: boolean },
): Scope['named'] {
  const named = new Map<string, SourceInScope>(outer)
  const own = statement.with.map(({ name }) => name)
  if (new Set(own).size < own.length) doubt(findings)
  for (const { name, columns, body } of statement.with) {
    const rename = (found: readonly ResultColumn[] | null): readonly ResultColumn[] | null => {
      if (columns.length > (found?.length ?? 0)) doubt(findings)
      return found?.map((one, at) => ({ ...one, name: columns[at] ?? one.name })) ?? null
    }
    if (statement.recursive && body.kind === 'select' && aggregatesRecursively(body)) doubt(findings)
    const first = statement.recursive ? rename(firstTerm(findings, named, body)) : null
    if (first) named.set(name, sourceOfColumns(name, first))
    const found = rename(statementColumns(findings, named, body))
    // The first term of a recursive query sets the column types. The other terms can't widen them.
    if (first && JSON.stringify(first) !== JSON.stringify(found)) doubt(findings)
    named.set(name, sourceOfColumns(name, found))
  }
  return named
}

/** The recursive term of a query can't contain aggregates. */
function aggregatesRecursively({ body }: RowQuery): boolean {
  if (body.kind !== 'combined' || body.right.body.kind !== 'select') return false
  return body.right.body.items.some((item) => item.kind === 'value' && usesRows(item.value))
}

/** Returns the columns of a recursive query's first term, which doesn't refer to the query itself. */
function firstTerm(
  findings: Findings,
  named: Scope['named'],
  body: RowStatement,
): readonly ResultColumn[] | null {
  if (body.kind !== 'select' || body.body.kind !== 'combined') return statementColumns(findings, named, body)
  return queryColumns(findings, newScope(null, named), body.body.left)
}

type Insert = Extract<RowStatement, { kind: 'insert' }>

function insertInto(findings: Findings, scope: Scope, target: SourceInScope, statement: Insert): void {
  const { columns, source, conflict } = statement
  const outer = newScope(null, scope.named)
  if (source?.body.kind === 'values' && source.body.rows.flat().some(usesRows)) doubt(findings)
  const rows: readonly (readonly Value[])[] =
    source?.body.kind === 'values' && source.with.length + source.limits.length + source.orderBy.length === 0
      ? source.body.rows.map((row) =>
          row.map((value) => (value.kind === 'default' ? { kind: 'null' } : typeOf(findings, outer, value))),
        )
      : [(source && openColumns(findings, outer, source)?.map(({ type }) => type)) ?? []]
  const all = [...(target.table?.columns.keys() ?? [])]
  if (columns === null && target.perhaps) doubt(findings)
  const lengths = new Set(rows.map(({ length }) => length))
  if (lengths.size > 1) doubt(findings)
  for (const row of source ? rows : []) {
    const listed = columns ?? all.slice(0, row.length)
    if (row.length !== listed.length || row.length === 0) doubt(findings)
    for (const [at, name] of listed.entries()) store(findings, target, name, row[at] ?? unknownValue)
  }
  if (columns !== null && new Set(columns).size < columns.length) doubt(findings)
  if (conflict) onConflict(findings, scope, target, conflict)
}

function assign(findings: Findings, scope: Scope, target: SourceInScope, set: readonly Assignment[]): void {
  if (set.some(({ values }) => !('kind' in values) && values.some(usesRows))) doubt(findings)
  const assigned = set.flatMap(({ columns }) => columns)
  if (new Set(assigned).size < assigned.length) doubt(findings)
  for (const { columns, values } of set) {
    const types =
      'kind' in values
        ? (queryColumns(findings, scope, values)?.map(({ type }) => type) ?? [])
        : values.map((value): Value =>
            value.kind === 'default' ? { kind: 'null' } : typeOf(findings, scope, value),
          )
    if (types.length !== columns.length) doubt(findings)
    for (const [at, name] of columns.entries()) store(findings, target, name, types[at] ?? unknownValue)
  }
}

function store(findings: Findings, target: SourceInScope, name: string, value: Value): void {
  const { world } = findings
  const column = target.table?.columns.get(folded(world, name))
  const type = column ? typeOfColumn(world, column) : unknownValue
  if (column?.perhaps) doubt(findings)
  // Other checks catch missing columns and constants that don't fit.
  const isComputed = column?.generated || column?.identity === 'always'
  if (!column || isComputed || type.kind !== 'typed') {
    if (!column || isComputed || (value.kind !== 'null' && value.kind !== 'parameter')) doubt(findings)
    return
  }
  if (value.kind === 'constant' && isTooLong(column, value.text)) doubt(findings)
  if (isRefused(value, type.type)) refuse(findings, target, column, value)
  requireType(findings, value, type.type, 'assignment')
}

function isTooLong({ type }: SimulatedColumn, text: string | null): boolean {
  const width = /^character(?: varying)?\((\d+)\)$/.exec(type ?? '')?.[1]
  return width !== undefined && text !== null && [...text.trimEnd()].length > Number(width)
}

function refuse(findings: Findings, target: SourceInScope, column: SimulatedColumn, value: Value): void {
  const { world } = findings
  if (value.kind !== 'typed' || !world.castsSure || !world.routinesSure) return
  // After a rename, two names may refer to the same enum.
  if (value.type.startsWith('enum:') && (column.enum || column.isEnum)) return
  const given = value.type.startsWith('enum:') ? value.type.slice(value.type.indexOf('\0') + 1) : value.type
  const type = (column.type ?? column.enum?.name ?? '').replace(/\(.*\)/, '')
  const error = world.dialect.errors.mismatchedValue?.(column.name, type, given)
  const object = { kind: 'column', table: target.name ?? '', name: column.name } as const
  const sides = [
    [column.name, type],
    ['the value', given],
  ] as const
  const failure = failStatement('unfit', object, { kind: 'types', sides }, error, true)
  if (failure !== 'unsure') findings.failure ??= failure
}

function onConflict(findings: Findings, scope: Scope, target: SourceInScope, conflict: Conflict): void {
  const { columns, constraint, set, where } = conflict
  if (!hasArbiter(findings, target, conflict) && (columns !== null || constraint !== null)) doubt(findings)
  if (columns === null && constraint === null && set.length > 0) doubt(findings)
  scope.sources.push({ ...target, name: 'excluded' })
  assign(findings, scope, target, set)
  if (where) requireCondition(findings, scope, where)
}

/** Whether the table definitely has the unique constraint or index that ON CONFLICT needs. */
function hasArbiter(
  { world }: Findings,
  { table }: SourceInScope,
  { columns, constraint }: Conflict,
): boolean {
  if (!table) return false
  const isSame = (own: readonly (string | null)[] | null): boolean =>
    columns !== null &&
    own?.length === columns.length &&
    columns.every((name) => own.some((one) => one !== null && folded(world, one) === folded(world, name)))
  const keys = [...table.constraints].filter(
    ([, { kind, sure, deferrable }]) =>
      sure && deferrable === undefined && /^(?:unique|primaryKey)$/.test(kind),
  )
  if (constraint !== null) return keys.some(([name]) => name === folded(world, constraint))
  return (
    keys.some(([, one]) => isSame(one.columns)) ||
    indexesOf(world, table).some((one) => one.whole && isSame(one.columns))
  )
}
