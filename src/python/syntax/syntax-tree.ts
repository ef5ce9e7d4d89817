/**
 * Parses Python text into a syntax tree. This is the only file that imports the parser package. If the package rejects
 * text that our own recognizer accepts, the result is `unknown`. Never runs or interprets anything.
 */
import { parse, type ASTNodeUnion, type ExprNode, type StmtNode } from 'py-ast'
import type { PythonError } from '../../core/history/migration-module.ts'
import { recogniseModule } from './grammar.ts'
import { lineStartsOf, plainTree } from './plain-tree.ts'
import { scanTokens, tokenArrays, type Objection, type Tokens } from '../tokens/tokenize.ts'
import { chainTooLong } from './grammar-cursor.ts'
import { positionAt } from '../source/source-position.ts'
import { Kind } from '../tokens/token-kinds.ts'

/**
 * Any syntax node. `nodeType` is the type's name in CPython's `ast`, except that `Arguments`, `Keyword` and `Alias` are
 * capitalized.
 */
export type SyntaxNode = ASTNodeUnion
export type Statement = StmtNode
export type Expression = ExprNode
/** The node type with a given name, such as `NodeOf<'Call'>`. */
export type NodeOf<T extends SyntaxNode['nodeType']> = Extract<SyntaxNode, { nodeType: T }>

/** A line and column, counted from 1. Columns count code points, not bytes. */
export interface SourcePosition {
  readonly line: number
  readonly column: number
}

/** A range from the first character to the position after the last character. */
export interface Extent extends SourcePosition {
  readonly endLine: number
  readonly endColumn: number
  readonly start: number
  readonly end: number
}

/** A parsed file. */
export interface SyntaxTree {
  readonly body: readonly Statement[]
  /** True if the text contains the word `yield`. If this is false, there is no need to search functions for `yield`. */
  readonly yields: boolean
  /** True if the text contains `:=`. If this is false, no expression binds a name, except inside a comprehension. */
  readonly walrus: boolean
  /** Returns the start of the node. For nodes without a position (operators, contexts), this is line 1, column 1. */
  positionOf(node: SyntaxNode): SourcePosition
  /** Returns the start and end of the node. Offsets count UTF-16 code units of the text with `\n` line endings. */
  rangeOf(node: SyntaxNode): Extent
  /** Returns the node's source text as written, without enclosing parentheses. */
  sourceOf(node: SyntaxNode): string
}

/**
 * Result of parsing: a syntax tree, an error that Python definitely raises, or the reason why the result is unknown.
 */
export type ParsedPython =
  | { readonly kind: 'tree'; readonly tree: SyntaxTree }
  | { readonly kind: 'error'; readonly error: PythonError; readonly line: number; readonly column: number }
  | { readonly kind: 'unknown'; readonly reason: string; readonly line: number; readonly column: number }

/**
 * A literal that isn't a container. Some kinds can be told apart only by their source text, because the parser package
 * doesn't distinguish them.
 */
export type Constant =
  | { readonly kind: 'str'; readonly value: string }
  /** Value with one character per byte. */
  | { readonly kind: 'bytes'; readonly value: string }
  /** Decimal digits. */
  | { readonly kind: 'int'; readonly value: string }
  | { readonly kind: 'float' | 'complex' | 'ellipsis' }
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** A string with `\N{…}`; the Unicode name table isn't available. */
  | { readonly kind: 'named-character' }

/** Maximum length of a parsed file, in characters. Larger files would take too much time and memory. */
const maxTextLength = 5_000_000

/** Parses a module with any line endings. Skips a byte order mark. */
export function parsePython(source: string): ParsedPython {
  const tokens = tokensOf(source)
  return parseTokens(tokens, recogniseModule(tokens).objection)
}

/**
 * Like `parsePython`, but faster. The caller must already have checked the syntax, as is done for every file in the
 * graph.
 */
export function parseChecked(source: string): ParsedPython {
  const tokens = tokensOf(source)
  return parseTokens(tokens, tokens.problem)
}

function tokensOf(source: string): Tokens {
  const unmarked = source.startsWith('\uFEFF') ? source.slice(1) : source
  const text = unmarked.includes('\r') ? unmarked.replace(/\r\n?/g, '\n') : unmarked
  return scanTokens(text, arrays)
}

/** Token arrays reused for every text. This is safe because syntax trees don't refer to them. */
const arrays = tokenArrays()

/**
 * Parses tokenized text. `objection` is the recognizer's error, or null. If only the parser package reports an error,
 * the result is `unknown`, because the package may reject valid code.
 */
export function parseTokens(tokens: Tokens, objection: Objection | null): ParsedPython {
  const { text } = tokens
  if (objection?.error.message === chainTooLong) {
    const reason = `${chainTooLong} for some versions of Python to compile`
    return { kind: 'unknown', reason, ...positionAt(text, objection.at) }
  }
  if (objection?.certain === true) return errorFrom(objection, text)
  if (text.length > maxTextLength) {
    return { kind: 'unknown', reason: 'the file is too large to parse', line: 1, column: 1 }
  }
  const plain = objection === null ? plainTree(tokens) : null
  if (plain)
    return { kind: 'tree', tree: treeOf(plain.body, linesWith(text, text, noShifts), plain.lineStarts) }
  const lines = linesOf(tokens)
  try {
    return { kind: 'tree', tree: treeOf(parse(lines.parserText).body, lines) }
  } catch (thrown) {
    // The parser package couldn't load its own parser, so this error isn't caused by the file.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'MODULE_NOT_FOUND') throw thrown
    if (thrown instanceof RangeError) {
      return { kind: 'unknown', reason: 'the file is nested too deeply to parse', line: 1, column: 1 }
    }
    if (objection === null) {
      return { kind: 'unknown', reason: 'unsupported Python syntax', ...placeOf(thrown, lines) }
    }
    if (objection.error.message === onlyFrom314) {
      const reason = 'except with several types and no parentheses is valid only in Python 3.14 and later'
      return { kind: 'unknown', reason, ...positionAt(text, objection.at) }
    }
    return errorFrom(objection, text)
  }
}

/** Error message from Python 3.13 and earlier for `except A, B:`, which PEP 758 made valid. */
const onlyFrom314 = 'multiple exception types must be parenthesized'

function errorFrom(objection: Objection, text: string): ParsedPython {
  return { kind: 'error', error: objection.error, ...positionAt(text, objection.at) }
}

/** The constants without a value of their own, which are shared because they are common. */
const noneConstant: Constant = { kind: 'none' }
const trueConstant: Constant = { kind: 'bool', value: true }
const falseConstant: Constant = { kind: 'bool', value: false }

/** Returns the value of a `Constant` node. */
export function constantOf(node: NodeOf<'Constant'>, tree: SyntaxTree): Constant {
  const value: unknown = node.value
  if (value === null) return noneConstant
  if (typeof value === 'boolean') return value ? trueConstant : falseConstant
  if (typeof value === 'string') {
    const text = textOf(node, tree)
    if (text !== null) return { kind: 'str', value: text }
    if (node.quote_style === undefined) return { kind: 'ellipsis' }
    return isBytes(node.quote_style) ? { kind: 'bytes', value } : { kind: 'named-character' }
  }
  const source = tree.sourceOf(node).replaceAll('_', '')
  if (/^(?:0[xob][\da-f]+|\d+)$/i.test(source)) return { kind: 'int', value: BigInt(source).toString() }
  return { kind: /j$/i.test(source) ? 'complex' : 'float' }
}

/** Returns the value of a `str`; null for any other constant. Creates no object, because most constants are strings. */
export function textOf(node: NodeOf<'Constant'>, tree: SyntaxTree): string | null {
  const value: unknown = node.value
  if (typeof value !== 'string' || node.quote_style === undefined || isBytes(node.quote_style)) return null
  return value.includes('\\N{') && /(?<!\\)(?:\\\\)*\\N\{/.test(tree.sourceOf(node)) ? null : value
}

function isBytes(quote: string): boolean {
  return quote.includes('b') || quote.includes('B')
}

/** Returns whether a property's value is itself a syntax node. */
export function isSyntaxNode(part: unknown): part is SyntaxNode {
  return typeof part === 'object' && part !== null && 'nodeType' in part
}

/** Returns the direct children of a node. */
export function childNodes(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (const part of Object.values(node)) {
    if (Array.isArray(part)) {
      for (const item of part) if (isSyntaxNode(item)) children.push(item)
    } else if (isSyntaxNode(part)) children.push(part)
  }
  return children
}

/** The original lines of a text, and a copy that the parser package can read. */
interface Lines {
  readonly text: string
  readonly parserText: string
  /** The text is split into lines on first use, because most texts are never read line by line. */
  readonly original: () => readonly string[]
  /** For each changed line, the number of indentation characters that the copy removed; negative if it added some. */
  readonly shifts: ReadonlyMap<number, number>
}

/**
 * Copies the text, indenting with spaces. The parser package rejects form feeds and counts every tab as eight columns.
 * In Python, a tab advances to the next multiple of eight, and a form feed resets the count (Parser/tokenizer.c).
 */
function linesOf(tokens: Tokens): Lines {
  const { text } = tokens
  if (!/[\t\f]/.test(text)) return linesWith(text, text, noShifts)
  const shifts = new Map<number, number>()
  const parts: string[] = []
  let line = 1
  let from = 0
  let fresh = true
  for (let index = 0; index < tokens.count; index++) {
    const kind = tokens.kinds[index]
    if (kind === Kind.indent || kind === Kind.dedent) continue
    const start = tokens.starts[index] ?? 0
    const end = tokens.ends[index] ?? 0
    const gap = text.slice(from, start)
    line += newlinesIn(gap)
    const margin = fresh ? gap.slice(gap.lastIndexOf('\n') + 1) : ''
    const width = columnsOf(margin)
    if (width !== margin.length) shifts.set(line, margin.length - width)
    parts.push(gap.slice(0, gap.length - margin.length).replaceAll('\f', ' '), ' '.repeat(width))
    const token = text.slice(start, end)
    parts.push(token)
    line += newlinesIn(token)
    from = end
    fresh = kind === Kind.newline
  }
  return linesWith(text, parts.join(''), shifts)
}

const noShifts: ReadonlyMap<number, number> = new Map()

function linesWith(text: string, parserText: string, shifts: Lines['shifts']): Lines {
  let split: readonly string[] | null = null
  return {
    text,
    parserText,
    shifts,
    original: () => (split ??= text.split('\n')),
  }
}

function newlinesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}

function columnsOf(blank: string): number {
  let columns = 0
  for (const character of blank) {
    if (character === '\f') columns = 0
    else columns = character === '\t' ? (Math.floor(columns / 8) + 1) * 8 : columns + 1
  }
  return columns
}

/**
 * A position reported by the parser package. Lines start at 1. Columns start at 0 and count UTF-8 bytes. Only some of
 * the package's errors have a position.
 */
interface MaybePlaced {
  readonly lineno?: number | undefined
  readonly col_offset?: number | undefined
  readonly end_lineno?: number | undefined
  readonly end_col_offset?: number | undefined
}

/** Returns the tree with these statements. `plainStarts` are the starts of the lines of a plain module. */
function treeOf(
  body: readonly Statement[],
  lines: Lines,
  plainStarts: readonly number[] | null = null,
): SyntaxTree {
  // If all characters are ASCII and no indentation was changed, a byte column equals the character column.
  const { text } = lines
  const plain = plainStarts !== null || (lines.shifts.size === 0 && isAscii(text))
  const place = (line: number, bytes: number): number => (plain ? bytes : charactersIn(lines, line, bytes))
  let starts = plainStarts
  const offsetOf = (line: number): number => {
    starts ??= lineStartsOf(text)
    return starts[line - 1] ?? 0
  }
  const before = (line: number, characters: number): number =>
    plain ? characters : codePoints(text.slice(offsetOf(line), offsetOf(line) + characters))
  return {
    body,
    yields: text.includes('yield'),
    walrus: text.includes(':='),
    rangeOf(node) {
      const {
        lineno = 1,
        col_offset = 0,
        end_lineno = lineno,
        end_col_offset = col_offset,
      }: MaybePlaced = node
      const from = place(lineno, col_offset)
      const to = place(end_lineno, end_col_offset)
      return {
        line: lineno,
        column: before(lineno, from) + 1,
        endLine: end_lineno,
        endColumn: before(end_lineno, to) + 1,
        start: offsetOf(lineno) + from,
        end: offsetOf(end_lineno) + to,
      }
    },
    positionOf(node) {
      const { lineno = 1, col_offset = 0 }: MaybePlaced = node
      return { line: lineno, column: before(lineno, place(lineno, col_offset)) + 1 }
    },
    sourceOf(node) {
      const { lineno, col_offset, end_lineno, end_col_offset }: MaybePlaced = node
      if (lineno === undefined || end_lineno === undefined) return ''
      const start = offsetOf(lineno) + place(lineno, col_offset ?? 0)
      return text.slice(start, offsetOf(end_lineno) + place(end_lineno, end_col_offset ?? 0))
    },
  }
}

/**
 * Converts a byte column in the parser's copy of the text to a character index in the original line. The copy's
 * indentation may differ.
 */
function charactersIn(lines: Lines, line: number, bytes: number): number {
  const text = lines.original()[line - 1] ?? ''
  const wanted = bytes + (lines.shifts.get(line) ?? 0)
  let index = 0
  for (let seen = 0; seen < wanted && index < text.length;) {
    const point = text.codePointAt(index) ?? 0
    seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    index += point < 0x10000 ? 1 : 2
  }
  return index
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /^[\u0000-\u007f]*$/.test(text)
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Returns the position of an error from the parser package. Some errors include the position only in their message. */
function placeOf(thrown: unknown, lines: Lines): SourcePosition {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const { lineno, col_offset }: Error & MaybePlaced = thrown instanceof Error ? thrown : new Error(message)
  const line = lineno ?? Number(/ at line (\d+)/.exec(message)?.[1] ?? 1)
  const bytes = col_offset ?? Number(/ column (\d+)$/.exec(message)?.[1] ?? 0)
  const text = lines.original()[line - 1] ?? ''
  return { line, column: codePoints(text.slice(0, charactersIn(lines, line, bytes))) + 1 }
}
