/**
 * Resolves imports from the repository. A module is interpreted when one of its names is first used. Assignments to its
 * names from other modules aren't detected.
 */
import { decodeSource } from '../source/decode-source.ts'
import { type SyntaxNode, type SyntaxTree, childNodes, parsePython } from '../syntax/syntax-tree.ts'
import { type ModuleFile, type Run, TooMuch } from './run.ts'
import { methodOfClass } from './instances.ts'
import { type Scope, bind, lookUp } from './scope.ts'
import { followModule } from './statements.ts'
import { leavesToSubmodule } from './names/submodules.ts'
import { type ClassTerm, type Term, foreignBecause, isEnumClass } from './values.ts'

type Imported = Extract<Term, { kind: 'imported' }>

/** Maximum depth of nested imports. */
const maxNesting = 12
/** Maximum length of a chain of reexports. */
const maxReexports = 20

/** Returns the value of a name, resolving imports from the repository. */
export function valueOfName(name: string, scope: Scope, run: Run): Term {
  const found = lookUp(name, scope)
  return found.kind === 'imported' ? (resolveImported(found, run) ?? found) : found
}

/**
 * Resolves an imported name from the repository's files. For a reexported library name, returns its dotted name. Null
 * if unresolved.
 */
export function resolveImported(name: Imported, run: Run, left = maxReexports): Term | null {
  const binding = left === 0 ? null : bindingOf(name, run)
  return binding && memberOf(binding.found, binding.rest, name.path, run, left)
}

/** Returns the imported class; null if the name isn't a class in the repository. */
export function importedClass(name: Imported, run: Run, left = maxReexports): ClassTerm | null {
  const { found, rest } = (left === 0 ? null : bindingOf(name, run)) ?? { found: null, rest: [] }
  if (found?.kind === 'imported')
    return importedClass({ ...found, path: [found.path, ...rest].join('.') }, run, left - 1)
  return found?.kind === 'class' && rest.length === 0 ? found : null
}

/** A module-level value, and the attributes to read from it. */
interface Binding {
  readonly found: Term
  readonly rest: readonly string[]
}

function bindingOf({ path, module }: Imported, run: Run): Binding | null {
  if (module === undefined || path === module) return null
  // Most names come from libraries.
  if (run.modules.find(module) === null) return null
  let at = module
  const names = path.slice(module.length + 1).split('.')
  for (const [index, one] of names.entries()) {
    const inner = `${at}.${one}`
    if (!isSubmodule(at, one, run)) {
      const scope = scopeOf(at, run)
      if (scope === null) return null
      const found = scope.names.get(one)
      if (found !== undefined) return { found, rest: names.slice(index + 1) }
      if (run.modules.find(inner) === null) return null
    }
    at = inner
  }
  return null
}

/** Whether the attribute is definitely a submodule. Doesn't interpret the package, which may be large. */
function isSubmodule(module: string, name: string, run: Run): boolean {
  const file = run.modules.find(module)
  if (!file?.isPackage || run.modules.find(`${module}.${name}`) === null) return false
  const init = treeOf(file)
  return init !== null && leavesToSubmodule(init, name)
}

function memberOf(found: Term, rest: readonly string[], path: string, run: Run, left: number): Term | null {
  if (found.kind === 'imported') {
    const longer: Imported = { ...found, path: [found.path, ...rest].join('.') }
    return resolveImported(longer, run, left - 1) ?? longer
  }
  const [first, ...others] = rest
  if (first !== undefined) {
    const isDirect = found.kind === 'class' && others.length === 0
    const method = isDirect && run.host.followsObjects ? methodOfClass(found, first, run) : null
    const member = isDirect ? (method ?? found.members.get(first)) : undefined
    if (member === undefined) return found.kind === 'unknown' && found.plain ? found : null
    return usable(member, path, run)
  }
  return usable(found, path, run)
}

/** Returns the term if it means the same thing in the importing file; null if its dotted name is more useful. */
function usable(term: Term, path: string, run: Run): Term | null {
  switch (term.kind) {
    case 'items':
    case 'dict':
      return term.spoiled ? null : term
    case 'class':
      // The host gets only a class's dotted name, unless the class is an Enum, a plain class whose objects the host
      // follows, or one that the host asks for.
      if (isEnumClass(term)) return { ...term, path }
      return (term.plain && run.host.followsObjects) || run.host.keepsClass?.(term) ? term : null
    case 'none':
    case 'str':
    case 'bool':
    case 'int':
    case 'other':
    case 'template':
    case 'made':
    case 'function':
      return term
    case 'unknown':
      return term.plain ? term : null
    default:
      return null
  }
}

/** Names bound by `from module import *`. */
interface PublicNames {
  readonly known: readonly string[]
  /** Whether a star import from a library may add unknown names. */
  readonly starred: boolean
}

/** Returns the names that `from module import *` binds; null if unknown. */
export function publicNames(module: string, run: Run): PublicNames | null {
  const scope = scopeOf(module, run)
  if (scope === null || scope.anyName !== null) return null
  const all = scope.names.get('__all__')
  if (all === undefined) {
    const known = [...scope.names.keys()].filter((name) => !name.startsWith('_'))
    return { known, starred: scope.starred === true }
  }
  if (all.kind !== 'items' || all.spoiled) return null
  const known = all.items.flatMap((item) => (item.kind === 'str' ? [item.value] : []))
  return known.length === all.items.length ? { known, starred: false } : null
}

/** Resolves a relative import to an absolute module name; null if there is no parent package. */
export function absoluteModule(level: number, module: string, run: Run): string | null {
  if (level === 0) return module
  const own = run.file.module
  if (own === undefined) return null
  const parts = own.name.split('.')
  const around = parts.slice(0, parts.length - level + (own.isPackage ? 1 : 0))
  if (around.length === 0) return null
  return [...around, ...(module === '' ? [] : [module])].join('.')
}

/** Interprets a module and returns its scope; null if that isn't possible. */
export function scopeOf(module: string, run: Run): Scope | null {
  const known = run.loaded.get(module)
  if (known !== undefined) return known
  const file = run.modules.find(module)
  // Circular imports of this module yield null while it loads.
  run.loaded.set(module, null)
  const scope = file === null ? null : followFile(file, module, run)
  run.loaded.set(module, scope)
  return scope
}

const trees = new WeakMap<ModuleFile, SyntaxTree | null>()

function treeOf(file: ModuleFile): SyntaxTree | null {
  const known = trees.get(file)
  if (known !== undefined) return known
  const source = decodeSource(file.bytes)
  const parsed = source.kind === 'text' ? parsePython(source.text) : null
  const tree = parsed?.kind === 'tree' ? parsed.tree : null
  trees.set(file, tree)
  return tree
}

/** Interprets a module independently of the importing file. */
function followFile(file: ModuleFile, name: string, run: Run): Scope | null {
  const tree = treeOf(file)
  if (tree === null || run.nesting >= maxNesting) return null
  const { file: importing, under, depth, silent, raised, budget } = run
  const available = run.nesting > 0 ? budget : run.moduleBudget
  if (available <= 0) return null
  const callees = run.callees.splice(0)
  const managers = run.managers.splice(0)
  run.file = { tree, path: file.path, module: { name, isPackage: file.isPackage } }
  run.under = null
  run.depth = 0
  // Don't attribute an import's database effects to the importing file.
  run.silent = true
  run.raised = null
  run.budget = available
  run.nesting += 1
  let scope: Scope | null = null
  try {
    scope = followModule(tree.body, run)
    if (run.raised !== null) scope = null
    else forgetChanging(tree, scope)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    scope = null
  } finally {
    run.file = importing
    run.under = under
    run.depth = depth
    run.silent = silent
    run.raised = raised
    run.nesting -= 1
    const left = Math.max(0, run.budget)
    run.moduleBudget = left
    run.budget = run.nesting > 0 ? left : budget
    run.callees.splice(0, run.callees.length, ...callees)
    run.managers.splice(0, run.managers.length, ...managers)
  }
  return scope
}

const mutators =
  /^(?:append|extend|insert|add|update|setdefault|pop|popitem|remove|discard|clear|sort|reverse)$/

/**
 * Forgets the values of names that the module's functions change. Marks empty lists and dictionaries as `spoiled`,
 * because they are probably filled later.
 */
function forgetChanging(tree: SyntaxTree, scope: Scope): void {
  for (const { name, node } of changedIn(tree)) forgetName(scope, name, node)
  for (const term of scope.names.values()) {
    if (term.kind === 'dict' && term.entries.size === 0) term.spoiled = true
    if (term.kind === 'items' && term.items.length === 0 && term.type !== 'tuple') term.spoiled = true
  }
}

interface Change {
  readonly name: string
  readonly node: SyntaxNode
}

const changes = new WeakMap<SyntaxTree, readonly Change[]>()

/** Returns the module-level names that the file's functions change. */
function changedIn(tree: SyntaxTree): readonly Change[] {
  const known = changes.get(tree)
  if (known !== undefined) return known
  const found: Change[] = []
  const pending: { node: SyntaxNode; inside: boolean }[] = tree.body.map((node) => ({ node, inside: false }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, inside } = next
    if (inside) found.push(...changedBy(node).map((name) => ({ name, node })))
    const isFunction = node.nodeType === 'FunctionDef' || node.nodeType === 'AsyncFunctionDef'
    for (const child of childNodes(node)) pending.push({ node: child, inside: inside || isFunction })
  }
  changes.set(tree, found)
  return found
}

function forgetName(scope: Scope, name: string, node: SyntaxNode): void {
  const held = scope.names.get(name)
  if (held === undefined || held.kind === 'function' || held.kind === 'class') return
  if (held.kind === 'items' || held.kind === 'dict') held.spoiled = true
  bind(scope, name, foreignBecause('a function in its module may rebind it'), node)
}

function changedBy(node: SyntaxNode): readonly string[] {
  switch (node.nodeType) {
    case 'Global':
      return node.names
    case 'Subscript':
      return node.value.nodeType === 'Name' && node.ctx.nodeType !== 'Load' ? [node.value.id] : []
    case 'Call': {
      const { func } = node
      if (func.nodeType !== 'Attribute' || func.value.nodeType !== 'Name') return []
      return mutators.test(func.attr) ? [func.value.id] : []
    }
    default:
      return []
  }
}

/** Handles `module.name = value`, which makes the attribute unknown. */
export function forgetMember(owner: Imported, name: string, node: SyntaxNode, run: Run): void {
  const { path, module } = owner
  if (module === undefined) return
  const scope = path === module ? scopeOf(module, run) : scopeOf(path, run)
  if (scope !== null) bind(scope, name, foreignBecause('another file rebinds it'), node)
}
