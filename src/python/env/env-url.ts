/** Determines the source of the database URL without running env.py. */
import type { EnvUrl } from '../../core/release/release-facts.ts'
import { decodeSource } from '../source/decode-source.ts'
import {
  type Expression,
  type NodeOf,
  type SyntaxNode,
  type SyntaxTree,
  constantOf,
  isSyntaxNode,
  parsePython,
} from '../syntax/syntax-tree.ts'

const unknown: EnvUrl = { kind: 'unknown' }

/** Code that may modify the URL or build it from parts. */
const workedOn =
  /postgres(?:ql)?:|postgresql|\bmake_url\b|\bURL\.create\b|\bdrivername\b|\bset_section_option\b|\bre\.sub\b/

/** Reads env.py; `bytes` is null if it's missing. Never throws. */
export function readEnvUrl(bytes: Uint8Array | null, path: string): EnvUrl {
  if (!bytes) return unknown
  const decoded = decodeSource(bytes)
  if (decoded.kind !== 'text' || !/engine/.test(decoded.text)) return unknown
  const parsed = parsePython(decoded.text)
  if (parsed.kind !== 'tree') return unknown
  const seen = lookAt(parsed.tree)
  if (seen.sinks.length === 0)
    return onlyIni(seen, decoded.text) ? { kind: 'ini', certain: seen.plainEngines } : unknown
  if (workedOn.test(decoded.text)) return unknown
  const names = seen.sinks.map((sink) => variableOf(sink.value, seen, 0))
  const [first] = names
  if (first === undefined || first === null || names.some((name) => name !== first)) return unknown
  return {
    kind: 'variable',
    name: first,
    conditional: seen.sinks.every((sink) => sink.conditional),
    span: { path, ...parsed.tree.positionOf(seen.sinks[0]?.value ?? parsed.tree.body[0]!) },
  }
}

interface Sink {
  readonly value: Expression
  /** True if an `if` or a similar statement may skip the code. */
  readonly conditional: boolean
}

interface Seen {
  readonly tree: SyntaxTree
  /** Expressions that become the engine's URL. */
  readonly sinks: readonly Sink[]
  readonly bindings: ReadonlyMap<string, readonly (Expression | null)[]>
  /** Functions whose only statement returns an expression. */
  readonly returned: ReadonlyMap<string, Expression | null>
  /** First argument of each `engine_from_config` call. */
  readonly sections: readonly (Expression | undefined)[]
  /**
   * True if every `engine_from_config` call is unconditional and uses the default prefix and known options, and if
   * every `get_section` call reads Alembic's section.
   */
  readonly plainEngines: boolean
}

function lookAt(tree: SyntaxTree): Seen {
  const sinks: Sink[] = []
  const sections: (Expression | undefined)[] = []
  let plainEngines = true
  const bindings = new Map<string, (Expression | null)[]>()
  const returned = new Map<string, Expression | null>()
  const bind = (name: string, value: Expression | null): void => {
    bindings.set(name, [...(bindings.get(name) ?? []), value])
  }
  walk(tree.body, false, (node, conditional) => {
    const sink = (value: Expression | undefined): void => {
      if (value) sinks.push({ value, conditional })
    }
    switch (node.nodeType) {
      case 'Call': {
        const name = calledName(node)
        if (name === 'set_main_option' && textOf(node.args[0], tree) === 'sqlalchemy.url') sink(node.args[1])
        if (name === 'create_engine' || name === 'create_async_engine')
          sink(node.args[0] ?? node.keywords.find(({ arg }) => arg === 'url')?.value)
        if (name === 'get_section') plainEngines &&= isOwnSection(node.args[0])
        if (name === 'engine_from_config' || name === 'async_engine_from_config') {
          sections.push(node.args[0])
          plainEngines &&= !conditional && !takesOthers(node, tree)
          sink(node.keywords.find(({ arg }) => arg === 'url')?.value)
        }
        break
      }
      case 'Assign': {
        for (const target of node.targets) {
          if (target.nodeType === 'Name') bind(target.id, node.targets.length === 1 ? node.value : null)
          if (target.nodeType === 'Subscript' && textOf(target.slice, tree) === 'sqlalchemy.url')
            sink(node.value)
        }
        break
      }
      case 'AnnAssign':
      case 'AugAssign':
      case 'NamedExpr':
      case 'For':
      case 'AsyncFor':
        if (node.target.nodeType === 'Name')
          bind(node.target.id, node.nodeType === 'AnnAssign' ? (node.value ?? null) : null)
        break
      case 'Arg':
        bind(node.arg, null)
        break
      case 'Alias':
        bind(node.asname ?? node.name.split('.', 1)[0] ?? '', null)
        break
      case 'FunctionDef':
        returned.set(node.name, returned.has(node.name) ? null : soleReturn(node))
        break
      default:
    }
  })
  return { tree, sinks, bindings, returned, sections, plainEngines }
}

/** The environment variable whose value is the whole expression; null if there is none. */
function variableOf(value: Expression, seen: Seen, depth: number): string | null {
  if (depth > 5) return null
  if (value.nodeType === 'Name') {
    const values = seen.bindings.get(value.id)
    const only = values?.length === 1 ? values[0] : null
    return only ? variableOf(only, seen, depth + 1) : null
  }
  if (value.nodeType === 'Subscript') return isEnviron(value.value) ? textOf(value.slice, seen.tree) : null
  if (value.nodeType !== 'Call') return null
  const { func, args } = value
  if (func.nodeType === 'Name' && args.length === 0) {
    const inner = seen.returned.get(func.id)
    return inner ? variableOf(inner, seen, depth + 1) : null
  }
  if (func.nodeType === 'Name') {
    if (func.id === 'getenv') return textOf(args[0], seen.tree)
    return func.id === 'str' && args[0] ? variableOf(args[0], seen, depth + 1) : null
  }
  if (func.nodeType !== 'Attribute') return null
  if (func.attr === 'getenv' || (func.attr === 'get' && isEnviron(func.value)))
    return textOf(args[0], seen.tree)
  // `replace('%', '%%')` escapes the URL for configparser and keeps its scheme.
  const escapes =
    func.attr === 'replace' && textOf(args[0], seen.tree) === '%' && textOf(args[1], seen.tree) === '%%'
  return escapes ? variableOf(func.value, seen, depth + 1) : null
}

/** Whether the URL can only come from the ini file, which env.py passes on unchanged. */
function onlyIni({ sections, bindings }: Seen, text: string): boolean {
  if (sections.length === 0) return false
  if (
    /environ|getenv|set_main_option|set_section_option|\.update\(|file_config|\.attributes|get_x_argument/.test(
      text,
    )
  )
    return false
  const plain = sections.every((first) => {
    const section = first?.nodeType === 'Name' ? bindings.get(first.id) : [first ?? null]
    const [only] = section ?? []
    return section?.length === 1 && only?.nodeType === 'Call' && calledName(only) === 'get_section'
  })
  // A function that receives the configuration may change it.
  return plain && !/[(,=]\s*config\s*[,)]/.test(text)
}

/** `config.config_ini_section` is the section that Alembic reads. */
function isOwnSection(name: Expression | undefined): boolean {
  return name?.nodeType === 'Attribute' && name.attr === 'config_ini_section'
}

/** Whether `engine_from_config` may read other options, through `**options` or another prefix. */
function takesOthers({ args, keywords }: NodeOf<'Call'>, tree: SyntaxTree): boolean {
  const prefix = args[1] ?? keywords.find(({ arg }) => arg === 'prefix')?.value
  return (
    keywords.some(({ arg }) => arg == null) ||
    (prefix !== undefined && textOf(prefix, tree) !== 'sqlalchemy.')
  )
}

function isEnviron(node: Expression): boolean {
  return (
    (node.nodeType === 'Name' && node.id === 'environ') ||
    (node.nodeType === 'Attribute' && node.attr === 'environ')
  )
}

function calledName({ func }: NodeOf<'Call'>): string | null {
  return func.nodeType === 'Name' ? func.id : func.nodeType === 'Attribute' ? func.attr : null
}

function textOf(node: SyntaxNode | undefined, tree: SyntaxTree): string | null {
  if (node?.nodeType !== 'Constant') return null
  const constant = constantOf(node, tree)
  return constant.kind === 'str' ? constant.value : null
}

function soleReturn({ body, args }: NodeOf<'FunctionDef'>): Expression | null {
  const [first] = body
  const documented = first?.nodeType === 'Expr' && first.value.nodeType === 'Constant'
  const rest = documented ? body.slice(1) : body
  const only = rest.length === 1 ? rest[0] : undefined
  return only?.nodeType === 'Return' && args.args.length === 0 ? (only.value ?? null) : null
}

const uncertain = new Set(['If', 'IfExp', 'For', 'AsyncFor', 'While', 'Try', 'TryStar', 'Match', 'BoolOp'])

/** Visits every node, except those in functions for offline mode. */
function walk(
  nodes: readonly SyntaxNode[],
  conditional: boolean,
  visit: (node: SyntaxNode, conditional: boolean) => void,
): void {
  for (const node of nodes) {
    if (node.nodeType === 'FunctionDef' && /offline/i.test(node.name)) continue
    visit(node, conditional)
    const children = Object.values(node).flat().filter(isSyntaxNode)
    // The final `if context.is_offline_mode(): … else: …` only chooses which function to call.
    walk(children, conditional || uncertain.has(node.nodeType), visit)
  }
}
