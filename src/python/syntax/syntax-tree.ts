/**
 * Parses Python into a syntax tree. Only this file imports the parser package. The package's internal errors are
 * reported as `unknown`.
 */
import { parse, type ASTNodeUnion, type ExprNode, type StmtNode } from 'py-ast'
import type { PythonError } from '../../core/history/migration-module.ts'
import { recogniseModule } from './grammar.ts'
import { lineStartsOf, plainTree } from './plain-tree.ts'
import { scanTokens, tokenArrays, type Objection, type Tokens } from '../tokens/tokenize.ts'
import { chainTooLong } from './grammar-cursor.ts'
import { positionAt } from '../source/source-position.ts'
import { Kind } from '../tokens/token-kinds.ts'

/** A syntax node. `nodeType` is CPython's `ast` name, but `Arguments`, `Keyword` and `Alias` are capitalized. */
export type SyntaxNode = ASTNodeUnion
export type Statement = StmtNode
export type Expression = ExprNode
/** The node type with this name, such as `NodeOf<'Call'>`. */
export type NodeOf<T extends SyntaxNode['nodeType']> = Extract<SyntaxNode, { nodeType: T }>

/** A line and column, both starting at 1. Columns count code points, not bytes. */
export interface SourcePosition {
  readonly line: number
  readonly column: number
}

/** A range; its end is exclusive. */
export interface Extent extends SourcePosition {
  readonly endLine: number
  readonly endColumn: number
  readonly start: number
  readonly end: number
}

/** A parsed file. */
export interface SyntaxTree {
  readonly body: readonly Statement[]
  /** True if the text contains the word `yield`. */
  readonly yields: boolean
  /** True if the text contains `:=`. */
  readonly walrus: boolean
  /** Start of the node; line 1, column 1 for operators and contexts. */
  positionOf(node: SyntaxNode): SourcePosition
  /** Range of the node. Offsets count UTF-16 code units of the text with `\n` line endings. */
  rangeOf(node: SyntaxNode): Extent
  /** The node's source, without enclosing parentheses. */
  sourceOf(node: SyntaxNode): string
}

/** A syntax tree, an error that Python is certain to raise, or the reason the result is unknown. */
export type ParsedPython =
  | { readonly kind: 'tree'; readonly tree: SyntaxTree }
  | { readonly kind: 'error'; readonly error: PythonError; readonly line: number; readonly column: number }
  | { readonly kind: 'unknown'; readonly reason: string; readonly line: number; readonly column: number }

/** A literal that isn't a container. For some kinds, the value is available only as source text. */
export type Constant =
  | { readonly kind: 'str'; readonly value: string }
  /** `value` contains one character per byte. */
  | { readonly kind: 'bytes'; readonly value: string }
  /** Decimal digits. */
  | { readonly kind: 'int'; readonly value: string }
  | { readonly kind: 'float' | 'complex' | 'ellipsis' }
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** A string with `\N{…}`; the Unicode name table isn't available. */
  | { readonly kind: 'named-character' }

/** Maximum length in characters. Larger files take too much time and memory. */
const maxTextLength = 5_000_000

/** Parses a module with any line endings. Skips a byte order mark. */
export function parsePython(source: string): ParsedPython {
  const tokens = tokensOf(source)
  return parseTokens(tokens, recogniseModule(tokens).objection)
}

/** Like `parsePython`, but faster. The syntax must have been checked already. */
export function parseChecked(source: string): ParsedPython {
  const tokens = tokensOf(source)
  return parseTokens(tokens, tokens.problem)
}

function tokensOf(source: string): Tokens {
  const unmarked = source.startsWith('\uFEFF') ? source.slice(1) : source
  const text = unmarked.includes('\r') ? unmarked.replace(/\r\n?/g, '\n') : unmarked
  return scanTokens(text, arrays)
}

/** Token arrays reused for every text. Syntax trees don't refer to them. */
const arrays = tokenArrays()

/** Parses tokenized text. `objection` is the recognizer's error. */
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
    // The package couldn't load its own parser; the file isn't at fault.
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

/** Error for `except A, B:` before Python 3.14, where PEP 758 made it valid. */
const onlyFrom314 = 'multiple exception types must be parenthesized'

function errorFrom(objection: Objection, text: string): ParsedPython {
  return { kind: 'error', error: objection.error, ...positionAt(text, objection.at) }
}

/** `None`, `True` and `False` are so common that their constants are shared. */
const noneConstant: Constant = { kind: 'none' }
const trueConstant: Constant = { kind: 'bool', value: true }
const falseConstant: Constant = { kind: 'bool', value: false }

/** The value of a `Constant` node. */
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

/** Whether a property's value is a syntax node. */
export function isSyntaxNode(part: unknown): part is SyntaxNode {
  return typeof part === 'object' && part !== null && 'nodeType' in part
}

/** Direct children of a node. */
export function childNodes(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (const part of Object.values(node)) {
    if (Array.isArray(part)) {
      for (const item of part) if (isSyntaxNode(item)) children.push(item)
    } else if (isSyntaxNode(part)) children.push(part)
  }
  return children
}

/** The lines of a source text, and a copy of the text that the parser package can read. */
interface Lines {
  readonly text: string
  readonly parserText: string
  /** Split on first use, because most files are never read line by line. */
  readonly original: () => readonly string[]
  /** Number of indentation characters that each line lost in the copy; negative if it gained some. */
  readonly shifts: ReadonlyMap<number, number>
}

/**
 * Indents with spaces. The parser package rejects form feeds and counts a tab as eight columns. In Python, a tab
 * advances to the next multiple of eight, and a form feed resets the count (Parser/tokenizer.c).
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

/** A position from the parser package, if known. Lines start at 1; columns start at 0 and count UTF-8 bytes. */
interface MaybePlaced {
  readonly lineno?: number | undefined
  readonly col_offset?: number | undefined
  readonly end_lineno?: number | undefined
  readonly end_col_offset?: number | undefined
}

/** Returns a syntax tree with these statements. `plainStarts` contains the line starts of a plain module. */
function treeOf(
  body: readonly Statement[],
  lines: Lines,
  plainStarts: readonly number[] | null = null,
): SyntaxTree {
  // In ASCII text with unchanged indentation, byte and character columns are equal.
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

/** Converts a byte column in the reindented copy to an index in the original line. */
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

/** Returns the position of an error. Some errors state it only in their message. */
function placeOf(thrown: unknown, lines: Lines): SourcePosition {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const { lineno, col_offset }: Error & MaybePlaced = thrown instanceof Error ? thrown : new Error(message)
  const line = lineno ?? Number(/ at line (\d+)/.exec(message)?.[1] ?? 1)
  const bytes = col_offset ?? Number(/ column (\d+)$/.exec(message)?.[1] ?? 0)
  const text = lines.original()[line - 1] ?? ''
  return { line, column: codePoints(text.slice(0, charactersIn(lines, line, bytes))) + 1 }
}
