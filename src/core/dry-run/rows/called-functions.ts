/** Functions called by pending operations, and whether they exist in the live schema. */
import { functionCalls } from '../../expressions/expression.ts'
import { isBuiltIn } from '../../expressions/functions.ts'
import type { CalledFunction } from '../../expressions/judged.ts'
import { isKeyword, parseExpression, parseIndexElement } from '../../expressions/parse-expression.ts'
import { typeNamed } from '../../expressions/types.ts'
import type { Column, Constraint, Index, Operation, ServerDefault } from '../../history/operation.ts'
import { type StatementOutcome, failStatement } from '../database-error.ts'
import { unknownFunctions } from './functions.ts'
import { type SimulatedSchema, places } from '../simulated-schema.ts'

/** Names of functions that the operation calls and the guard doesn't know, or that it drops with CASCADE. */
export function functionsCalledBy(step: Operation): readonly string[] {
  switch (step.kind) {
    case 'createTable':
      return [...(step.columns ?? []).flatMap(inColumn), ...inParts(step.constraints, step.indexes)]
    case 'addColumn':
      return [...inColumn(step.column), ...inParts(step.constraints, step.indexes)]
    case 'alterColumn':
      return [
        ...(step.serverDefault ? inDefault(step.serverDefault) : []),
        ...inText(step.conversion ?? null),
      ]
    case 'createIndex':
      return inParts([], [step.index])
    case 'addConstraint':
      return inParts([step.constraint], [])
    case 'data':
      return step.tree ? unknownFunctions(step.tree) : []
    case 'opaque':
      return step.dropsFunction ? [step.dropsFunction.name] : []
    default:
      return []
  }
}

function inColumn({ serverDefault, expression }: Column): readonly string[] {
  return [...inDefault(serverDefault), ...inText(expression ?? null)]
}

function inDefault(given: ServerDefault): readonly string[] {
  return given.kind === 'present' ? inText(given.text) : []
}

function inParts(constraints: readonly Constraint[], indexes: readonly Index[]): readonly string[] {
  return [
    ...constraints.flatMap((one) => (one.kind === 'check' ? inText(one.text) : [])),
    ...indexes.flatMap(({ condition, elements = [] }) => [
      ...inText(condition ?? null),
      ...elements.flatMap((text) => named(parseIndexElement(text)?.expression ?? null)),
    ]),
  ]
}

function inText(text: string | null): readonly string[] {
  return text !== null && text.includes('(') ? named(parseExpression(text)) : []
}

function named(expression: Parameters<typeof functionCalls>[0] | null): readonly string[] {
  return expression === null ? [] : functionCalls(expression).filter((name) => !isBuiltIn(name))
}

/** uuid-ossp functions that take no arguments and never fail. */
const makesUuid = /^uuid_generate_v(?:1|1mc|4)$/

/** Returns the function if pending migrations create or install it and no other function has its name. */
function newFunction(
  { newFunctions, newExtensions, doubtfulFunctions, functions, defaultSchema }: SimulatedSchema,
  name: string,
): (CalledFunction & { readonly parameters: readonly string[] }) | null {
  if ((functions?.get(name)?.length ?? 0) > 0 || doubtfulFunctions.has(name)) return null
  if (makesUuid.test(name) && newExtensions.has('uuid-ossp'))
    return { parameters: [], result: 'uuid', immutable: false, safe: true }
  if (name === 'digest' && newExtensions.has('pgcrypto'))
    return { parameters: ['text', 'text'], result: 'bytea', immutable: true, safe: false }
  const [only, ...others] = [...newFunctions.values()].filter((one) => one.name.name === name)
  if (!only || others.length > 0 || defaultSchema === undefined) return null
  if ((only.name.schema ?? defaultSchema) !== defaultSchema) return null
  const parameters = only.parameters.flatMap(({ type }) => typeNamed(type) ?? [])
  const result = typeNamed(only.returns)
  if (result === null || parameters.length < only.parameters.length) return null
  return { parameters, result, immutable: only.immutable === true, safe: false }
}

/** Types of values that PostgreSQL passes as text without a cast. `unknown` is a quoted constant. */
const passesAsText = /^(?:text|character varying|citext|unknown)$/

/**
 * Returns the function that a call with these argument types refers to. Null unless exactly one function takes these
 * types, and PostgreSQL definitely calls it. `missing` if there is definitely no function of that name.
 *
 * Unless `mayBeOwn` is true, only built-in functions and extension functions count. The body of any other function may
 * use objects that a pending migration changes.
 */
export function calledFunction(
  world: SimulatedSchema,
  name: string,
  types: readonly string[],
  mayBeOwn = false,
): CalledFunction | 'missing' | null {
  const created = newFunction(world, name)
  if (created) {
    const takes = (type: string, at: number): boolean => {
      const parameter = created.parameters[at]
      return type === parameter || (parameter === 'text' && passesAsText.test(type))
    }
    return types.length === created.parameters.length && types.every(takes) ? created : null
  }
  const found = world.functions?.get(name)
  if (!found || isNew(world, name)) return null
  if (found.length === 0) return isAbsent(world, name, types) ? 'missing' : null
  const path = places(world, { schema: null, name })?.map(({ schema }) => schema)
  if (!path || !world.rightsKept || !found.every(({ plain }) => plain)) return null
  const [only, ...others] = found.filter(
    ({ parameters }) =>
      parameters.length === types.length && parameters.every((type, at) => type === types[at]),
  )
  if (!only || others.length > 0 || !only.executable) return null
  const isSystem = only.schema === 'pg_catalog'
  if (!isSystem && !path.includes(only.schema)) return null
  if (!isSystem && only.extension === null && !mayBeOwn) return null
  return {
    result: only.result,
    immutable: only.immutable,
    safe: only.extension === 'uuid-ossp' && makesUuid.test(name),
  }
}

/** Whether pending migrations may have created or changed functions with this name. */
function isNew({ newFunctions, doubtfulFunctions }: SimulatedSchema, name: string): boolean {
  return doubtfulFunctions.has(name) || [...newFunctions.values()].some((one) => one.name.name === name)
}

/** Whether calling an unlisted function definitely fails. */
function isAbsent(
  { functionsSure, newExtensions, open }: SimulatedSchema,
  name: string,
  types: readonly string[],
): boolean {
  // With one argument, the name may be a type: `f(x)` then means `x::f`.
  if (types.length === 1 || isKeyword(name)) return false
  return functionsSure && newExtensions.size === 0 && !open.has('relations') && !open.has('types')
}

/** Statements that create no functions, or whose functions are recorded elsewhere. */
const recorded =
  /^(?:transaction|setting|comment|view|refresh|trigger|sequence|policy|privilege|maintenance|notification|lock|statistics|rule|role|user|group|function|extension)$/

/** Whether the simulated schema definitely records every function created by the operation. */
export function keepsFunctions(step: Operation): boolean {
  switch (step.kind) {
    case 'opaque':
      return step.touches?.length === 0 && step.types?.length === 0 && !step.distant
    case 'data':
      return step.tree ? unknownFunctions(step.tree).length === 0 : !step.mayCall && !step.readOnly
    case 'unrelated':
      return recorded.test(step.what)
    default:
      return true
  }
}

/** Returns the failure that results from calling a missing function with these argument types. */
export function missingFunction(
  world: SimulatedSchema,
  name: string,
  types: readonly string[],
): StatementOutcome {
  const error = world.dialect.errors.missingFunction?.(name, types)
  const object = { kind: 'function', name } as const
  return failStatement('missing', object, { kind: 'absent', what: 'function' }, error, types.length > 0)
}
