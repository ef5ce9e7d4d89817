/** Follows names through the repository's modules. A name may have several values. */
import type { ModuleSource } from '../../interpreter/run.ts'
import type { Expression, NodeOf, SyntaxNode } from '../../syntax/syntax-tree.ts'
import { attributeOfClass, attributeOfInstance } from './class-attributes.ts'
import type { Follow, Followed, FunctionValue, Place, Scope, SourceModule } from './followed-values.ts'
import { callOfLibrary, isPlainFlaskClass, metadataOfLibraryClass } from './metadata-model.ts'
import { type Binding, type FunctionNode, everyNode, namesIn, possibleIn } from './module-names.ts'
import { SourceModules, moduleScope } from './source-modules.ts'

type Definition = { readonly node: Expression; readonly scope: Scope }

/** Maximum nesting depth, total number of steps, and number of values per expression. */
const maxDepth = 120
const maxSteps = 20_000
const maxValues = 12

/** Follows names to their values. */
export class Follower implements Follow {
  readonly modules: SourceModules
  private readonly migrates: () => readonly Followed[]
  private depth = 0
  private steps = 0

  /** `migrates` returns the databases that the application passes to Flask-Migrate. */
  constructor(source: ModuleSource, migrates: () => readonly Followed[]) {
    this.modules = new SourceModules(source)
    this.migrates = migrates
  }

  /** Returns the only expression that a name or attribute is bound to; null unless there's exactly one. */
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
    const from = only.kind === 'import' ? this.modules.imported(only.level, only.module, scope.module) : null
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

  /** Runs `step`, or returns `otherwise` if a limit is reached. Guards against circular imports. */
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

  /** Returns the possible bindings of a name at the place where it's used; null if it isn't bound. */
  private lookUp(node: NodeOf<'Name'>, scope: Scope): { bindings: readonly Binding[]; scope: Scope } | null {
    const { module, inner } = scope
    const at = module.tree.rangeOf(node).start
    // By the time a function runs, the enclosing scopes have bound their names.
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

  bindings(possible: readonly Binding[], scope: Scope, node: SyntaxNode): readonly Followed[] {
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
    const found = this.modules.imported(level, module, scope.module)
    const missing = [this.unknown(node, scope)]
    if (found === null) return missing
    const holder: Followed =
      typeof found === 'string' ? { kind: 'library', path: found } : { kind: 'module', module: found }
    if (name === null) return [holder]
    return this.attribute(holder, name, { path: scope.module.path, node }) ?? missing
  }

  /** Values from `from … import *`; null if no known module defines the name. */
  private starred(module: SourceModule, name: string, node: SyntaxNode): readonly Followed[] | null {
    for (const { level, module: from } of module.names.stars.toReversed()) {
      const found = this.modules.imported(level, from, module)
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
   * Returns the values of an attribute on any of these objects. Skips Python's `None`, which has no such attributes.
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
        return attributeOfClass(this, of, name, at)
      case 'instance':
        return attributeOfInstance(this, of.of, name, at)
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
    if (starred) return starred
    const found = this.modules.submodule(module, name)
    return found && [{ kind: 'module', module: found }]
  }

  parameters({ args }: FunctionNode, scope: Scope): Map<string, readonly Followed[]> {
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
    // Flask-SQLAlchemy copies the default metadata's naming convention to all binds.
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

  returned(
    { node, scope }: FunctionValue,
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
