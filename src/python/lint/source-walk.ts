/** Collects calls, strings, imports, functions and conditions in a single pass over the syntax tree. */
import type {
  ArgumentFact,
  ArgumentKind,
  CallFact,
  ConditionFact,
  Enclosure,
  FunctionFact,
  ImportFact,
  Range,
  SourceFacts,
  StringFact,
} from '../../core/history/python-source.ts'
import {
  childNodes,
  constantOf,
  textOf,
  type NodeOf,
  type Statement,
  type SyntaxNode,
  type SyntaxTree,
} from '../syntax/syntax-tree.ts'
import { hole } from '../interpreter/values.ts'

interface Walk {
  readonly tree: SyntaxTree
  readonly path: string
  readonly calls: CallFact[]
  readonly strings: StringFact[]
  readonly imports: ImportFact[]
  readonly functions: FunctionFact[]
  readonly conditions: ConditionFact[]
  /** Maps each name to what it refers to, such as `alembic.op` for `op`. */
  readonly names: Map<string, string>
  readonly made: Map<SyntaxNode, CallFact>
}

interface Place {
  readonly within: readonly Enclosure[]
  readonly function: string | null
}

/** The parts of `SourceFacts` that the syntax tree provides. */
export type TreeFacts = Pick<SourceFacts, 'calls' | 'strings' | 'imports' | 'functions' | 'conditions'>

/** Collects facts in source order. */
export function collectFacts(tree: SyntaxTree, path: string): TreeFacts {
  const walk: Walk = {
    tree,
    path,
    calls: [],
    strings: [],
    imports: [],
    functions: [],
    conditions: [],
    names: new Map(),
    made: new Map(),
  }
  block(walk, tree.body, { within: [], function: null })
  walk.calls.sort((a, b) => a.range.start - b.range.start || b.range.end - a.range.end)
  const { calls, strings, imports, functions, conditions } = walk
  return { calls, strings, imports, functions, conditions }
}

function rangeOf(walk: Walk, node: SyntaxNode): Range {
  const { line, column, endLine, endColumn, start, end } = walk.tree.rangeOf(node)
  return { path: walk.path, line, column, endLine, endColumn, start, end }
}

function block(walk: Walk, body: readonly SyntaxNode[], place: Place): void {
  for (const node of body) visit(walk, node, place)
}

function inside(place: Place, enclosure: Enclosure): Place {
  return { ...place, within: [...place.within, enclosure] }
}

function visit(walk: Walk, node: SyntaxNode, place: Place): void {
  switch (node.nodeType) {
    case 'FunctionDef':
    case 'AsyncFunctionDef': {
      if (place.within.length === 0) walk.functions.push(functionFact(walk, node))
      block(walk, node.decorator_list, place)
      const within = inside(place, { kind: 'function', name: node.name, range: rangeOf(walk, node) })
      return block(walk, node.body, { ...within, function: place.function ?? node.name })
    }
    case 'ClassDef':
      block(walk, [...node.decorator_list, ...node.bases], place)
      return block(
        walk,
        node.body,
        inside(place, { kind: 'class', name: node.name, range: rangeOf(walk, node) }),
      )
    case 'Try':
    case 'TryStar':
      return visitTry(walk, node, place)
    case 'With':
    case 'AsyncWith':
      return visitWith(walk, node, place)
    case 'If': {
      const test = walk.tree.sourceOf(node.test)
      walk.conditions.push({ test, range: rangeOf(walk, node.test) })
      visit(walk, node.test, place)
      block(walk, node.body, inside(place, { kind: 'if', test, side: 'then', range: rangeOf(walk, node) }))
      return block(
        walk,
        node.orelse,
        inside(place, { kind: 'if', test, side: 'else', range: rangeOf(walk, node) }),
      )
    }
    case 'IfExp': {
      const test = walk.tree.sourceOf(node.test)
      walk.conditions.push({ test, range: rangeOf(walk, node.test) })
      visit(walk, node.test, place)
      visit(walk, node.body, inside(place, { kind: 'if', test, side: 'then', range: rangeOf(walk, node) }))
      return visit(
        walk,
        node.orelse,
        inside(place, { kind: 'if', test, side: 'else', range: rangeOf(walk, node) }),
      )
    }
    case 'For':
    case 'AsyncFor':
    case 'While': {
      const head = node.nodeType === 'While' ? node.test : node.iter
      visit(walk, head, place)
      const source = walk.tree.sourceOf(head)
      block(walk, node.body, inside(place, { kind: 'loop', source, range: rangeOf(walk, node) }))
      return block(walk, node.orelse, place)
    }
    case 'Assign':
      visit(walk, node.value, place)
      for (const target of node.targets) bind(walk, target, node.value)
      return
    case 'AnnAssign':
      visit(walk, node.target, place)
      visit(walk, node.annotation, place)
      if (node.value !== undefined) visit(walk, node.value, place)
      return
    case 'Import':
    case 'ImportFrom':
      return keepImports(walk, node)
    case 'Name':
    case 'Pass':
      return
    case 'Attribute':
    case 'Expr':
    case 'Starred':
      return visit(walk, node.value, place)
    case 'Subscript':
      visit(walk, node.value, place)
      return visit(walk, node.slice, place)
    case 'List':
    case 'Tuple':
      return block(walk, node.elts, place)
    case 'Call':
      visit(walk, node.func, place)
      block(walk, node.args, place)
      for (const { value } of node.keywords) visit(walk, value, place)
      return call(walk, node, place)
    case 'Constant':
    case 'JoinedStr': {
      const text = stringOf(walk, node)
      if (text !== null) walk.strings.push({ range: rangeOf(walk, node), text, function: place.function })
      // In an f-string, visit only the embedded expressions. The literal parts can't contain calls.
      if (node.nodeType === 'JoinedStr') {
        for (const part of node.values) if (part.nodeType === 'FormattedValue') visit(walk, part.value, place)
      }
      return
    }
    default:
      block(walk, childNodes(node), place)
  }
}

/** Kept separate from `visit`, because closures allocate memory on every call. */
function visitWith(walk: Walk, node: NodeOf<'With'> | NodeOf<'AsyncWith'>, place: Place): void {
  for (const item of node.items) {
    visit(walk, item.context_expr, place)
    if (item.optional_vars !== undefined) bind(walk, item.optional_vars, item.context_expr)
  }
  const source = node.items.map((item) => walk.tree.sourceOf(item.context_expr)).join(', ')
  block(walk, node.body, inside(place, { kind: 'with', source, range: rangeOf(walk, node) }))
}

function visitTry(walk: Walk, node: NodeOf<'Try'> | NodeOf<'TryStar'>, place: Place): void {
  const range = rangeOf(walk, node)
  const swallows = node.handlers.some(
    (handler) => !raisesOnPostgres(walk, handler.body) && !isElsewhere(walk, handler.type),
  )
  const part = (name: 'body' | 'handler' | 'else' | 'finally'): Place =>
    inside(place, { kind: 'try', part: name, swallows, range })
  block(walk, node.body, part('body'))
  for (const handler of node.handlers) block(walk, handler.body, part('handler'))
  block(walk, node.orelse, part('else'))
  block(walk, node.finalbody, part('finally'))
}

/**
 * Exceptions that PostgreSQL never raises for schema problems. SQLite and MySQL raise `OperationalError` where
 * PostgreSQL raises `ProgrammingError`.
 */
const elsewhere =
  /^(?:builtins\.)?(?:NotImplementedError|ImportError|ModuleNotFoundError|AttributeError|KeyError|IndexError|ValueError|TypeError|NameError|OSError|FileNotFoundError|UnicodeDecodeError|StopIteration|json\.JSONDecodeError|(?:\w+\.)*(?:OperationalError|NoSuchTableError|CompileError|UnsupportedCompilationError))$/

function isElsewhere(walk: Walk, type: SyntaxNode | undefined): boolean {
  if (type === undefined) return false
  const types = type.nodeType === 'Tuple' ? type.elts : [type]
  return types.every((each) => elsewhere.test(walk.tree.sourceOf(each)))
}

/**
 * Whether the body, or each branch of its final `if`, ends with a `raise`. If the condition tests the dialect, one
 * branch is enough.
 */
function raisesOnPostgres(walk: Walk, body: readonly Statement[]): boolean {
  const last = body.at(-1)
  if (last === undefined) return false
  if (last.nodeType === 'Raise') return true
  if (last.nodeType !== 'If') return false
  const sides = [last.body, last.orelse].map((side) => raisesOnPostgres(walk, side))
  return /dialect|sqlite|mysql/i.test(walk.tree.sourceOf(last.test))
    ? sides.includes(true)
    : !sides.includes(false)
}

function keepImports(walk: Walk, node: NodeOf<'Import'> | NodeOf<'ImportFrom'>): void {
  const range = rangeOf(walk, node)
  for (const alias of node.names) {
    if (node.nodeType === 'Import') {
      const bound = alias.asname ?? alias.name.split('.')[0] ?? alias.name
      walk.names.set(bound, alias.asname === undefined ? bound : alias.name)
      walk.imports.push({ module: alias.name, name: null, bound, range })
    } else {
      const module = '.'.repeat(node.level ?? 0) + (node.module ?? '')
      const bound = alias.asname ?? alias.name
      walk.names.set(bound, `${module}.${alias.name}`)
      walk.imports.push({ module, name: alias.name, bound, range })
    }
  }
}

/** Records names bound to the connection, a batch, or anything from `op` or SQLAlchemy. */
function bind(walk: Walk, target: SyntaxNode, value: SyntaxNode): void {
  if (target.nodeType !== 'Name') return
  const stands =
    value.nodeType === 'Call' || value.nodeType === 'Name' || value.nodeType === 'Attribute'
      ? dotted(walk, value)
      : null
  if (stands !== null && /^(?:bind|batch|alembic|sqlalchemy)\b/.test(stands))
    walk.names.set(target.id, stands)
  else walk.names.delete(target.id)
}

/** A dotted name such as `alembic.op.execute` or `bind.execute`, with `?` for anything else. */
function dotted(walk: Walk, node: SyntaxNode): string {
  if (node.nodeType === 'Name') return walk.names.get(node.id) ?? node.id
  if (node.nodeType === 'Attribute') return `${dotted(walk, node.value)}.${node.attr}`
  if (node.nodeType === 'Call') {
    const called = dotted(walk, node.func)
    if (/^alembic\.(?:op|context)\.get_bind$/.test(called)) return 'bind'
    if (/^bind\.(?:connect|execution_options|begin)$/.test(called)) return 'bind'
    if (/(?:^|\.)(?:Session|sessionmaker\(\))$/.test(called)) return 'bind'
    if (called === 'alembic.op.batch_alter_table') return 'batch'
    return `${called}()`
  }
  return '?'
}

function call(walk: Walk, node: NodeOf<'Call'>, place: Place): void {
  const args: ArgumentFact[] = []
  for (const arg of node.args) {
    args.push(arg.nodeType === 'Starred' ? argument(walk, '*', arg.value) : argument(walk, null, arg))
  }
  for (const { arg, value } of node.keywords) args.push(argument(walk, arg ?? '**', value))
  const fact: CallFact = {
    range: rangeOf(walk, node),
    written: walk.tree.sourceOf(node.func),
    callee: dotted(walk, node.func),
    args,
    within: place.within,
    function: place.function,
  }
  walk.made.set(node, fact)
  walk.calls.push(fact)
}

function argument(walk: Walk, keyword: string | null, node: SyntaxNode): ArgumentFact {
  const text = stringOf(walk, node)
  return {
    keyword,
    kind: kindOf(walk, node, text),
    range: rangeOf(walk, node),
    source: walk.tree.sourceOf(node),
    text,
    call: walk.made.get(node) ?? null,
    items: itemsOf(walk, node),
  }
}

/** Items of a list or tuple, or a dictionary's keys and values; empty for anything else. */
function itemsOf(walk: Walk, node: SyntaxNode): readonly ArgumentFact[] {
  if (node.nodeType === 'List' || node.nodeType === 'Tuple') {
    return node.elts.map((each) => argument(walk, null, each))
  }
  if (node.nodeType !== 'Dict') return []
  return node.values.map((value, index) => {
    const key = node.keys[index] ?? null
    return argument(walk, key === null ? '**' : (stringOf(walk, key) ?? ''), value)
  })
}

function kindOf(walk: Walk, node: SyntaxNode, text: string | null): ArgumentKind {
  if (text !== null) return text.includes(hole) ? 'template' : 'string'
  switch (node.nodeType) {
    case 'Call':
      return 'call'
    case 'Dict':
      return 'dict'
    case 'List':
      return 'list'
    case 'Tuple':
      return 'tuple'
    case 'Name':
    case 'Attribute':
      return 'name'
    case 'Constant': {
      const { kind } = constantOf(node, walk.tree)
      return kind === 'none' || kind === 'bool'
        ? kind
        : kind === 'int' || kind === 'float'
          ? 'number'
          : 'other'
    }
    default:
      return 'other'
  }
}

/** Returns a string's value, with `hole` in place of each unknown part; null if the node isn't a string. */
function stringOf(walk: Walk, node: SyntaxNode): string | null {
  if (node.nodeType === 'Constant') return textOf(node, walk.tree)
  if (node.nodeType === 'JoinedStr') {
    return node.values
      .map((part) => (part.nodeType === 'FormattedValue' ? hole : (stringPart(part) ?? hole)))
      .join('')
  }
  if (node.nodeType === 'BinOp' && node.op.nodeType === 'Add') {
    const left = stringOf(walk, node.left)
    const right = stringOf(walk, node.right)
    if (left === null && right === null) return null
    return `${left ?? hole}${right ?? hole}`
  }
  return null
}

function stringPart(part: SyntaxNode): string | null {
  const value: unknown = part.nodeType === 'Constant' ? part.value : null
  return typeof value === 'string' ? value : null
}

function functionFact(walk: Walk, node: NodeOf<'FunctionDef'> | NodeOf<'AsyncFunctionDef'>): FunctionFact {
  const [first, ...others] = node.body
  const doc = first?.nodeType === 'Expr' ? stringOf(walk, first.value) : null
  const body = doc === null ? node.body : others
  const [start] = body
  const raises =
    start?.nodeType === 'Raise' ? (start.exc === undefined ? '' : walk.tree.sourceOf(start.exc)) : null
  return {
    name: node.name,
    range: rangeOf(walk, node),
    body: raises !== null ? 'raises' : body.every(isNothing) ? 'empty' : 'statements',
    raises,
    docstring: doc,
  }
}

function isNothing(statement: Statement): boolean {
  if (statement.nodeType === 'Pass') return true
  if (statement.nodeType === 'Return') return statement.value === undefined
  return statement.nodeType === 'Expr' && statement.value.nodeType === 'Constant'
}
