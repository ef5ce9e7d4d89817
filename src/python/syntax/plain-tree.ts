/**
 * Builds the syntax tree of a plain module from its tokens. The parser package takes ten times as long, and builds the
 * same tree (test/unit/python/syntax/plain-tree.test.ts).
 */
import type { Alias, Arg, ExprNode, Keyword, StmtNode, WithItem } from 'py-ast'
import { ownText } from '../source/own-text.ts'
import type { Tokens } from '../tokens/tokenize.ts'
import { Kind } from '../tokens/token-kinds.ts'

/**
 * Thrown for unsupported tokens. Creating a stack trace takes longer than reading a file, so there is only one
 * instance.
 */
class NotPlain extends Error {}
const notPlain = new NotPlain('not a plain form')

/** Words that are soft keywords in some Python versions. */
const softKeywords: ReadonlySet<string> = new Set(['match', 'case', 'type', 'lazy'])

const load = { nodeType: 'Load' } as const
const store = { nodeType: 'Store' } as const

interface Reader {
  readonly tokens: Tokens
  readonly text: string
  readonly lineStarts: readonly number[]
  /** Index of the next token. */
  at: number
  /** Line of the last lookup. The next lookup is usually nearby. */
  line: number
  readonly place: Place
}

interface Place {
  lineno: number
  col_offset: number
  end_lineno: number
  end_col_offset: number
}

/** The statements in a plain module, and the offset at which each line starts. */
export interface PlainTree {
  readonly body: readonly StmtNode[]
  readonly lineStarts: readonly number[]
}

/**
 * Builds the statements of a module, or returns null if the module contains unsupported syntax. The recognizer must
 * have accepted the module.
 */
export function plainTree(tokens: Tokens): PlainTree | null {
  // Positions count bytes and expand tabs, so a plain file may contain only printable ASCII characters.
  // eslint-disable-next-line no-control-regex
  if (!/^[\n\u0020-\u007e]*$/.test(tokens.text)) return null
  const lineStarts = lineStartsOf(tokens.text)
  const reader: Reader = {
    tokens,
    text: tokens.text,
    lineStarts,
    at: 0,
    line: 0,
    place: { lineno: 0, col_offset: 0, end_lineno: 0, end_col_offset: 0 },
  }
  try {
    const body: StmtNode[] = []
    while (!sees(reader, Kind.end)) body.push(rememberedStatement(reader))
    return { body, lineStarts }
  } catch (thrown) {
    if (thrown === notPlain) return null
    throw thrown
  }
}

/** Offset of the first character of each line. */
export function lineStartsOf(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/**
 * The range from one token to another. Every call returns the same object, so copy its fields immediately. Spreading
 * it is slower.
 */
function placeOf(reader: Reader, from: number, to: number): Place {
  const { tokens, lineStarts, place } = reader
  const start = tokens.starts[from] ?? 0
  const end = tokens.ends[to] ?? 0
  place.lineno = lineOf(reader, start)
  place.col_offset = start - (lineStarts[place.lineno - 1] ?? 0)
  place.end_lineno = lineOf(reader, end)
  place.end_col_offset = end - (lineStarts[place.end_lineno - 1] ?? 0)
  return place
}

/** Returns the range from a token to the last token read. */
function placeFrom(reader: Reader, from: number): Place {
  return placeOf(reader, from, reader.at - 1)
}

function lineOf(reader: Reader, offset: number): number {
  const { lineStarts } = reader
  let { line } = reader
  while (line > 0 && (lineStarts[line] ?? 0) > offset) line -= 1
  while (line + 1 < lineStarts.length && (lineStarts[line + 1] ?? 0) <= offset) line += 1
  reader.line = line
  return line + 1
}

function sees(reader: Reader, kind: number): boolean {
  return reader.tokens.kinds[reader.at] === kind
}

function takes(reader: Reader, kind: number): boolean {
  if (!sees(reader, kind)) return false
  reader.at += 1
  return true
}

function need(reader: Reader, kind: number): void {
  if (!takes(reader, kind)) throw notPlain
}

function word(reader: Reader, token: number): string {
  return reader.text.slice(reader.tokens.starts[token], reader.tokens.ends[token])
}

function name(reader: Reader): string {
  need(reader, Kind.name)
  return word(reader, reader.at - 1)
}

/** Maximum number of remembered statements, and maximum length of their text. */
const maxRemembered = 1000
const maxLength = 100

/** Cached statements, keyed by line and then by text. */
const remembered: (Map<string, StmtNode> | undefined)[] = []
let count = 0

/**
 * Builds a statement at the start of a line. Files generated from the same template share the nodes of statements
 * such as `import sqlalchemy as sa`, because their lines are identical. Statements with strings aren't shared,
 * because they usually differ from file to file.
 */
function rememberedStatement(reader: Reader): StmtNode {
  const { starts, ends, kinds } = reader.tokens
  const from = reader.at
  let end = from
  for (; kinds[end] !== Kind.newline; end++) {
    const kind = kinds[end]
    if (kind === Kind.string || kind === Kind.def || kind === Kind.with || kind === Kind.end)
      return statement(reader)
  }
  const start = starts[from] ?? 0
  const length = (ends[end - 1] ?? 0) - start
  if (length > maxLength) return statement(reader)
  const text = reader.text.slice(start, start + length)
  const line = lineOf(reader, start)
  const known = remembered[line]?.get(text)
  if (known !== undefined) {
    reader.at = end + 1
    return known
  }
  const built = statement(reader)
  if (count < maxRemembered && line < maxRemembered) {
    count += 1
    ;(remembered[line] ??= new Map()).set(ownText(text), built)
  }
  return built
}

function statement(reader: Reader): StmtNode {
  const from = reader.at
  switch (reader.tokens.kinds[from]) {
    case Kind.def:
      return definition(reader)
    case Kind.with:
      return withStatement(reader)
    default: {
      const found = simple(reader, from)
      need(reader, Kind.newline)
      return found
    }
  }
}

function simple(reader: Reader, from: number): StmtNode {
  if (takes(reader, Kind.pass)) return { nodeType: 'Pass', ...placeFrom(reader, from) }
  if (takes(reader, Kind.import)) {
    const names = aliases(reader, dottedName)
    return { nodeType: 'Import', names, ...placeFrom(reader, from) }
  }
  if (takes(reader, Kind.from)) {
    const module = dottedName(reader)
    need(reader, Kind.import)
    const round = takes(reader, Kind.openRound)
    const names = aliases(reader, name, round)
    if (round) need(reader, Kind.closeRound)
    return { nodeType: 'ImportFrom', module, names, level: 0, ...placeFrom(reader, from) }
  }
  if (takes(reader, Kind.return)) {
    if (sees(reader, Kind.newline)) return { nodeType: 'Return', ...placeFrom(reader, from) }
    const value = expressions(reader)
    return { nodeType: 'Return', value, ...placeFrom(reader, from) }
  }
  if (sees(reader, Kind.name) && softKeywords.has(word(reader, from))) throw notPlain
  return assignmentOrValue(reader, from)
}

function assignmentOrValue(reader: Reader, from: number): StmtNode {
  const first = expressions(reader)
  if (takes(reader, Kind.colon)) {
    if (first.nodeType !== 'Name') throw notPlain
    const target = { ...first, ctx: store }
    const annotation = expression(reader)
    if (!takes(reader, Kind.equal))
      return { nodeType: 'AnnAssign', target, annotation, simple: 1, ...placeFrom(reader, from) }
    const value = expressions(reader)
    const { lineno, col_offset, end_lineno, end_col_offset } = placeFrom(reader, from)
    return {
      nodeType: 'AnnAssign',
      target,
      annotation,
      value,
      simple: 1,
      lineno,
      col_offset,
      end_lineno,
      end_col_offset,
    }
  }
  if (!sees(reader, Kind.equal)) {
    const { lineno, col_offset, end_lineno, end_col_offset } = placeFrom(reader, from)
    return { nodeType: 'Expr', value: first, lineno, col_offset, end_lineno, end_col_offset }
  }
  const all = [first]
  while (takes(reader, Kind.equal)) all.push(expressions(reader))
  const value = all.pop() ?? first
  const targets = all.map((target) => {
    if (target.nodeType !== 'Name') throw notPlain
    return { ...target, ctx: store }
  })
  return { nodeType: 'Assign', targets, value, ...placeFrom(reader, from) }
}

function dottedName(reader: Reader): string {
  let found = name(reader)
  while (takes(reader, Kind.dot)) found += `.${name(reader)}`
  return found
}

function aliases(reader: Reader, nameOf: (reader: Reader) => string, round = false): Alias[] {
  const found: Alias[] = []
  do {
    if (round && sees(reader, Kind.closeRound)) break
    const from = reader.at
    const alias = nameOf(reader)
    const asname = takes(reader, Kind.as) ? name(reader) : null
    const place = placeFrom(reader, from)
    found.push({ nodeType: 'Alias', name: alias, ...(asname !== null && { asname }), ...place })
  } while (takes(reader, Kind.comma))
  return found
}

/** Builds a function without decorators, defaults or parameter annotations. */
function definition(reader: Reader): StmtNode {
  const from = reader.at
  reader.at += 1
  const functionName = name(reader)
  need(reader, Kind.openRound)
  const args: Arg[] = []
  while (!sees(reader, Kind.closeRound)) {
    const arg = name(reader)
    args.push({ nodeType: 'Arg', arg, ...placeOf(reader, reader.at - 1, reader.at - 1) })
    if (!takes(reader, Kind.comma)) break
  }
  need(reader, Kind.closeRound)
  const returns = takes(reader, Kind.arrow) ? expression(reader) : null
  const body = block(reader)
  return {
    nodeType: 'FunctionDef',
    name: functionName,
    args: { nodeType: 'Arguments', posonlyargs: [], args, kwonlyargs: [], kw_defaults: [], defaults: [] },
    body,
    decorator_list: [],
    ...(returns && { returns }),
    type_params: [],
    ...untilLast(reader, from, body),
  }
}

function withStatement(reader: Reader): StmtNode {
  const from = reader.at
  reader.at += 1
  // Only the token after the parentheses shows whether they contain several context managers.
  if (sees(reader, Kind.openRound)) throw notPlain
  const items: WithItem[] = []
  do {
    const context_expr = expression(reader)
    if (!takes(reader, Kind.as)) {
      items.push({ nodeType: 'WithItem', context_expr })
      continue
    }
    const id = name(reader)
    const place = placeOf(reader, reader.at - 1, reader.at - 1)
    items.push({
      nodeType: 'WithItem',
      context_expr,
      optional_vars: { nodeType: 'Name', id, ctx: store, ...place },
    })
  } while (takes(reader, Kind.comma))
  const body = block(reader)
  return { nodeType: 'With', items, body, ...untilLast(reader, from, body) }
}

function block(reader: Reader): StmtNode[] {
  need(reader, Kind.colon)
  if (!takes(reader, Kind.newline)) {
    const only = simple(reader, reader.at)
    need(reader, Kind.newline)
    return [only]
  }
  need(reader, Kind.indent)
  const body: StmtNode[] = []
  while (!takes(reader, Kind.dedent)) body.push(statement(reader))
  return body
}

/** The range of a compound statement, which ends with its last statement. */
function untilLast(reader: Reader, from: number, body: readonly StmtNode[]): Place {
  const last = body.at(-1)
  const { lineno, col_offset } = placeOf(reader, from, from)
  return {
    lineno,
    col_offset,
    end_lineno: last?.end_lineno ?? lineno,
    end_col_offset: last?.end_col_offset ?? col_offset,
  }
}

/** Builds an expression, or a tuple without parentheses. */
function expressions(reader: Reader): ExprNode {
  const from = reader.at
  const first = expression(reader)
  if (!sees(reader, Kind.comma)) return first
  const elts = [first]
  while (takes(reader, Kind.comma) && !endsTuple(reader)) elts.push(expression(reader))
  return { nodeType: 'Tuple', elts, ctx: load, ...placeFrom(reader, from) }
}

function endsTuple(reader: Reader): boolean {
  return sees(reader, Kind.newline) || sees(reader, Kind.equal) || sees(reader, Kind.closeSquare)
}

/** Builds an atom followed by attributes, calls and subscripts. */
function expression(reader: Reader): ExprNode {
  const from = reader.at
  let value = atom(reader)
  for (;;) {
    if (takes(reader, Kind.dot)) {
      const attr = name(reader)
      const { lineno, col_offset, end_lineno, end_col_offset } = placeFrom(reader, from)
      value = {
        nodeType: 'Attribute',
        value,
        attr,
        ctx: load,
        lineno,
        col_offset,
        end_lineno,
        end_col_offset,
      }
    } else if (sees(reader, Kind.openRound)) {
      const { args, keywords } = callArguments(reader)
      const { lineno, col_offset, end_lineno, end_col_offset } = placeFrom(reader, from)
      value = {
        nodeType: 'Call',
        func: value,
        args,
        keywords,
        lineno,
        col_offset,
        end_lineno,
        end_col_offset,
      }
    } else if (takes(reader, Kind.openSquare)) {
      const slice = expressions(reader)
      need(reader, Kind.closeSquare)
      value = { nodeType: 'Subscript', value, slice, ctx: load, ...placeFrom(reader, from) }
    } else return value
  }
}

function callArguments(reader: Reader): { args: ExprNode[]; keywords: Keyword[] } {
  need(reader, Kind.openRound)
  const args: ExprNode[] = []
  const keywords: Keyword[] = []
  while (!sees(reader, Kind.closeRound)) {
    const from = reader.at
    if (takes(reader, Kind.star)) {
      const value = expression(reader)
      args.push({ nodeType: 'Starred', value, ctx: load, ...placeFrom(reader, from) })
    } else if (takes(reader, Kind.doubleStar)) {
      const value = expression(reader)
      keywords.push({ nodeType: 'Keyword', value, ...placeFrom(reader, from) })
    } else if (sees(reader, Kind.name) && reader.tokens.kinds[from + 1] === Kind.equal) {
      const arg = name(reader)
      need(reader, Kind.equal)
      const value = expression(reader)
      const { lineno, col_offset, end_lineno, end_col_offset } = placeFrom(reader, from)
      keywords.push({
        nodeType: 'Keyword',
        arg,
        value,
        lineno,
        col_offset,
        end_lineno,
        end_col_offset,
      })
    } else args.push(expression(reader))
    if (!takes(reader, Kind.comma)) break
  }
  need(reader, Kind.closeRound)
  return { args, keywords }
}

function atom(reader: Reader): ExprNode {
  const from = reader.at
  reader.at += 1
  switch (reader.tokens.kinds[from]) {
    case Kind.name: {
      const { lineno, col_offset, end_lineno, end_col_offset } = placeOf(reader, from, from)
      const id = word(reader, from)
      return { nodeType: 'Name', id, ctx: load, lineno, col_offset, end_lineno, end_col_offset }
    }
    case Kind.none:
      return constant(reader, from, null)
    case Kind.true:
    case Kind.false:
      return constant(reader, from, reader.tokens.kinds[from] === Kind.true)
    case Kind.number: {
      const digits = word(reader, from)
      if (!/^(?:0|[1-9]\d{0,14})$/.test(digits)) throw notPlain
      return constant(reader, from, Number(digits))
    }
    case Kind.string:
      return string(reader, from)
    case Kind.openSquare:
      return list(reader, from)
    case Kind.openCurly:
      return dictionary(reader, from)
    case Kind.openRound:
      return parenthesized(reader, from)
    default:
      throw notPlain
  }
}

function constant(reader: Reader, from: number, value: number | boolean | null): ExprNode {
  const { lineno, col_offset, end_lineno, end_col_offset } = placeOf(reader, from, from)
  return { nodeType: 'Constant', value, lineno, col_offset, end_lineno, end_col_offset }
}

/** Builds a literal without a prefix or escapes. */
function string(reader: Reader, from: number): ExprNode {
  const { tokens, text } = reader
  const start = tokens.starts[from] ?? 0
  const end = tokens.ends[from] ?? 0
  const one = text[start]
  if ((one !== '"' && one !== "'") || sees(reader, Kind.string)) throw notPlain
  // An empty string also starts with two quotes.
  const isTriple = end - start >= 6 && text[start + 1] === one && text[start + 2] === one
  const quote = isTriple ? one.repeat(3) : one
  const value = text.slice(start + quote.length, end - quote.length)
  if (value.includes('\\')) throw notPlain
  const { lineno, col_offset, end_lineno, end_col_offset } = placeOf(reader, from, from)
  return {
    nodeType: 'Constant',
    value,
    quote_style: quote,
    lineno,
    col_offset,
    end_lineno,
    end_col_offset,
  }
}

function list(reader: Reader, from: number): ExprNode {
  const elts: ExprNode[] = []
  while (!sees(reader, Kind.closeSquare)) {
    elts.push(expression(reader))
    if (!takes(reader, Kind.comma)) break
  }
  need(reader, Kind.closeSquare)
  const { lineno, col_offset, end_lineno, end_col_offset } = placeFrom(reader, from)
  return { nodeType: 'List', elts, ctx: load, lineno, col_offset, end_lineno, end_col_offset }
}

function dictionary(reader: Reader, from: number): ExprNode {
  const keys: ExprNode[] = []
  const values: ExprNode[] = []
  while (!sees(reader, Kind.closeCurly)) {
    keys.push(expression(reader))
    need(reader, Kind.colon)
    values.push(expression(reader))
    if (!takes(reader, Kind.comma)) break
  }
  need(reader, Kind.closeCurly)
  return { nodeType: 'Dict', keys, values, ...placeFrom(reader, from) }
}

/** Supports only tuples. The parser package positions other parenthesized expressions differently. */
function parenthesized(reader: Reader, from: number): ExprNode {
  const elts: ExprNode[] = []
  let comma = true
  while (!sees(reader, Kind.closeRound)) {
    elts.push(expression(reader))
    comma = takes(reader, Kind.comma)
    if (!comma) break
  }
  need(reader, Kind.closeRound)
  if (elts.length === 1 && !comma) throw notPlain
  return { nodeType: 'Tuple', elts, ctx: load, ...placeFrom(reader, from) }
}
