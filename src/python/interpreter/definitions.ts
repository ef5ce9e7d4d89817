/** Statements that define names: `import`, `def`, `class`. */
import { type NodeOf, type Statement, type SyntaxNode, childNodes } from '../syntax/syntax-tree.ts'
import { mayUseConnection } from './acting-functions.ts'
import { isWrapping } from './builtins.ts'
import { defaultsOf, evaluate } from './expressions.ts'
import { callFunction, mayCall } from './functions.ts'
import { hasSoleYield } from './managers.ts'
import { absoluteModule, publicNames } from './modules.ts'
import { type Run, noteImport, sourceOf } from './run.ts'
import { type Doubt, type Scope, bind, forgetModule, harmlessStars, moduleOf, newScope } from './scope.ts'
import { followBlock } from './statements.ts'
import { type Definition, type FunctionTerm, type Term, unknown, unknownBecause } from './values.ts'

/** Names that Alembic reads from a migration module. */
const alembicNames = new Set([
  'revision',
  'down_revision',
  'branch_labels',
  'depends_on',
  'upgrade',
  'downgrade',
])

/** Binds imported names, which are resolved on first use. */
export function bindImports(
  statement: NodeOf<'Import'> | NodeOf<'ImportFrom'>,
  scope: Scope,
  run: Run,
): void {
  for (const alias of statement.names) {
    if (statement.nodeType === 'Import') {
      const top = alias.name.split('.')[0] ?? alias.name
      const path = alias.asname === undefined ? top : alias.name
      bind(scope, alias.asname ?? top, { kind: 'imported', path, module: path }, statement)
      noteImport(run, [alias.name])
      continue
    }
    const { level = 0, module: given = '' } = statement
    const module = absoluteModule(level, given, run)
    const from = module ?? '.'.repeat(level) + given
    noteImport(run, [from, `${from}.${alias.name}`])
    if (alias.name === '*') starImport(from, statement, scope, run)
    else {
      const written = `${from}.${alias.name}`
      const path = run.host.currentName?.(written) ?? written
      const isRenamed = path !== written
      const named: Term =
        module === null || isRenamed ? { kind: 'imported', path } : { kind: 'imported', path, module }
      bind(scope, alias.asname ?? alias.name, named, statement)
    }
  }
}

function starImport(from: string, node: SyntaxNode, scope: Scope, run: Run): void {
  const names = publicNames(from, run)
  if (names?.starred) moduleOf(scope).starred = true
  for (const name of names?.known ?? []) {
    bind(scope, name, { kind: 'imported', path: `${from}.${name}`, module: from }, node)
  }
  if (names !== null) return
  const doubt: Doubt = { reason: `it may come from ${from}, which the guard doesn't read`, node }
  if (!harmlessStars.test(from)) return forgetModule(scope, doubt)
  moduleOf(scope).starred = true
  for (const [name, held] of moduleOf(scope).names) {
    const stays = alembicNames.has(name) || name.startsWith('__') || held.kind === 'imported'
    if (!stays) bind(moduleOf(scope), name, unknownBecause(doubt.reason), node)
  }
}

/** Binds a function's name to the function or its decorated form. */
export function define(statement: Definition, scope: Scope, run: Run): void {
  const decorators = statement.decorator_list.map((decorator) => evaluate(decorator, scope, run))
  const made: FunctionTerm = {
    kind: 'function',
    node: statement,
    scope,
    file: run.file,
    defaults: defaultsOf(statement, scope, run),
    decorated: false,
  }
  if (decorators.length === 0) bind(scope, statement.name, made, statement)
  else bind(scope, statement.name, decorated(made, decorators, statement, run), statement)
}

function decorated(made: FunctionTerm, decorators: readonly Term[], statement: Definition, run: Run): Term {
  const wrapped = decorators.reduceRight<Term | null>(
    (inner, decorator) => (inner === null ? null : wrappedBy(decorator, inner, statement, run)),
    made,
  )
  const [only, ...others] = decorators
  const manages =
    only?.kind === 'imported' && only.path === 'contextlib.contextmanager' && others.length === 0
  if (manages && hasSoleYield(statement)) return { ...made, manages }
  const known = wrapped ?? run.host.decorated?.(made, decorators, statement, run) ?? null
  if (known !== null) return known
  // The decorator may call the function.
  mayCall(made, statement, run)
  return { ...made, decorated: true }
}

const bindings: Readonly<Record<string, FunctionTerm['binds']>> = {
  'builtins.staticmethod': 'nothing',
  'builtins.classmethod': 'class',
}

/** Returns the decorated function; null if the result isn't known to be a function. */
function wrappedBy(decorator: Term, inner: Term, node: SyntaxNode, run: Run): Term | null {
  if (isWrapping(decorator)) return inner
  const isCached = decorator.kind === 'imported' && /^functools\.(?:lru_)?cache$/.test(decorator.path)
  // A cached function runs only once for each set of arguments.
  if (isCached && inner.kind === 'function' && !mayUseConnection(inner)) return inner
  const binding = inner.kind === 'function' && decorator.kind === 'imported' && bindings[decorator.path]
  if (binding) return { ...inner, binds: binding }
  if (decorator.kind !== 'function' || decorator.decorated) return null
  const made = callFunction(decorator, [inner], new Map(), node, run)
  return made.kind === 'function' && !made.decorated ? made : null
}

/** Binds a class, and marks it if its methods could change the database. */
export function bindClass(statement: NodeOf<'ClassDef'>, scope: Scope, run: Run): void {
  const around = [...statement.decorator_list, ...statement.bases, ...statement.keywords]
  const values = new Map(around.map((part) => [part, evaluate(part, scope, run)]))
  const inner = newScope(scope)
  followBlock(statement.body, { scope: inner, results: [] }, run)
  const isMethod = (part: Statement): part is NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'> =>
    part.nodeType === 'FunctionDef' || part.nodeType === 'AsyncFunctionDef'
  const methods = statement.body.filter(isMethod)
  // Methods can't see names in the class body.
  const outside = (term: Term): Term =>
    term.kind === 'function' && term.scope === inner ? { ...term, scope } : term
  const names = new Map(methods.map(({ name }) => [name, outside(inner.names.get(name) ?? unknown)]))
  const fields = statement.decorator_list.length > 0 ? dataclassFields(statement, inner, scope, run) : null
  const made: Term = {
    kind: 'class',
    name: statement.name,
    members: new Map([...inner.names].filter(([name]) => !names.has(name))),
    bases: statement.bases.map((base) => sourceOf(run, base)),
    parents: [...statement.bases, ...statement.keywords].map(
      (base) => originOf(base, scope, run) ?? values.get(base) ?? unknown,
    ),
    annotated: statement.body.flatMap((part) =>
      part.nodeType === 'AnnAssign' && part.value === undefined && part.target.nodeType === 'Name'
        ? [part.target.id]
        : [],
    ),
    ...(fields && { fields }),
    methods: names,
    acts: methods.some((method) => mentions(method, actingNames)),
    ...(isPlain(statement, fields !== null, [...inner.names.keys()]) && { plain: true as const }),
  }
  bind(scope, statement.name, made, statement)
}

/** `@dataclass` options that don't affect creating or reading objects. */
const dataclassOptions = /^(?:frozen|slots|eq|order|repr|unsafe_hash|match_args)$/

/** Returns the fields of a simple dataclass; null for any other class. */
function dataclassFields(
  { body, decorator_list: [decorator, ...others] }: NodeOf<'ClassDef'>,
  { names }: Scope,
  scope: Scope,
  run: Run,
): ReadonlyMap<string, Term | null> | null {
  const isCall = decorator?.nodeType === 'Call'
  const called = decorator && evaluate(isCall ? decorator.func : decorator, scope, run)
  if (called?.kind !== 'imported' || called.path !== 'dataclasses.dataclass' || others.length > 0) return null
  if (isCall && !decorator.keywords.every(({ arg }) => dataclassOptions.test(arg ?? ''))) return null
  const fields = new Map<string, Term | null>()
  for (const part of body) {
    if (part.nodeType !== 'AnnAssign' || part.target.nodeType !== 'Name') continue
    if (/ClassVar|InitVar|KW_ONLY/.test(sourceOf(run, part.annotation)) || part.value?.nodeType === 'Call')
      return null
    fields.set(part.target.id, part.value === undefined ? null : (names.get(part.target.id) ?? unknown))
  }
  return fields
}

/** Returns the imported class behind a base such as `Base[int]`; null for any other base. */
function originOf(base: SyntaxNode, scope: Scope, run: Run): Term | null {
  if (base.nodeType !== 'Subscript' || !/^(?:Name|Attribute)$/.test(base.value.nodeType)) return null
  const origin = evaluate(base.value, scope, run)
  return origin.kind === 'imported' ? origin : null
}

/** Special methods that a plain class may define. */
const plainMethods = new Set(['__init__', '__repr__', '__str__', '__doc__'])

/** Whether the class has no base class, no unusual decorators, and no special methods except `plainMethods`. */
function isPlain(
  { bases, keywords, decorator_list }: NodeOf<'ClassDef'>,
  isDataclass: boolean,
  names: readonly string[],
): boolean {
  const fromObject = bases.every((base) => base.nodeType === 'Name' && base.id === 'object')
  if (!fromObject || keywords.length > 0 || (decorator_list.length > 0 && !isDataclass)) return false
  return names.every((name) => !/^__.*__$/.test(name) || plainMethods.has(name))
}

const actingNames =
  /^(?:op|alembic|context|execute|exec_driver_sql|create|drop|create_all|drop_all|text|DDL|super)$/

function mentions(node: SyntaxNode, names: RegExp): boolean {
  if (node.nodeType === 'Name' && names.test(node.id)) return true
  if (node.nodeType === 'Attribute' && names.test(node.attr)) return true
  return childNodes(node).some((child) => mentions(child, names))
}
