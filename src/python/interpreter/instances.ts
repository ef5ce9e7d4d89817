/** Evaluates instances of plain classes. */
import { mayUseConnection, reachesConnection } from './acting-functions.ts'
import type { Call, Run } from './run.ts'
import { callFunction } from './functions.ts'
import { importedClass } from './modules.ts'
import { agreed } from './scope.ts'
import { type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { type ClassTerm, type FunctionTerm, type Instance, type Term, type Unknown, foreign, plainUnknown, spoil } from './values.ts' // prettier-ignore

/** Creates an instance and interprets its `__init__`. */
export function newInstance(made: ClassTerm, { args, keywords, node }: Call, run: Run): Instance {
  const instance: Instance = { kind: 'instance', class: made, fields: new Map(), spoiled: false }
  const method = made.methods.get('__init__')
  if (method?.kind === 'function') callFunction({ ...method, self: instance }, args, keywords, node, run)
  else if (method || (made.fields && !fillFields(instance, made.fields, args, keywords)))
    instance.spoiled = true
  return instance
}

/** Sets the fields of a dataclass instance. Returns false if the arguments don't match. */
function fillFields(
  instance: Instance,
  fields: NonNullable<ClassTerm['fields']>,
  args: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
): boolean {
  const names = [...fields.keys()]
  for (const [at, [name, otherwise]] of [...fields].entries()) {
    const value = args[at] ?? keywords.get(name) ?? otherwise
    if (value === null) return false
    instance.fields.set(name, value)
  }
  return args.length <= names.length && [...keywords.keys()].every((name) => fields.has(name))
}

/** Evaluates `instance.name`. */
export function attributeOfInstance(instance: Instance, name: string, run: Run): Term {
  const { fields, spoiled, class: made } = instance
  const method = made.methods.get(name)
  if (method?.kind === 'function' && !fields.has(name)) return methodOf(method, instance, made) ?? foreign
  // An earlier iteration may have changed the attribute.
  if (spoiled || method || (run.under !== null && isReassigned(made, name))) return foreign
  const member = made.members.get(name)
  // A function assigned in the class body may act as a method.
  return fields.get(name) ?? (member?.kind === 'function' ? foreign : member) ?? foreign
}

/**
 * Returns a method accessed as `Helper.method`; null if it isn't interpreted. For models, supports only static methods
 * and class methods.
 */
export function methodOfClass(made: ClassTerm, name: string, run: Run): Term | null {
  const method = made.methods.get(name)
  if (made.plain && method !== undefined)
    return method.kind === 'function' ? (methodOf(method, null, made) ?? foreign) : foreign
  const found = made.plain ? null : definitionOf(made, name, run)
  if (found?.binds === undefined || !isModel(made, run)) return null
  return methodOf(found, null, made) ?? foreign
}

/** Whether the class or one of its base classes sets `__tablename__`. */
function isModel(made: ClassTerm, run: Run): boolean {
  return lineage(made, run).some((one) => one !== null && defines(one, '__tablename__'))
}

/** Whether the class's own or inherited methods may use the migration's connection. */
export function usesConnection(made: ClassTerm, run: Run): boolean {
  return lineage(made, run).some((one) => {
    if (one === null) return false
    return [...one.methods.values()].some((method) => {
      if (method.kind !== 'function') return false
      return method.file.path === run.start.path ? mayUseConnection(method) : reachesConnection(method)
    })
  })
}

function defines({ members, methods }: ClassTerm, name: string): boolean {
  return members.has(name) || methods.has(name)
}

/** Returns the class's own or inherited method; null if several classes might provide it. */
function definitionOf(made: ClassTerm, name: string, run: Run): FunctionTerm | null {
  const all = lineage(made, run)
  // With single inheritance, the nearest definition wins.
  const isChain = all.every((one) => one === null || basesOf(one, run).length < 2)
  const found = all.filter((one) => one === null || defines(one, name))
  const [first = null, ...others] = found
  const isOwn = first === made
  if (!isOwn && !isChain && others.length > 0) return null
  const method = first?.methods.get(name)
  return method?.kind === 'function' && !first?.members.has(name) ? method : null
}

/** Returns the class and its base classes, nearest first. Null stands for a class outside the repository. */
function lineage(made: ClassTerm, run: Run): readonly (ClassTerm | null)[] {
  const all = new Set<ClassTerm | null>([made])
  for (const one of all) if (one) for (const base of basesOf(one, run)) all.add(base)
  return [...all]
}

/** Returns the base classes. Null stands for a class outside the repository. */
function basesOf({ parents }: ClassTerm, run: Run): readonly (ClassTerm | null)[] {
  return parents.flatMap((parent) => {
    if (parent.kind === 'class') return [parent]
    if (parent.kind === 'imported') return emptyBase.test(parent.path) ? [] : [importedClass(parent, run)]
    if (parent.kind !== 'made' || !/\bdeclarative_base$/.test(parent.path)) return [null]
    const base = parent.keywords.get('cls')
    return base === undefined ? [] : [base.kind === 'class' ? base : null]
  })
}

/** Library base classes with no methods for a model to inherit. */
const emptyBase = /^(?:builtins\.object|sqlalchemy\.orm\.DeclarativeBase)$/

/** Returns the bound method; null if it has decorators that aren't interpreted, such as `@property`. */
function methodOf(method: FunctionTerm, instance: Term | null, made: ClassTerm): FunctionTerm | null {
  if (method.decorated) return null
  if (method.binds === 'nothing') return method
  const self = method.binds === 'class' ? made : instance
  return self === null ? method : { ...method, self }
}

/** Evaluates `object.name` for a model object loaded from the database. */
export function attributeOfRow({ model, many }: Unknown, name: string): Term {
  const method = many ? undefined : model?.methods.get(name)
  if (!model || method?.kind !== 'function') return plainUnknown
  return methodOf(method, { ...plainUnknown, model }, model) ?? plainUnknown
}

/** Returns an element of a value from the database. */
export function elementOf({ model, many }: Unknown): Unknown {
  return model && many ? { ...plainUnknown, model } : plainUnknown
}

/** Executes `instance.name = value`. */
export function setAttribute(instance: Instance, name: string, value: Term, run: Run): void {
  const before = instance.fields.get(name) ?? foreign
  // The assignment might not run, so later code may modify either value.
  if (run.under !== null && before !== value) spoil(before, value)
  instance.fields.set(name, run.under === null ? value : agreed([before, value]))
}

const reassigned = new WeakMap<ClassTerm, ReadonlySet<string>>()

/** Whether a method other than `__init__` assigns to an attribute with this name. */
function isReassigned(made: ClassTerm, name: string): boolean {
  let names = reassigned.get(made)
  if (names === undefined) {
    const others = [...made.methods].filter(([method]) => method !== '__init__')
    names = new Set(
      others.flatMap(([, method]) => (method.kind === 'function' ? assignedIn(method.node) : [])),
    )
    reassigned.set(made, names)
  }
  return names.has(name)
}

function assignedIn(node: SyntaxNode): readonly string[] {
  const own = node.nodeType === 'Attribute' && node.ctx.nodeType !== 'Load' ? [node.attr] : []
  return [...own, ...childNodes(node).flatMap(assignedIn)]
}
