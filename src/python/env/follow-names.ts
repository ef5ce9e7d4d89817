/**
 * Follows names through the repository's modules to the objects they refer to. Runs no code and evaluates no
 * conditions: a name that may refer to several objects has several values. Whatever can't be followed is unknown.
 */
import { decodeSource } from '../source/decode-source.ts'
import type { ModuleFile, ModuleSource } from '../interpreter/run.ts'
import { type Expression, type NodeOf, type SyntaxNode, parsePython } from '../syntax/syntax-tree.ts'
import type { ClassValue, Follow, Followed, Place, Scope, SourceModule } from './followed-values.ts'
import {
  callOfLibrary,
  isPlainFlaskClass,
  metadataOfDecorator,
  metadataOfLibraryClass,
} from './metadata-model.ts'
import { type Binding, everyNode, namesIn } from './module-names.ts'

/** An expression and its scope. */
type Definition = { readonly node: Expression; readonly scope: Scope }

/** Limits for following names: nesting depth, total number of steps, and number of values per expression. */
const maxDepth = 120
const maxSteps = 20_000
const maxValues = 12

/** Parses a source file. Returns null if the file isn't valid Python. */
export function sourceModule(
  bytes: Uint8Array,
  path: string,
  name: string | null,
  isPackage: boolean,
): SourceModule | null {
  const source = decodeSource(bytes)
  const parsed = source.kind === 'text' ? parsePython(source.text) : null
  if (parsed?.kind !== 'tree') return null
  const { tree } = parsed
  return { path, name, isPackage, tree, names: namesIn(tree.body, tree) }
}

/** Returns the scope of a module's own statements. */
export function moduleScope(module: SourceModule): Scope {
  return { module, inner: [], given: new Map() }
}

/** Follows names to their values. Remembers the modules that it has already read. */
export class Follower implements Follow {
  private readonly files = new Map<ModuleFile, SourceModule | null>()
  private readonly byPath = new Map<string, SourceModule>()
  private readonly source: ModuleSource
  private readonly migrates: () => readonly Followed[]
  private depth = 0
  private steps = 0

  /** `migrates` returns the databases (`db`) that the application passes to Flask-Migrate. */
  constructor(source: ModuleSource, migrates: () => readonly Followed[]) {
    this.source = source
    this.migrates = migrates
  }

  /**
   * Registers the module under its path. If a module is already registered there, returns that one instead. Objects are
   * identified by syntax node, so each file must be parsed only once.
   */
  add(module: SourceModule): SourceModule {
    const known = this.byPath.get(module.path)
    if (known) return known
    this.byPath.set(module.path, module)
    return module
  }

  /** Returns the module that was read from this path; null if no module was. */
  loaded(path: string): SourceModule | null {
    return this.byPath.get(path) ?? null
  }

  /**
   * Returns the only expression that a name or an attribute is bound to, with its scope; null if there isn't exactly
   * one such expression.
   */
  definition(node: Expression, scope: Scope, left = 10): Definition | null {
    if (node.nodeType === 'Name') {
      const found = this.lookUp(node, scope)
      return found && this.definitionIn(found.bindings, found.scope, left)
    }
    const [owner, ...others] = node.nodeType === 'Attribute' ? this.value(node.value, scope) : []
    if (node.nodeType !== 'Attribute' || others.length > 0) return null
    if (owner?.kind === 'module') return this.definitionOfMember(owner.module, node.attr, left)
    if (owner?.kind !== 'class') return null
    const own = namesIn(owner.node.body, owner.scope.module.tree)
    const inside = { ...owner.scope, inner: [own, ...owner.scope.inner] }
    return this.definitionIn(possibleIn(own.bound.get(node.attr) ?? [], Infinity), inside, left)
  }

  private definitionOfMember(module: SourceModule, name: string, left: number): Definition | null {
    return this.definitionIn(
      possibleIn(module.names.bound.get(name) ?? [], Infinity),
      moduleScope(module),
      left,
    )
  }

  private definitionIn([only, ...others]: readonly Binding[], scope: Scope, left: number): Definition | null {
    if (only === undefined || others.length > 0 || left === 0) return null
    if (only.kind === 'value') return { node: only.node, scope }
    const from = only.kind === 'import' ? this.module(only.level, only.module, scope.module) : null
    return from === null || typeof from === 'string' || only.kind !== 'import' || only.name === null
      ? null
      : this.definitionOfMember(from, only.name, left - 1)
  }

  unknown(node: SyntaxNode, { module }: Scope): Followed {
    return { kind: 'unknown', at: { path: module.path, node } }
  }

  value(node: Expression, scope: Scope): readonly Followed[] {
    const otherwise = [this.unknown(node, scope)]
    const distinct = distinctValues(this.nested(() => this.evaluate(node, scope), otherwise))
    return distinct.length === 0 || distinct.length > maxValues ? otherwise : distinct
  }

  /** Takes one more step, or returns `otherwise` at a limit: modules may import a name from each other in a circle. */
  private nested<T>(step: () => T, otherwise: T): T {
    this.steps += 1
    if (this.depth > maxDepth || this.steps > maxSteps) return otherwise
    this.depth += 1
    const found = step()
    this.depth -= 1
    return found
  }

  private evaluate(node: Expression, scope: Scope): readonly Followed[] {
    switch (node.nodeType) {
      case 'Constant':
        return [{ kind: node.value === null ? 'none' : 'plain' }]
      case 'List':
      case 'Tuple':
      case 'Dict':
      case 'Set':
      case 'ListComp':
      case 'DictComp':
      case 'SetComp':
      case 'GeneratorExp':
      case 'JoinedStr':
        return [{ kind: 'plain' }]
      case 'IfExp':
        return [...this.value(node.body, scope), ...this.value(node.orelse, scope)]
      case 'BoolOp':
        return node.values.flatMap((one) => this.value(one, scope))
      case 'Name':
        return this.name(node, scope)
      case 'Attribute':
        return this.attributes(this.value(node.value, scope), node.attr, { path: scope.module.path, node })
      case 'Subscript':
        return this.subscript(node, scope)
      case 'Call':
        return this.value(node.func, scope).flatMap((one) => this.called(one, node, scope))
      default:
        return [this.unknown(node, scope)]
    }
  }

  private name(node: NodeOf<'Name'>, scope: Scope): readonly Followed[] {
    const given = scope.given.get(node.id) ?? []
    const found = this.lookUp(node, scope)
    const isLocal = found !== null && found.scope.inner.length === scope.inner.length
    if (given.length > 0 && !isLocal) return given
    if (found) return [...given, ...this.bindings(found.bindings, found.scope, node)]
    return this.starred(scope.module, node.id, node) ?? [this.unknown(node, scope)]
  }

  /**
   * Returns the possible bindings of a name at the place where it is used, and the scope of these bindings. Returns
   * null if the name isn't bound.
   */
  private lookUp(node: NodeOf<'Name'>, scope: Scope): { bindings: readonly Binding[]; scope: Scope } | null {
    const { module, inner } = scope
    const at = module.tree.rangeOf(node).start
    // Code in a function is assumed to run after the enclosing scopes have bound their names.
    const depth = inner.findIndex(({ bound }) => bound.has(node.id))
    const isOwn = depth === 0 || (depth === -1 && inner.length === 0)
    const names = inner[depth] ?? module.names
    const bindings = names.bound.get(node.id)
    if (!bindings) return null
    const around = depth === -1 ? moduleScope(module) : { ...scope, inner: inner.slice(depth) }
    const others = bindings.filter(
      (one) => one.kind !== 'value' || !includes(module.tree.rangeOf(one.node), at),
    )
    return { bindings: possibleIn(others, isOwn ? at : Infinity), scope: around }
  }

  private bindings(possible: readonly Binding[], scope: Scope, node: SyntaxNode): readonly Followed[] {
    return possible.length === 0
      ? [this.unknown(node, scope)]
      : possible.flatMap((one) => this.binding(one, scope, node))
  }

  private binding(binding: Binding, scope: Scope, node: SyntaxNode): readonly Followed[] {
    switch (binding.kind) {
      case 'value':
        return this.value(binding.node, scope)
      case 'class':
      case 'function':
        return [{ ...binding, scope }]
      case 'import':
        return this.imported(binding, scope, node)
      default:
        return [this.unknown(binding.node, scope)]
    }
  }

  private imported(
    { level, module, name }: Extract<Binding, { kind: 'import' }>,
    scope: Scope,
    node: SyntaxNode,
  ): readonly Followed[] {
    const found = this.module(level, module, scope.module)
    const missing = [this.unknown(node, scope)]
    if (found === null) return missing
    const holder: Followed =
      typeof found === 'string' ? { kind: 'library', path: found } : { kind: 'module', module: found }
    if (name === null) return [holder]
    return this.attribute(holder, name, { path: scope.module.path, node }) ?? missing
  }

  /**
   * Returns a module of the repository, or the name of an installed module; null if the module can't be found or
   * parsed.
   */
  private module(level: number, module: string, from: SourceModule): SourceModule | string | null {
    const name = level === 0 ? module : absoluteName(level, module, from)
    if (name === null) return null
    const file = this.source.find(name)
    if (file === null) return this.source.isElsewhere(name) ? name : null
    return this.load(file, name)
  }

  /** Returns the module at this path, named as other modules import it. Returns null if the file isn't valid Python. */
  at(path: string, bytes: Uint8Array): SourceModule | null {
    const known = this.byPath.get(path)
    if (known) return known
    const isPackage = path.endsWith('/__init__.py')
    const parts = path.replace(/(?:\/__init__)?\.py$/, '').split('/')
    const names = parts.map((_, index) => parts.slice(index).join('.'))
    const name = names.find((one) => this.source.find(one)?.path === path) ?? null
    const module = sourceModule(bytes, path, name, isPackage)
    return module && this.add(module)
  }

  private load(file: ModuleFile, name: string): SourceModule | null {
    const known = this.files.get(file)
    if (known !== undefined) return known
    // All namespace packages share one file with an empty path, so use the dotted name instead.
    const path = file.path === '' ? name : file.path
    const made = this.byPath.get(path) ?? sourceModule(file.bytes, path, name, file.isPackage)
    if (file.path !== '') this.files.set(file, made)
    return made && this.add(made)
  }

  /** Returns the values that a name may get from `from … import *`; null if no known module defines the name. */
  private starred(module: SourceModule, name: string, node: SyntaxNode): readonly Followed[] | null {
    for (const { level, module: from } of module.names.stars.toReversed()) {
      const found = this.module(level, from, module)
      if (found === null || typeof found === 'string') return null
      const bindings = found.names.bound.get(name)
      const values = bindings
        ? this.bindings(possibleIn(bindings, Infinity), moduleScope(found), node)
        : this.nested(() => this.starred(found, name, node), [this.unknown(node, moduleScope(found))])
      if (values) return values
    }
    return null
  }

  /**
   * Returns the values that an attribute has on any of the objects. Skips None, because accessing an attribute of None
   * raises an exception.
   */
  attributes(owners: readonly Followed[], name: string, at: Place): readonly Followed[] {
    return owners.flatMap((one) => {
      if (one.kind === 'none') return []
      return this.attribute(one, name, at) ?? [{ kind: 'unknown' as const, at }]
    })
  }

  attribute(of: Followed, name: string, at: Place): readonly Followed[] | null {
    return this.nested(() => this.attributeOf(of, name, at), [{ kind: 'unknown', at }])
  }

  private attributeOf(of: Followed, name: string, at: Place): readonly Followed[] | null {
    switch (of.kind) {
      case 'library':
        return name === 'metadata'
          ? (metadataOfLibraryClass(of.path, null, this) ?? null)
          : [{ kind: 'library', path: `${of.path}.${name}` }]
      case 'module':
        return this.member(of.module, name, at)
      case 'class':
        return this.ofClass(of, name, at)
      case 'instance':
        return this.ofInstance(of.of, name, at)
      case 'base':
        if (name === 'registry') return [{ kind: 'registry', metadata: of.metadata }]
        return name === 'metadata' ? of.metadata : null
      case 'registry':
        return name === 'metadata' ? of.metadata : null
      case 'flask':
        if (name === 'metadatas') return [{ kind: 'metadatas', metadata: of.metadata }]
        if (name === 'Model') return [{ kind: 'base', metadata: of.metadata }]
        return name === 'metadata' ? of.metadata : null
      case 'migrate':
        return name === 'db' ? of.db : null
      default:
        return null
    }
  }

  private member(module: SourceModule, name: string, at: Place): readonly Followed[] | null {
    const bindings = module.names.bound.get(name)
    if (bindings) return this.bindings(possibleIn(bindings, Infinity), moduleScope(module), at.node)
    const starred = this.starred(module, name, at.node)
    if (starred || module.name === null) return starred
    const path = `${module.name}.${name}`
    const file = this.source.find(path)
    const found = file && this.load(file, path)
    return found && [{ kind: 'module', module: found }]
  }

  private ofClass(cls: ClassValue, name: string, at: Place): readonly Followed[] | null {
    const { node, scope } = cls
    for (const decorator of name === 'metadata' ? node.decorator_list : []) {
      const found = metadataOfDecorator(decorator, scope, this)
      if (found === undefined) return [this.unknown(decorator, scope)]
      if (found !== null) return found
    }
    const own = namesIn(node.body, scope.module.tree)
    const bindings = own.bound.get(name)
    if (bindings)
      return this.bindings(possibleIn(bindings, Infinity), { ...scope, inner: [own, ...scope.inner] }, node)
    for (const base of node.bases) {
      const found = this.ofBase(base, cls, name, at)
      if (found !== null) return found
    }
    // A metaclass could define the attribute.
    const meta = node.keywords.find(({ arg }) => arg === 'metaclass')
    return meta && !/^(?:\w+\.)*(?:ABCMeta|DeclarativeMeta)$/.test(scope.module.tree.sourceOf(meta.value))
      ? [this.unknown(meta.value, scope)]
      : null
  }

  /**
   * Returns the values of an attribute that a class inherits from one of its bases; null if the base doesn't have the
   * attribute.
   */
  private ofBase(base: Expression, cls: ClassValue, name: string, at: Place): readonly Followed[] | null {
    const plain = base.nodeType === 'Subscript' ? base.value : base
    const found = this.value(plain, cls.scope).map((one): readonly Followed[] | null => {
      if (one.kind === 'library') {
        if (name === 'registry') return null
        const known = name === 'metadata' ? metadataOfLibraryClass(one.path, cls, this) : undefined
        return known === undefined ? [this.unknown(base, cls.scope)] : known
      }
      if (one.kind === 'unknown')
        return /^(?:object|Exception|Generic|Protocol|ABC)$/.test(cls.scope.module.tree.sourceOf(plain))
          ? null
          : [one]
      return one.kind === 'class' || one.kind === 'base'
        ? this.attribute(one, name, at)
        : [this.unknown(base, cls.scope)]
    })
    if (found.every((one) => one === null)) return null
    return found.flatMap((one) => one ?? [this.unknown(base, cls.scope)])
  }

  /**
   * Returns the values that methods assign to `self.name`. If there are none, returns the values of the class's
   * attribute.
   */
  private ofInstance(cls: ClassValue, name: string, at: Place): readonly Followed[] | null {
    const { node, scope } = cls
    const assigned = node.body.flatMap((method) => {
      if (method.nodeType !== 'FunctionDef') return []
      const inside = {
        ...scope,
        inner: [namesIn(method.body, scope.module.tree), ...scope.inner],
        given: this.parameters(method, scope),
      }
      return everyNode(method.body).flatMap((one) => {
        if (one.nodeType !== 'Assign') return []
        const isOwn = one.targets.some(
          (target) =>
            target.nodeType === 'Attribute' &&
            target.attr === name &&
            target.value.nodeType === 'Name' &&
            target.value.id === 'self',
        )
        return isOwn ? this.value(one.value, inside) : []
      })
    })
    if (assigned.length > 0) return assigned
    const found = this.ofClass(cls, name, at)
    return found?.flatMap((one) => (one.kind === 'function' ? this.property(one, at) : [one])) ?? null
  }

  /** Returns the values of a property; unknown if the function isn't a property. */
  private property(one: Extract<Followed, { kind: 'function' }>, at: Place): readonly Followed[] {
    const [decorator, ...others] = one.node.decorator_list
    const isProperty =
      decorator &&
      others.length === 0 &&
      /^(?:functools\.)?(?:cached_)?property$/.test(one.scope.module.tree.sourceOf(decorator))
    return isProperty ? this.returned(one, new Map()) : [{ kind: 'unknown', at }]
  }

  private parameters(
    { args }: Extract<Followed, { kind: 'function' }>['node'],
    scope: Scope,
  ): Map<string, readonly Followed[]> {
    const all = [
      ...args.posonlyargs,
      ...args.args,
      ...args.kwonlyargs,
      ...[args.vararg, args.kwarg].filter((one) => one != null),
    ]
    return new Map(all.map((one) => [one.arg, [this.unknown(one, scope)]]))
  }

  private subscript(node: NodeOf<'Subscript'>, scope: Scope): readonly Followed[] {
    const key = node.slice.nodeType === 'Constant' ? node.slice.value : undefined
    if (key === 'migrate' && node.value.nodeType === 'Attribute' && node.value.attr === 'extensions') {
      const db = this.migrates()
      return db.length === 0 ? [this.unknown(node, scope)] : [{ kind: 'migrate', db }]
    }
    // Flask-SQLAlchemy copies the naming convention of the default metadata to the metadata of all other binds.
    return this.value(node.value, scope).flatMap((one) =>
      one.kind === 'metadatas' ? one.metadata : [this.unknown(node, scope)],
    )
  }

  private called(called: Followed, call: NodeOf<'Call'>, scope: Scope): readonly Followed[] {
    const unknown = [this.unknown(call, scope)]
    if (called.kind === 'library')
      return callOfLibrary(called.path, call, scope, this) ?? this.method(call, scope) ?? unknown
    if (called.kind === 'class') {
      const bases = called.node.bases.map((base) => this.value(base, called.scope))
      if (isPlainFlaskClass(called, bases))
        return callOfLibrary('flask_sqlalchemy.SQLAlchemy', call, scope, this) ?? unknown
      return bases.flat().every(({ kind }) => kind === 'class' || kind === 'unknown')
        ? [{ kind: 'instance', of: called }]
        : unknown
    }
    if (called.kind !== 'function' || called.node.nodeType !== 'FunctionDef')
      return this.method(call, scope) ?? unknown
    const { args } = called.node
    const given = this.parameters(called.node, called.scope)
    const names = [...args.posonlyargs, ...args.args].map(({ arg }) => arg)
    for (const [index, arg] of call.args.entries()) {
      const name = names[index]
      if (name !== undefined && arg.nodeType !== 'Starred') given.set(name, this.value(arg, scope))
    }
    for (const { arg, value } of call.keywords)
      if (arg != null && given.has(arg)) given.set(arg, this.value(value, scope))
    const isPlain = called.node.decorator_list.every((one) =>
      /^(?:functools\.)?(?:lru_)?cache\b/.test(called.scope.module.tree.sourceOf(one)),
    )
    return isPlain ? this.returned(called, given) : unknown
  }

  /** Models `registry.generate_base()`. */
  private method({ func }: NodeOf<'Call'>, scope: Scope): readonly Followed[] | null {
    if (func.nodeType !== 'Attribute' || func.attr !== 'generate_base') return null
    const owners = this.value(func.value, scope)
    if (!owners.every(({ kind }) => kind === 'registry')) return null
    return owners.map((one) => ({ kind: 'base', metadata: one.kind === 'registry' ? one.metadata : [] }))
  }

  private returned(
    { node, scope }: Extract<Followed, { kind: 'function' }>,
    given: ReadonlyMap<string, readonly Followed[]>,
  ): readonly Followed[] {
    const { tree } = scope.module
    const inside = { ...scope, inner: [namesIn(node.body, tree), ...scope.inner], given }
    const own = everyNode(node.body)
    if (own.some(({ nodeType }) => nodeType.startsWith('Yield'))) return [this.unknown(node, scope)]
    const returns = own.flatMap((one) => (one.nodeType === 'Return' ? [one] : []))
    return returns.flatMap((one) => (one.value ? this.value(one.value, inside) : [{ kind: 'none' as const }]))
  }
}

function includes({ start, end }: { readonly start: number; readonly end: number }, at: number): boolean {
  return start <= at && at < end
}

/**
 * Returns the bindings that may be in effect at the position `before`: the last certain binding before that position,
 * and all uncertain ones after it.
 */
function possibleIn(all: readonly Binding[], before: number): readonly Binding[] {
  const earlier = all.filter(({ at }) => at < before)
  return earlier.slice(
    Math.max(
      earlier.findLastIndex(({ certain }) => certain),
      0,
    ),
  )
}

function absoluteName(level: number, module: string, { name, isPackage }: SourceModule): string | null {
  if (name === null) return null
  const parts = name.split('.')
  const around = parts.slice(0, parts.length - level + (isPackage ? 1 : 0))
  return around.length === 0 ? null : [...around, ...(module === '' ? [] : [module])].join('.')
}

function distinctValues(all: readonly Followed[]): readonly Followed[] {
  return all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index)
}

function isSame(one: Followed, other: Followed): boolean {
  if (one.kind !== other.kind) return false
  if (one.kind === 'metadata') return other.kind === 'metadata' && one.made === other.made
  if (one.kind === 'library') return other.kind === 'library' && one.path === other.path
  if (one.kind === 'class') return other.kind === 'class' && one.node === other.node
  if (one.kind === 'none' || one.kind === 'plain') return true
  return one === other
}
