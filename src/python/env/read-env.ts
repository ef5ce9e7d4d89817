/** Finds the arguments to `context.configure` and `context.run_migrations` without running env.py. */
import type { EnvFacts } from '../../core/history/env-effects.ts'
import { decodeSource } from '../source/decode-source.ts'
import { type ModuleSource, noModules } from '../interpreter/run.ts'
import { plainValue, withElsewhere } from './configured-elsewhere.ts'
import { effectsOfEnv } from './env-effects.ts'
import type { EnvSurroundings } from './env-state.ts'
import { brokenEnv, nothingInEnv, readEnvAtAGlance } from './scan-env.ts'
import {
  constantOf,
  parsePython,
  type Expression,
  type NodeOf,
  type SyntaxNode,
  type SyntaxTree,
} from '../syntax/syntax-tree.ts'

/** Options that determine where the version table is and when it's written. */
const wanted = ['version_table', 'version_table_schema', 'transaction_per_migration'] as const
type Option = (typeof wanted)[number]

/** Reads env.py; `bytes` is null if it's missing. Never throws. If the file can't be read, `computed` says so. */
export function readEnv(
  bytes: Uint8Array | null,
  path: string,
  modules: ModuleSource = noModules,
  surroundings: EnvSurroundings = { ini: null, file: null },
): EnvFacts {
  const facts = readFacts(bytes, path, modules, surroundings)
  const configured = [...(surroundings.ini?.options.keys() ?? [])].some((key) => /isolation_level/.test(key))
  if (bytes === null) return configured ? { ...facts, mayAutocommit: true } : facts
  const text = new TextDecoder().decode(bytes)
  return {
    ...facts,
    ...(configured || mayAutocommit(text)
      ? { mayAutocommit: true }
      : createsEngine(text) && { ownEngine: true }),
    ...(/foreign_keys/i.test(text) && { mayEnforceKeys: true }),
  }
}

/** Whether env.py creates an engine and contains no `**`, which could unpack unknown options. */
function createsEngine(text: string): boolean {
  return /\b(?:create_(?:async_)?engine|(?:async_)?engine_from_config)\(/.test(text) && !text.includes('**')
}

/** Whether env.py may handle transactions in an unusual way, for example with autocommit. */
function mayAutocommit(text: string): boolean {
  return !text.includes('begin_transaction') || /isolation_level|autocommit|transactional_ddl/i.test(text)
}

function readFacts(
  bytes: Uint8Array | null,
  path: string,
  modules: ModuleSource,
  surroundings: EnvSurroundings,
): EnvFacts {
  const seen = readEnvAtAGlance(bytes, path)
  const decoded = bytes && decodeSource(bytes)
  if (seen || !decoded || !('text' in decoded)) return seen ?? { ...nothingInEnv, path }
  const parsed = parsePython(decoded.text)
  if (parsed.kind === 'error') return brokenEnv(path, parsed.error.message, parsed.line, parsed.column)
  if (parsed.kind === 'unknown') return brokenEnv(path, parsed.reason, parsed.line, parsed.column)
  const { tree } = parsed
  const postgresql = effectsOfEnv(tree, path, 'postgresql', modules, surroundings)
  const sqlite = effectsOfEnv(tree, path, 'sqlite', modules, surroundings)
  const followed: Followed = (call, option) => {
    const [one, other] = [postgresql, sqlite].map(({ configured }) =>
      plainValue(configured.get(call), option),
    )
    return one === other ? one : undefined
  }
  const effects = { postgresql: postgresql.effects, sqlite: sqlite.effects }
  const facts = factsOf(tree, path, followed)
  const elsewhere = [...postgresql.configuredElsewhere.values()]
  const decides = elsewhere.length > 0 && !facts.configures
  const keeps = postgresql.keepsOptions && sqlite.keepsOptions
  return {
    ...(decides ? withElsewhere(facts.own, elsewhere) : facts.own),
    ...(!keeps && { mayChangeOptions: true }),
    effects,
  }
}

type Computed = EnvFacts['computed'][number]
type Call = NodeOf<'Call'>

/** An option's value, or the expression that computes it. */
type Said =
  | { readonly kind: 'value'; readonly value: string | boolean | null; readonly node: SyntaxNode }
  | { readonly kind: 'computed'; readonly node: SyntaxNode }

/** Returns the interpreter's value for a call's option; undefined if unknown or dialect-dependent. */
type Followed = (call: Call, option: string) => string | boolean | null | undefined

/** Facts about env.py. `configures` is true if it calls `context.configure` itself. */
function factsOf(
  tree: SyntaxTree,
  path: string,
  followed: Followed,
): { readonly own: EnvFacts; readonly configures: boolean } {
  const names = namesOf(tree)
  const computed: Computed[] = []
  const note = (option: string, node: SyntaxNode): void => {
    const expression = oneLine(tree.sourceOf(node))
    const known = computed.some((entry) => entry.option === option && entry.expression === expression)
    if (!known) computed.push({ option, expression, span: { path, ...tree.positionOf(node) } })
  }
  for (const node of names.versionLocations) note('version_locations', node)
  const calls = names.configureCalls.map((call) => argumentsOf(call.node, tree, names, note, followed))
  // Upgrades run online, so offline calls count only if there are no others.
  const online = calls.filter((_, index) => names.configureCalls[index]?.offline === false)
  const deciding = online.length > 0 ? online : calls
  const option = (name: Option): string | boolean | null => {
    const said = deciding.map((call) => call.get(name))
    const first = said.find((one) => one !== undefined)
    if (!first) return null
    const values = new Set(said.map((one) => (one?.kind === 'value' ? one.value : null)))
    const agreed = values.size === 1 && said.every((one) => one?.kind === 'value')
    if (first.kind === 'value' && agreed) return first.value
    for (const one of said) if (one) note(name, one.node)
    return null
  }
  const versionTable = option('version_table')
  const versionTableSchema = option('version_table_schema')
  const own = {
    path,
    versionTable: typeof versionTable === 'string' ? versionTable : null,
    versionTableSchema: typeof versionTableSchema === 'string' ? versionTableSchema : null,
    transactionPerMigration: option('transaction_per_migration') === true,
    runMigrationsKeywords: runMigrationsKeywords(names.runCalls, note),
    computed,
  }
  return { own, configures: online.length > 0 }
}

/** Keywords passed in the `run_migrations` calls. Calls `note` for each `**kwargs`. */
function runMigrationsKeywords(
  calls: readonly Call[],
  note: (option: string, node: SyntaxNode) => void,
): readonly string[] {
  const keywords = new Set<string>()
  for (const { keywords: given } of calls) {
    for (const keyword of given) {
      if (keyword.arg === undefined) note('run_migrations', keyword.value)
      else keywords.add(keyword.arg)
    }
  }
  return [...keywords]
}

/** Arguments to a `configure` call, including known `**` dictionaries. */
function argumentsOf(
  call: Call,
  tree: SyntaxTree,
  names: Names,
  note: (option: string, node: SyntaxNode) => void,
  followed: Followed,
): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>()
  for (const { arg, value } of call.keywords) {
    if (arg !== undefined) {
      const written = valueOf(value, tree, names)
      const known = written.kind === 'computed' ? followed(call, arg) : undefined
      said.set(arg, known === undefined ? written : { kind: 'value', value: known, node: value })
      continue
    }
    const entries = entriesOf(value, tree, names)
    if (!entries) {
      note('**', value)
      continue
    }
    for (const [key, inner] of entries) said.set(key, inner)
  }
  return said
}

/** The value of a literal string, boolean or None, or of a name that is only ever bound to such a literal. */
function valueOf(node: Expression, tree: SyntaxTree, names: Names): Said {
  const target = node.nodeType === 'Name' ? names.boundOnce(node.id) : node
  if (target?.nodeType !== 'Constant') return { kind: 'computed', node }
  const constant = constantOf(target, tree)
  if (constant.kind === 'str' || constant.kind === 'bool')
    return { kind: 'value', value: constant.value, node }
  return constant.kind === 'none' ? { kind: 'value', value: null, node } : { kind: 'computed', node }
}

/**
 * Returns the entries of a dictionary: `{…}`, `dict(…)`, or an unmodified variable that holds a dictionary; null if
 * unknown.
 */
function entriesOf(node: Expression, tree: SyntaxTree, names: Names): ReadonlyMap<string, Said> | null {
  const target = node.nodeType === 'Name' ? names.boundOnce(node.id) : node
  if (!target || (node.nodeType === 'Name' && names.changed.has(node.id))) return null
  const entries = new Map<string, Said>()
  if (target.nodeType === 'Dict') {
    for (const [index, key] of target.keys.entries()) {
      const value = target.values[index]
      const constant = key?.nodeType === 'Constant' ? constantOf(key, tree) : null
      if (constant?.kind !== 'str' || !value) return null
      entries.set(constant.value, valueOf(value, tree, names))
    }
    return entries
  }
  if (target.nodeType !== 'Call' || target.func.nodeType !== 'Name' || target.func.id !== 'dict') return null
  if (target.args.length > 0) return null
  for (const { arg, value } of target.keywords) {
    if (arg === undefined) return null
    entries.set(arg, valueOf(value, tree, names))
  }
  return entries
}

/** Calls and names in a file, collected in one pass. */
interface Names {
  readonly configureCalls: readonly { readonly node: Call; readonly offline: boolean }[]
  readonly runCalls: readonly Call[]
  /** Locations that env.py assigns to `context.script.version_locations`. No configuration file lists them. */
  readonly versionLocations: readonly SyntaxNode[]
  /** Returns the expression assigned to a name; null unless the name's only binding is a plain assignment. */
  boundOnce(name: string): Expression | null
  /** Names whose attributes or items are accessed, which may modify the object. */
  readonly changed: ReadonlySet<string>
}

function namesOf(tree: SyntaxTree): Names {
  const bindings = new Map<string, (Expression | null)[]>()
  const bind = (name: string, value: Expression | null): void => {
    bindings.set(name, [...(bindings.get(name) ?? []), value])
  }
  const configureCalls: { node: Call; offline: boolean }[] = []
  const runCalls: Call[] = []
  const versionLocations: SyntaxNode[] = []
  const changed = new Set<string>()
  const imported = new Set<string>()
  visit(tree.body, false, '', (node, plain, functionName) => {
    switch (node.nodeType) {
      case 'Call':
        if (callOf(node, imported) === 'configure')
          configureCalls.push({ node, offline: isOffline(node, functionName) })
        if (callOf(node, imported) === 'run_migrations') runCalls.push(node)
        break
      case 'Assign':
      case 'AnnAssign': {
        const targets = node.nodeType === 'Assign' ? node.targets : [node.target]
        const set = targets.some((one) => one.nodeType === 'Attribute' && one.attr === 'version_locations')
        if (set && node.value) versionLocations.push(node.value)
        const only = targets.length === 1 ? targets[0] : undefined
        if (only?.nodeType === 'Name') bind(only.id, plain ? (node.value ?? null) : null)
        else for (const target of targets) for (const name of storedNames(target)) bind(name, null)
        break
      }
      case 'AugAssign':
      case 'For':
      case 'AsyncFor':
      case 'NamedExpr':
      case 'Comprehension':
        for (const name of storedNames(node.target)) bind(name, null)
        break
      case 'WithItem':
        if (node.optional_vars) for (const name of storedNames(node.optional_vars)) bind(name, null)
        break
      case 'ImportFrom':
        if (node.module === 'alembic.context') for (const { name } of node.names) imported.add(name)
        break
      case 'Arg':
        bind(node.arg, null)
        break
      case 'Alias':
        bind(node.asname ?? node.name.split('.', 1)[0] ?? '', null)
        break
      case 'FunctionDef':
      case 'AsyncFunctionDef':
      case 'ClassDef':
        bind(node.name, null)
        break
      case 'Attribute':
      case 'Subscript':
        if (node.value.nodeType === 'Name') changed.add(node.value.id)
        break
      default:
    }
  })
  return {
    configureCalls,
    runCalls,
    versionLocations,
    changed,
    boundOnce(name) {
      const values = bindings.get(name)
      return values?.length === 1 ? (values[0] ?? null) : null
    },
  }
}

/** Returns the Alembic context function that a call invokes, such as `configure`; null for other calls. */
function callOf({ func }: Call, imported: ReadonlySet<string>): string | null {
  if (func.nodeType === 'Name') return imported.has(func.id) ? func.id : null
  if (func.nodeType !== 'Attribute') return null
  const { value } = func
  // The module may be imported under an alias, such as `op_context` or `alembic_context`.
  const name = value.nodeType === 'Name' ? value.id : value.nodeType === 'Attribute' ? value.attr : ''
  return /context$/i.test(name) ? func.attr : null
}

/**
 * A connection means online mode; a URL or dialect alone means offline mode. Otherwise, the name of the enclosing
 * function decides.
 */
function isOffline(call: Call, functionName: string): boolean {
  const given = new Set(call.keywords.map((keyword) => keyword.arg))
  if (given.has('connection') || call.args.length > 0) return false
  return given.has('url') || given.has('dialect_name') || /offline/i.test(functionName)
}

function storedNames(target: SyntaxNode): readonly string[] {
  if (target.nodeType === 'Name') return [target.id]
  if (target.nodeType === 'Starred') return storedNames(target.value)
  return target.nodeType === 'Tuple' || target.nodeType === 'List' ? target.elts.flatMap(storedNames) : []
}

type Visitor = (node: SyntaxNode, plain: boolean, functionName: string) => void

/** Statements whose bodies might not run, or might run more than once. */
const uncertain = new Set(['If', 'For', 'AsyncFor', 'While', 'Try', 'TryStar', 'Match', 'ClassDef'])

/** Visits all nodes. `plain` nodes are outside conditions and loops. */
function visit(
  statements: readonly SyntaxNode[],
  inside: boolean,
  functionName: string,
  visitor: Visitor,
): void {
  const waiting: { node: SyntaxNode; inside: boolean; name: string }[] = statements
    .map((node) => ({ node, inside, name: functionName }))
    .toReversed()
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node } = next
    visitor(node, !next.inside, next.name)
    const isFunction = node.nodeType === 'FunctionDef' || node.nodeType === 'AsyncFunctionDef'
    const child = {
      inside: next.inside || uncertain.has(node.nodeType),
      name: isFunction ? node.name : next.name,
    }
    const children = Object.values(node).flat().filter(isNode)
    for (const inner of children.toReversed()) waiting.push({ node: inner, ...child })
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'nodeType' in value
}

function oneLine(source: string): string {
  const line = source.replace(/\s+/g, ' ').trim()
  return line.length > 120 ? `${line.slice(0, 117)}...` : line
}
