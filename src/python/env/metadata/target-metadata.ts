/**
 * Determines the naming convention of `target_metadata`, which Alembic uses to name constraints and indexes
 * (`SchemaObjects.metadata` in alembic/operations/schemaobj.py). Follows the arguments of `MetaData`. The caller must
 * search all code for assignments to `naming_convention`.
 */
import { type NamingConvention, defaultConvention } from '../../../core/names/naming-convention.ts'
import type { Span } from '../../../core/history/migration-module.ts'
import type { ModuleSource } from '../../interpreter/run.ts'
import { shortened } from '../../source/excerpt.ts'
import type { Expression, NodeOf, SyntaxNode } from '../../syntax/syntax-tree.ts'
import { childNodes } from '../../syntax/syntax-tree.ts'
import { type Definition, readConvention } from './convention-literal.ts'
import { Follower } from './follow-names.ts'
import { moduleScope, sourceModule } from './source-modules.ts'
import type { Followed, MetadataValue, Scope, SourceModule } from './followed-values.ts'
import { namesIn } from './module-names.ts'

/** A file in the repository. */
export interface CodeFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Access to code that may affect the metadata. */
export interface ProjectCode {
  readonly modules: ModuleSource
  /** Files that mention a `naming_convention` attribute; null if some files couldn't be searched. */
  assigning(): readonly CodeFile[] | null
  /** Files that use Flask-Migrate; null if some files couldn't be searched. */
  migrating(): readonly CodeFile[] | null
}

/** The naming convention, or why it's unknown. `span` is a range in env.py. */
export type MetadataNaming =
  | { readonly kind: 'known'; readonly convention: NamingConvention }
  | { readonly kind: 'unknown'; readonly what: string; readonly span: Span }

/** Returns the naming convention that applies to names in migrations. `bytes` is the content of env.py. */
export function readMetadataNaming(bytes: Uint8Array, path: string, code: ProjectCode): MetadataNaming {
  const env = sourceModule(bytes, path, null, false)
  const start: Span = { path, line: 1, column: 1 }
  if (env === null) return { kind: 'unknown', what: "can't be read as Python", span: start }
  return new Reader(env, code).read()
}

/** Every `context.configure` call passes at least one of these arguments. */
const ofConfigure = new Set(['connection', 'url', 'dialect_name', 'target_metadata'])

/** Functions that can bind any name. */
const bindsAnything = new Set(['exec', 'eval', 'globals', 'locals', 'vars'])

class Reader {
  private readonly env: SourceModule
  private readonly code: ProjectCode
  private readonly follower: Follower

  constructor(env: SourceModule, code: ProjectCode) {
    this.code = code
    this.follower = new Follower(code.modules, () => this.migrateDatabases())
    this.env = this.follower.modules.add(env)
  }

  read(): MetadataNaming {
    const calls = callsIn(this.env).filter((call) => this.configures(call))
    if (calls.length === 0)
      return this.unknown(this.env.tree.body[0] ?? null, "doesn't call context.configure itself")
    const hiding = calls.find(({ node }) => mayHideMetadata(node))
    if (hiding)
      return this.unknown(
        hiding.node,
        'unpacks arguments into context.configure that may include target_metadata',
      )
    const acting = nodesIn(this.env).find(
      ({ node }) => node.nodeType === 'Name' && bindsAnything.has(node.id),
    )
    if (acting)
      return this.unknown(acting.node, `uses ${this.sourceOf(acting.node)}, which may bind any name`)
    const passed = calls.flatMap(({ node, scope }) =>
      node.keywords.flatMap(({ arg, value }) => (arg === 'target_metadata' ? [{ node: value, scope }] : [])),
    )
    let known: NamingConvention | null = null
    for (const one of passed) {
      for (const value of this.follower.value(one.node, one.scope)) {
        const convention = this.conventionOf(value)
        if (typeof convention === 'string')
          return this.unknown(one.node, `passes ${this.sourceOf(one.node)}, ${convention}`)
        if (known !== null && !isSame(known, convention))
          return this.unknown(
            one.node,
            `passes ${this.sourceOf(one.node)}, which has more than one naming convention`,
          )
        known = convention
      }
    }
    return { kind: 'known', convention: known ?? defaultConvention }
  }

  /**
   * Whether this may be a call to `context.configure`. If `context` can't be followed, the call's arguments decide.
   */
  private configures({ node: { func, keywords }, scope }: CallInScope): boolean {
    const name = func.nodeType === 'Attribute' ? func.attr : func.nodeType === 'Name' ? func.id : ''
    if (name !== 'configure') return false
    const called = this.follower.value(func, scope)
    if (called.every((one) => one.kind === 'library' && one.path.startsWith('alembic.'))) return true
    const isOther = called.every((one) => one.kind !== 'unknown')
    return !isOther && keywords.some(({ arg }) => arg == null || ofConfigure.has(arg))
  }

  private sourceOf(node: SyntaxNode): string {
    return shortened(this.env.tree.sourceOf(node))
  }

  private unknown(node: SyntaxNode | null, what: string): MetadataNaming {
    const at = node ? this.env.tree.positionOf(node) : { line: 1, column: 1 }
    return { kind: 'unknown', what, span: { path: this.env.path, ...at } }
  }

  /** Returns the naming convention of a `target_metadata` value, or the reason why it's unknown. */
  private conventionOf(value: Followed): NamingConvention | string {
    switch (value.kind) {
      case 'none':
      case 'plain':
        return defaultConvention
      case 'metadata':
        return this.conventionOfMetadata(value)
      case 'unknown': {
        const { path, node } = value.at
        const module = this.follower.modules.loaded(path)
        const where = module ? `${path}:${module.tree.positionOf(node).line}` : path
        return `which the guard can't follow beyond ${where}`
      }
      case 'library':
        return `which is created by ${value.path}, outside the repository`
      default:
        return "which isn't a MetaData"
    }
  }

  private conventionOfMetadata(metadata: MetadataValue): NamingConvention | string {
    const assigned = this.assignedTo(metadata)
    if (typeof assigned === 'string') return assigned
    const given = assigned ?? metadata.convention
    if (given === null) return defaultConvention
    const read = readConvention(given.node, given.scope, this.definitionOf)
    const { path, tree } = given.scope.module
    if (read === null)
      return `whose naming convention (${path}:${tree.positionOf(given.node).line}) is only known at run time`
    return read.size === 0 ? defaultConvention : read
  }

  /**
   * The expression assigned to `metadata.naming_convention`; null if nothing is assigned. A string explains why it's
   * unknown.
   */
  private assignedTo(
    metadata: MetadataValue,
  ): { readonly node: Expression; readonly scope: Scope } | null | string {
    const files = this.code.assigning()
    if (files === null)
      return 'whose naming_convention may be set by other code: there is too much code to search'
    let found: { node: Expression; scope: Scope } | null = null
    for (const { path, bytes } of files) {
      const module = this.follower.modules.at(path, bytes)
      if (module === null) return `whose naming_convention may be set by ${path}`
      for (const { owner, value, scope } of assignmentsIn(module)) {
        const owners = this.follower.value(owner, scope)
        const isOther = owners.every(
          (one) => one.kind !== 'unknown' && (one.kind !== 'metadata' || one.made !== metadata.made),
        )
        if (isOther) continue
        // Other files might not be imported before the migrations run.
        const isRun = path === metadata.path || path === this.env.path
        if (owners.length > 1 || value === null || scope.inner.length > 0 || !isRun || found !== null) {
          const { line } = module.tree.positionOf(owner)
          return `whose naming_convention may be set by ${path}:${line}`
        }
        found = { node: value, scope }
      }
    }
    return found
  }

  private readonly definitionOf: Definition = (node, scope) => this.follower.definition(node, scope)

  /** The databases that the application passes to Flask-Migrate. */
  private migrateDatabases(): readonly Followed[] {
    return (this.code.migrating() ?? []).flatMap(({ path, bytes }) => {
      const module = this.follower.modules.at(path, bytes)
      return module === null
        ? []
        : callsIn(module).flatMap(({ node, scope }) => this.migrateDatabase(node, scope))
    })
  }

  private migrateDatabase(call: NodeOf<'Call'>, scope: Scope): readonly Followed[] {
    const { func, args, keywords } = call
    const db = args[1] ?? keywords.find(({ arg }) => arg === 'db')?.value
    if (!db) return []
    const isInit = func.nodeType === 'Attribute' && func.attr === 'init_app'
    if (!isInit && !scope.module.tree.sourceOf(func).endsWith('Migrate')) return []
    const owners = this.follower.value(isInit ? func.value : call, scope)
    return owners.some(({ kind }) => kind === 'migrate') ? this.follower.value(db, scope) : []
  }
}

function isSame(one: NamingConvention, other: NamingConvention): boolean {
  return (
    one.size === other.size && [...one].every(([key, value]) => value !== null && other.get(key) === value)
  )
}

/** Whether `target_metadata` may be a positional or unpacked argument. */
function mayHideMetadata({ args, keywords }: NodeOf<'Call'>): boolean {
  if (keywords.some(({ arg }) => arg === 'target_metadata')) return false
  const isPositional =
    args.length >= positionOfMetadata || args.some(({ nodeType }) => nodeType === 'Starred')
  return isPositional || keywords.some(({ arg }) => arg == null)
}

/**
 * Position of the `target_metadata` argument in calls to `EnvironmentContext.configure`
 * (alembic/runtime/environment.py).
 */
const positionOfMetadata = 12

interface CallInScope {
  readonly node: NodeOf<'Call'>
  readonly scope: Scope
}

function callsIn(module: SourceModule): readonly CallInScope[] {
  return nodesIn(module).flatMap(({ node, scope }) => (node.nodeType === 'Call' ? [{ node, scope }] : []))
}

/** Code that may set a `naming_convention`; `value` is null if the new value is unclear. */
function assignmentsIn(
  module: SourceModule,
): readonly { readonly owner: Expression; readonly value: Expression | null; readonly scope: Scope }[] {
  return nodesIn(module).flatMap(({ node, scope, certain }) => {
    const isConvention = (one: SyntaxNode): one is NodeOf<'Attribute'> =>
      one.nodeType === 'Attribute' && one.attr === 'naming_convention'
    if (node.nodeType === 'Assign')
      return node.targets.flatMap((one) =>
        isConvention(one) ? [{ owner: one.value, value: certain ? node.value : null, scope }] : [],
      )
    // Code may also modify the dictionary itself.
    const changed =
      node.nodeType === 'Subscript' || (node.nodeType === 'Attribute' && node.attr !== 'get')
        ? node.value
        : null
    if (changed && isConvention(changed)) return [{ owner: changed.value, value: null, scope }]
    const [owner, name] =
      node.nodeType === 'Call' && module.tree.sourceOf(node.func) === 'setattr' ? node.args : []
    return owner && name?.nodeType === 'Constant' && name.value === 'naming_convention'
      ? [{ owner, value: null, scope }]
      : []
  })
}

/** Returns all nodes in a module with their scopes. `certain` is false inside conditions, loops and functions. */
function nodesIn(
  module: SourceModule,
): readonly { readonly node: SyntaxNode; readonly scope: Scope; readonly certain: boolean }[] {
  const found: { node: SyntaxNode; scope: Scope; certain: boolean }[] = []
  const waiting = module.tree.body
    .map((node) => ({ node: node as SyntaxNode, scope: moduleScope(module), certain: true }))
    .toReversed()
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    found.push(next)
    const { node, scope } = next
    const certain =
      next.certain &&
      !/^(?:If|For|While|Try|AsyncFor|FunctionDef|AsyncFunctionDef|Match)$/.test(node.nodeType)
    for (const child of childNodes(node).toReversed())
      waiting.push({ node: child, scope: scopeInside(node, scope), certain })
  }
  return found
}

function scopeInside(node: SyntaxNode, scope: Scope): Scope {
  if (node.nodeType !== 'FunctionDef' && node.nodeType !== 'AsyncFunctionDef' && node.nodeType !== 'ClassDef')
    return scope
  const { tree, path } = scope.module
  const given = new Map(scope.given)
  if (node.nodeType !== 'ClassDef') {
    const { posonlyargs, args, kwonlyargs, vararg, kwarg } = node.args
    for (const one of [...posonlyargs, ...args, ...kwonlyargs, vararg, kwarg])
      if (one != null) given.set(one.arg, [{ kind: 'unknown', at: { path, node: one } }])
  }
  return { ...scope, inner: [namesIn(node.body, tree), ...scope.inner], given }
}
