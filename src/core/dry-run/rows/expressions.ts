/** Infers the types of expressions, and records PostgreSQL's errors. */
import type { FunctionCall, RowQuery, SqlExpression, SqlType } from '../../sql/row-statement.ts'
import { relationIn } from '../../names/relation-in-text.ts'
import { failStatement } from '../database-error.ts'
import { findRelation } from '../simulated-schema.ts'
import { calledFunction, missingFunction } from './called-functions.ts'
import { callType, isOfClass } from './functions.ts'
import { arithmetic } from './operators.ts'
import { queryColumns, requireEquality } from './queries.ts'
import { type Findings, type Scope, doubt, enumNamed, labelsIn, resolveColumn } from './scope.ts'
import {
  type CastContext,
  type Value,
  accepts,
  commonType,
  comparable,
  converts,
  familyOf,
  typed,
  unknownValue,
  withoutLength,
} from './value-types.ts'

const boolean = typed('boolean')

/** Returns the type of an expression. */
export function typeOf(findings: Findings, scope: Scope, expression: SqlExpression): Value {
  const of = (inner: SqlExpression): Value => typeOf(findings, scope, inner)
  switch (expression.kind) {
    case 'column':
      return resolveColumn(findings, scope, expression.qualifier, expression.name)
    case 'text':
      return { kind: 'constant', text: expression.text }
    case 'number':
      return typed(typeOfNumber(expression.text))
    case 'boolean':
      return boolean
    case 'null':
      return { kind: 'null' }
    case 'parameter':
      return { kind: 'parameter' }
    case 'default':
      return doubt(findings)
    case 'cast':
      return castOf(findings, of(expression.of), expression.to)
    case 'call':
      return callOf(findings, scope, expression)
    case 'operator': {
      const [left, right] = expression.operands
      if (left?.kind === 'row' && right && /^(?:=|<>)$/.test(expression.operator))
        return compareRows(findings, scope, left, [right])
      return operation(findings, expression.operator, expression.operands.map(of))
    }
    case 'is':
      if (expression.boolean) requireBoolean(findings, of(expression.of))
      else of(expression.of)
      return boolean
    case 'in': {
      if (expression.of.kind === 'row') {
        const { values } = expression
        const others = 'kind' in values ? [{ kind: 'query' as const, query: values }] : values
        return compareRows(findings, scope, expression.of, others)
      }
      const left = of(expression.of)
      const values =
        'kind' in expression.values ? valuesOf(findings, scope, expression.values) : expression.values.map(of)
      for (const value of values) compare(findings, left, value)
      return boolean
    }
    case 'case': {
      const value = expression.of && of(expression.of)
      const results = expression.branches.map(({ when, result }) => {
        if (value) compare(findings, value, of(when))
        else requireBoolean(findings, of(when))
        return of(result)
      })
      return unite(findings, expression.otherwise ? [...results, of(expression.otherwise)] : results)
    }
    case 'query':
      return valuesOf(findings, scope, expression.query)[0] ?? unknownValue
    case 'exists':
      queryColumns(findings, scope, expression.query)
      return boolean
    case 'array': {
      const items = 'kind' in expression.of ? valuesOf(findings, scope, expression.of) : expression.of.map(of)
      const united = unite(findings, items)
      const item = united.kind === 'constant' ? typed('text') : united
      return item.kind === 'typed' && !item.type.endsWith('[]') ? typed(`${item.type}[]`) : doubt(findings)
    }
    case 'quantified': {
      const left = of(expression.of)
      const array = of(expression.array)
      if (array.kind === 'parameter') return boolean
      if (array.kind !== 'typed' || !array.type.endsWith('[]')) return doubt(findings)
      return operation(findings, expression.operator, [left, typed(array.type.slice(0, -2))])
    }
    default:
      expression.of.forEach(of)
      return unknownValue
  }
}

/** Checks that PostgreSQL can compare a row such as `(a, b)` with other rows. */
function compareRows(
  findings: Findings,
  scope: Scope,
  row: SqlExpression,
  others: readonly SqlExpression[],
): Value {
  const left = fieldsOf(findings, scope, row)
  for (const other of others) {
    const right = fieldsOf(findings, scope, other)
    if (left.length === 0 || right.length !== left.length) doubt(findings)
    else for (const [at, field] of left.entries()) compare(findings, field, right[at] ?? unknownValue)
  }
  return boolean
}

/** Types of a row's fields or a subquery's columns; empty for other expressions. */
function fieldsOf(findings: Findings, scope: Scope, expression: SqlExpression): readonly Value[] {
  if (expression.kind === 'row') return expression.of.map((one) => typeOf(findings, scope, one))
  if (expression.kind !== 'query') return []
  return queryColumns(findings, scope, expression.query)?.map(({ type }) => type) ?? []
}

function typeOfNumber(text: string): string {
  if (!/^\d+$/.test(text)) return 'numeric'
  const value = Number(text)
  return value < 2 ** 31 ? 'integer' : value < 2 ** 53 ? 'bigint' : 'numeric'
}

/** Type of a subquery's only column. */
function valuesOf(findings: Findings, scope: Scope, query: RowQuery): readonly Value[] {
  const columns = queryColumns(findings, scope, query)
  const [only, ...more] = columns ?? []
  if (!only || more.length > 0) return [doubt(findings)]
  return [only.type]
}

function castOf(findings: Findings, from: Value, to: SqlType): Value {
  const type = typeNamed(findings, to)
  if (type?.kind !== 'typed') return doubt(findings)
  requireType(findings, from, type.type, 'explicit')
  return type
}

function typeNamed({ world }: Findings, { name, own }: SqlType): Value | null {
  if (own !== null) return enumNamed(world, own)
  if (name === 'regclass') return typed(name)
  return name === null ? null : typed(withoutLength(name))
}

/** Marks the statement as unsure unless the value definitely converts to the type. */
export function requireType(findings: Findings, value: Value, type: string, context: CastContext): void {
  if (accepts(value, type, context, (one) => labelsIn(findings.world, one)) !== true) doubt(findings)
}

export function requireBoolean(findings: Findings, value: Value): void {
  requireType(findings, value, 'boolean', 'implicit')
}

/** Returns the common type of several values, such as CASE results. */
export function unite(findings: Findings, values: readonly Value[]): Value {
  if (values.some(({ kind }) => kind === 'unknown')) return doubt(findings)
  if (!values.some(({ kind }) => kind === 'typed')) {
    const [first] = values
    if (values.length === 1 && first) return first
    return values.some(({ kind }) => kind === 'parameter') ? { kind: 'parameter' } : typed('text')
  }
  const common = commonType(values)
  if (common === null) return doubt(findings)
  for (const value of values) requireType(findings, value, common, 'implicit')
  return typed(common)
}

/** Checks that PostgreSQL can compare the values. */
export function compare(findings: Findings, left: Value, right: Value): void {
  const isJson = [left, right].some((one) => one.kind === 'typed' && one.type === 'json')
  if (left.kind === 'unknown' || right.kind === 'unknown') doubt(findings)
  else if (isJson) {
    doubt(findings)
    if ([left, right].every(({ kind }) => kind === 'typed' || kind === 'constant'))
      refuse(findings, shownType(left), shownType(right))
  } else if (left.kind === 'typed' && right.kind === 'typed') {
    const fits = comparable(left.type, right.type)
    if (fits !== true) doubt(findings)
    if (fits === false) refuse(findings, left.type, right.type)
  } else if (left.kind === 'typed') requireType(findings, right, left.type, 'implicit')
  else if (right.kind === 'typed') requireType(findings, left, right.type, 'implicit')
}

function shownType(value: Value): string {
  return value.kind === 'typed' ? value.type : 'unknown'
}

function refuse(findings: Findings, left: string, right: string): void {
  const { world } = findings
  if (!world.castsSure || !world.routinesSure || [left, right].some((type) => type.startsWith('enum:')))
    return
  const error = world.dialect.errors.mismatchedOperands?.(left, right)
  const sides = [
    ['left side', left === 'unknown' ? 'a literal' : left],
    ['right side', right === 'unknown' ? 'a literal' : right],
  ] as const
  const failure = failStatement('unfit', { kind: 'database' }, { kind: 'types', sides }, error, true)
  if (failure !== 'unsure') findings.failure ??= failure
}

function operation(findings: Findings, operator: string, operands: readonly Value[]): Value {
  const [left = unknownValue, right] = operands
  if (/^(?:and|or|not)$/.test(operator)) {
    for (const operand of operands) requireBoolean(findings, operand)
    return boolean
  }
  if (/^(?:=|<>|<|>|<=|>=)$/.test(operator) && right) {
    const isOrdered = operator === '=' || operator === '<>'
    if (!isOrdered && operands.some((one) => one.kind === 'typed' && /^jsonb?$|\[\]$/.test(one.type)))
      return doubt(findings)
    compare(findings, left, right)
    return boolean
  }
  return arithmetic(operator, left, right ?? null) ?? doubt(findings)
}

function callOf(findings: Findings, scope: Scope, call: FunctionCall): Value {
  const args = call.args === 'star' ? [] : call.args.map((one) => typeOf(findings, scope, one))
  const sorted = (call.over ?? []).map((one) => typeOf(findings, scope, one))
  const [first] = args
  for (const type of [...sorted, ...(call.distinct ? args : [])]) requireEquality(findings, type)
  for (const one of call.more) {
    const type = typeOf(findings, scope, one)
    if (type.kind === 'typed') requireEquality(findings, type)
  }
  // With DISTINCT, an aggregate can only be sorted by its arguments.
  const listed = new Set(call.args === 'star' ? [] : call.args.map((one) => JSON.stringify(one)))
  const isSorted = call.more.every((one) => listed.has(JSON.stringify(one)))
  if (call.distinct && (!isSorted || !isOfClass(call.name, 'aggregate'))) return doubt(findings)
  if (call.name === 'nullif' && first) requireEquality(findings, first)
  if (call.args === 'star') return call.name === 'count' ? typed('bigint') : doubt(findings)
  if (call.name === 'extract') {
    const [from] = args
    const isMoment = from?.kind === 'typed' && /^(?:timestamp|date$|interval$|time )/.test(from.type)
    return isMoment ? typed('double precision') : doubt(findings)
  }
  if (/^(?:nextval|currval|setval)$/.test(call.name)) return sequenceCall(findings, call, args)
  if (call.name === 'current_setting') return settingCall(findings, call)
  const kind = isOfClass(call.name, 'window')
    ? 'window'
    : isOfClass(call.name, 'aggregate')
      ? 'aggregate'
      : 'scalar'
  if (kind === 'window' && !call.over) return doubt(findings)
  if (kind === 'scalar' && (call.over || call.more.length > 0)) return doubt(findings)
  const found = callType(kind, call.name, args)
  if (found.kind !== 'unknown') return found
  return kind === 'scalar' && !isOfClass(call.name, kind)
    ? ownCall(findings, call.name, args)
    : doubt(findings)
}

/** A call to a function that isn't built in. */
function ownCall(findings: Findings, name: string, args: readonly Value[]): Value {
  const types = args.map((arg) => (arg.kind === 'typed' ? arg.type : 'unknown'))
  const found = calledFunction(findings.world, name, types)
  if (found !== 'missing')
    return found === null || familyOf(found.result) === null ? doubt(findings) : typed(found.result)
  const failure = missingFunction(findings.world, name, types)
  if (failure === null || failure === 'unsure') return doubt(findings)
  findings.failure ??= { ...failure, messageUncertain: true }
  return unknownValue
}

/**
 * `current_setting('app.tenant', true)`. Without `true`, a setting that isn't set raises an error. Some of the server's
 * own settings, whose names have no dot, are restricted.
 */
function settingCall(findings: Findings, { args }: FunctionCall): Value {
  const [name, isLenient, ...more] = args === 'star' ? [] : args
  const isOwn = name?.kind === 'text' && name.text?.includes('.') === true
  const isSafe = isOwn && isLenient?.kind === 'boolean' && isLenient.value && more.length === 0
  return isSafe ? typed('text') : doubt(findings)
}

/** `nextval('sequence')`, `setval('sequence', 1, false)` */
function sequenceCall(
  findings: Findings,
  { name: called, args }: FunctionCall,
  types: readonly Value[],
): Value {
  const [first, ...more] = args === 'star' ? [] : args
  const given = first?.kind === 'cast' && first.to.name === 'regclass' ? first.of : first
  const text = given?.kind === 'text' ? given.text : null
  const counts = called === 'setval' ? [1, 2] : [0]
  const [, value, isCalled] = types
  if (!counts.includes(more.length)) return doubt(findings)
  if (value) requireType(findings, value, 'bigint', 'implicit')
  const [number] = more
  // `currval` depends on the session, and a sequence's first value is at least 1 by default.
  if (called === 'currval' || (number?.kind === 'number' && Number(number.text) < 1)) return doubt(findings)
  if (isCalled) requireBoolean(findings, isCalled)
  const name = text === null ? null : relationIn(text)
  const found = name && findRelation(findings.world, name)
  return found?.presence === 'present' && found.value?.kind === 'sequence' ? typed('bigint') : doubt(findings)
}

/** Whether the value definitely doesn't fit the column's type. */
export function isRefused(value: Value, type: string): boolean {
  return value.kind === 'typed' && converts(value.type, type, 'assignment') === false
}
