/**
 * Python text in, syntax tree out: the only file that knows the parser package. It words errors as CPython does
 * and answers `unknown` where the package is known to refuse valid Python; it never runs or interprets anything.
 */
import { parse } from 'py-ast'
import type { ASTNodeUnion, ExprNode, Module, StmtNode } from 'py-ast'
import type { PythonError } from '../core/module.ts'

/** Any node; `nodeType` tells them apart and is spelled as in CPython's `ast` (but `Arguments`, `Keyword`, `Alias`). */
export type SyntaxNode = ASTNodeUnion
export type Statement = StmtNode
export type Expression = ExprNode
/** The node of one type: `NodeOf<'Call'>`. */
export type NodeOf<T extends SyntaxNode['nodeType']> = Extract<SyntaxNode, { nodeType: T }>

/** Both count from 1; columns count characters (code points), not bytes. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A parsed file. */
export interface SyntaxTree {
  readonly body: readonly Statement[]
  /** Where the node begins. Nodes without a place (operators, contexts) count as line 1, column 1. */
  positionOf(node: SyntaxNode): Position
  /** The node's source text, as written (an expression in parentheses comes without them). */
  sourceOf(node: SyntaxNode): string
}

/** What became of a text: a tree, an error that Python certainly raises, or a reason why that can't be told. */
export type ParsedPython =
  | { readonly kind: 'tree'; readonly tree: SyntaxTree }
  | { readonly kind: 'error'; readonly error: PythonError; readonly line: number; readonly column: number }
  | { readonly kind: 'unknown'; readonly reason: string; readonly line: number; readonly column: number }

/** A literal that is not a container; the parser package keeps some of them apart only by their source text. */
export type Constant =
  | { readonly kind: 'str'; readonly value: string }
  /** One character for each byte. */
  | { readonly kind: 'bytes'; readonly value: string }
  /** Decimal digits. */
  | { readonly kind: 'int'; readonly value: string }
  | { readonly kind: 'float' | 'complex' | 'ellipsis' | 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** A string with `\N{…}`, whose table of names is not at hand. */
  | { readonly kind: 'named-character' }

/** Characters up to which a whole file is parsed; beyond it the time and memory are not worth the answer. */
const longestText = 5_000_000

/** Parses a module. The text is as Python decodes it; a byte order mark at its start is skipped. */
export function parsePython(text: string): ParsedPython {
  if (text.length > longestText) {
    return { kind: 'unknown', reason: 'the file is too large to be parsed', line: 1, column: 1 }
  }
  const lines = linesOf(text.startsWith('\uFEFF') ? text.slice(1) : text)
  try {
    const module = parse(lines.parserText)
    return { kind: 'tree', tree: treeOf(module, lines) }
  } catch (error) {
    return refusal(error, lines)
  }
}

/** What a `Constant` node of the tree stands for. */
export function constantOf(node: NodeOf<'Constant'>, tree: SyntaxTree): Constant {
  const value: unknown = node.value
  if (value === null) return { kind: 'none' }
  if (typeof value === 'boolean') return { kind: 'bool', value }
  if (typeof value === 'string') {
    if (node.quote_style === undefined) return { kind: 'ellipsis' }
    if (/b/i.test(node.quote_style)) return { kind: 'bytes', value }
    return value.includes('\\N{') && /\\N\{/.test(tree.sourceOf(node))
      ? { kind: 'named-character' }
      : { kind: 'str', value }
  }
  const source = tree.sourceOf(node).replaceAll('_', '')
  if (/^(?:0[xob][\da-f]+|\d+)$/i.test(source)) return { kind: 'int', value: BigInt(source).toString() }
  return { kind: /j$/i.test(source) ? 'complex' : 'float' }
}

/** The text in lines, and the copy of it that the package can read. */
interface Lines {
  readonly parserText: string
  readonly original: readonly string[]
  /** Characters that the copy has fewer at the start of a line, where it has fewer or more. */
  readonly shifts: ReadonlyMap<number, number>
}

// Strings and comments are matched only to be skipped.
const blanks =
  /[rbuft]{0,2}(?:'''(?:[^\\]|\\[^])*?'''|"""(?:[^\\]|\\[^])*?"""|'(?:[^\\\n']|\\[^])*'|"(?:[^\\\n"]|\\[^])*")|#[^\n]*|^[ \t\f]*[\t\f][ \t\f]*|\f/gim

/**
 * The package refuses form feeds and counts a tab as eight columns wherever it stands; Python rounds up to the
 * next multiple of eight, and a form feed starts counting again (Parser/tokenizer.c).
 */
function linesOf(text: string): Lines {
  const unix = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  const original = unix.split('\n')
  const shifts = new Map<number, number>()
  if (!/[\t\f]/.test(unix)) return { parserText: unix, original, shifts }
  let line = 1
  let seen = 0
  const parserText = unix.replace(blanks, (match, offset: number) => {
    if (/^[ \t\f]*[\t\f]/.test(match) && (offset === 0 || unix[offset - 1] === '\n')) {
      for (let at = unix.indexOf('\n', seen); at !== -1 && at < offset; at = unix.indexOf('\n', at + 1))
        line++
      seen = offset
      const width = columnsOf(match)
      shifts.set(line, match.length - width)
      return ' '.repeat(width)
    }
    return match === '\f' ? ' ' : match
  })
  return { parserText, original, shifts }
}

function columnsOf(blank: string): number {
  let columns = 0
  for (const character of blank) {
    if (character === '\f') columns = 0
    else columns = character === '\t' ? (Math.floor(columns / 8) + 1) * 8 : columns + 1
  }
  return columns
}

/** The package's places: lines from 1, columns from 0 in UTF-8 bytes. Its errors carry them only sometimes. */
interface MaybePlaced {
  readonly lineno?: number | undefined
  readonly col_offset?: number | undefined
  readonly end_lineno?: number | undefined
  readonly end_col_offset?: number | undefined
}

function treeOf(module: Module, lines: Lines): SyntaxTree {
  const place = (line: number, bytes: number): number => charactersIn(lines, line, bytes)
  return {
    body: module.body,
    positionOf(node) {
      const { lineno = 1, col_offset = 0 }: MaybePlaced = node
      const text = lines.original[lineno - 1] ?? ''
      return { line: lineno, column: codePoints(text.slice(0, place(lineno, col_offset))) + 1 }
    },
    sourceOf(node) {
      const { lineno, col_offset, end_lineno, end_col_offset }: MaybePlaced = node
      if (lineno === undefined || end_lineno === undefined) return ''
      const start = place(lineno, col_offset ?? 0)
      const end = place(end_lineno, end_col_offset ?? 0)
      if (lineno === end_lineno) return (lines.original[lineno - 1] ?? '').slice(start, end)
      const between = lines.original.slice(lineno, end_lineno - 1)
      const first = (lines.original[lineno - 1] ?? '').slice(start)
      return [first, ...between, (lines.original[end_lineno - 1] ?? '').slice(0, end)].join('\n')
    },
  }
}

/** The package counts UTF-8 bytes in its copy; this is the index of the same place in the line as written. */
function charactersIn(lines: Lines, line: number, bytes: number): number {
  const text = lines.original[line - 1] ?? ''
  const wanted = bytes + (lines.shifts.get(line) ?? 0)
  let index = 0
  for (let seen = 0; seen < wanted && index < text.length;) {
    const point = text.codePointAt(index) ?? 0
    seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    index += point < 0x10000 ? 1 : 2
  }
  return index
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Turns what the package threw into Python's words, or into `unknown` where the package is known to be wrong. */
function refusal(thrown: unknown, lines: Lines): ParsedPython {
  if (thrown instanceof RangeError) {
    return { kind: 'unknown', reason: 'the file is nested too deeply to be parsed', line: 1, column: 1 }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const { lineno, col_offset }: Error & MaybePlaced = thrown instanceof Error ? thrown : new Error(message)
  const line = lineno ?? Number(/ at line (\d+)/.exec(message)?.[1] ?? 1)
  const bytes = col_offset ?? Number(/ column (\d+)$/.exec(message)?.[1] ?? 0)
  const text = lines.original[line - 1] ?? ''
  const column = codePoints(text.slice(0, charactersIn(lines, line, bytes))) + 1
  const reason = gapOf(message, text)
  if (reason !== null) return { kind: 'unknown', reason, line, column }
  return { kind: 'error', error: pythonErrorOf(message), line, column }
}

/** Why the package's refusal proves nothing; null when it does. */
function gapOf(message: string, line: string): string | null {
  if (/^\s*(?:match|case)\b/.test(line)) return 'a form of match statement that is not understood'
  if (/^\s*except\b[^:]*,/.test(line)) return 'except without parentheses is valid only from Python 3.14 on'
  if (/f-string|t-string/.test(message)) return 'a formatted string that is not understood'
  const odd = /^Unexpected character '(.)'/su.exec(message)?.[1]
  if (odd !== undefined && /[\p{L}\p{M}\p{N}\uD800-\uDFFF]/u.test(odd))
    return 'a name in letters that are not understood'
  return null
}

function pythonErrorOf(message: string): PythonError {
  if (message.startsWith('Indentation error')) {
    return { type: 'IndentationError', message: 'unindent does not match any outer indentation level' }
  }
  if (message.startsWith('unexpected indent'))
    return { type: 'IndentationError', message: 'unexpected indent' }
  if (message.startsWith('Expected indented block')) {
    return { type: 'IndentationError', message: 'expected an indented block' }
  }
  return { type: 'SyntaxError', message: 'invalid syntax' }
}
