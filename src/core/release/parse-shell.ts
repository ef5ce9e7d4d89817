/**
 * Parses a POSIX shell command line without expanding anything. Loops, conditionals and here-documents are `unknown`.
 */

/** A word of a shell command, as the program receives it. */
export interface ShellWord {
  /** The word without quotes or backslashes. Expansions are kept as written. */
  readonly text: string
  /** True if only the shell can expand the word. */
  readonly dynamic: boolean
}

/** A command such as `VAR=x program word`, or a group. */
export type ShellCommand =
  | {
      readonly kind: 'simple'
      readonly assignments: readonly { readonly name: string; readonly value: ShellWord }[]
      readonly words: readonly ShellWord[]
    }
  | {
      readonly kind: 'group'
      /** `{ …; }` runs in this shell, `( … )` in a copy of it, and `sh -c '…'` in a new shell. */
      readonly shell: 'this' | 'copy' | 'new'
      /** Relevant options of a new shell: `e` and `pipefail`. */
      readonly options: readonly string[]
      readonly list: ShellList
    }

/** Commands joined by `|`. A leading `!` negates the pipeline. */
export interface Pipeline {
  readonly negated: boolean
  readonly commands: readonly ShellCommand[]
}

/** Pipelines joined by `&&` and `||`. A trailing `&` runs them in the background. */
export interface AndOr {
  readonly first: Pipeline
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[]
  readonly background: boolean
}

/** And-or lists, separated by `;`, `&` or newlines. */
export type ShellList = readonly AndOr[]

/** A parsed command line, or `unknown` if the syntax isn't supported. */
export type ParsedShell = { readonly kind: 'list'; readonly list: ShellList } | { readonly kind: 'unknown' }

/** Parses a command line. Never throws. */
export function parseShell(text: string): ParsedShell {
  try {
    const reader = { tokens: tokensOf(text), at: 0 }
    const list = readList(reader)
    if (reader.at < reader.tokens.length) throw new NotUnderstood()
    return { kind: 'list', list }
  } catch (error) {
    if (error instanceof NotUnderstood) return { kind: 'unknown' }
    throw error
  }
}

/** Every simple command in source order, including those in groups. */
export function simpleCommands(list: ShellList): readonly Extract<ShellCommand, { kind: 'simple' }>[] {
  return list.flatMap(({ first, rest }) =>
    [first, ...rest.map(({ pipeline }) => pipeline)].flatMap(({ commands }) =>
      commands.flatMap((command) => (command.kind === 'simple' ? [command] : simpleCommands(command.list))),
    ),
  )
}

/** Thrown for unsupported syntax. */
class NotUnderstood extends Error {}

type Token =
  | { readonly kind: 'word'; readonly text: string; readonly dynamic: boolean; readonly quoted: boolean }
  | { readonly kind: 'operator'; readonly text: string }

interface Reader {
  readonly tokens: readonly Token[]
  at: number
}

const operators = [
  '&&',
  '||',
  ';;',
  '<<',
  '>>',
  '>&',
  '<&',
  '>|',
  '<>',
  '&',
  ';',
  '|',
  '(',
  ')',
  '<',
  '>',
  '\n',
]

const redirections = new Set(['>', '>>', '<', '>&', '<&', '>|', '<>'])

/** Keywords for constructs whose control flow depends on run-time values. */
const reserved = /^(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|function|select|in|\[\[)$/

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const blank = /^(?:[ \t\r]|\\\r?\n)+/.exec(rest)?.[0]
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    if (rest.startsWith('#')) {
      at += /^[^\n]*/.exec(rest)?.[0].length ?? 0
      continue
    }
    const operator = operators.find((one) => rest.startsWith(one))
    if (operator !== undefined) {
      if (operator === '<<') throw new NotUnderstood()
      if (operator === ';;') throw new NotUnderstood()
      tokens.push({ kind: 'operator', text: operator })
      at += operator.length
      continue
    }
    const word = readWord(text, at)
    at = word.end
    // The `2` in `2>&1` isn't a word.
    if (!word.quoted && /^\d+$/.test(word.text) && /^[<>]/.test(text.slice(at))) continue
    tokens.push({ kind: 'word', text: word.text, dynamic: word.dynamic, quoted: word.quoted })
  }
  return tokens
}

interface ReadWord {
  readonly text: string
  readonly dynamic: boolean
  readonly quoted: boolean
  readonly end: number
}

function readWord(source: string, start: number): ReadWord {
  let text = ''
  let dynamic = false
  let quoted = false
  let at = start
  while (at < source.length) {
    const character = source[at] ?? ''
    if (/[\s;&|()<>]/.test(character)) break
    if (character === "'") {
      const end = source.indexOf("'", at + 1)
      if (end < 0) throw new NotUnderstood()
      text += source.slice(at + 1, end)
      quoted = true
      at = end + 1
    } else if (character === '"') {
      const inner = readDoubleQuoted(source, at + 1)
      text += inner.text
      dynamic ||= inner.dynamic
      quoted = true
      at = inner.end
    } else if (character === '\\') {
      if (source[at + 1] !== '\n') text += source[at + 1] ?? '\\'
      quoted = true
      at += 2
    } else if (character === '$' || character === '`') {
      const end = endOfExpansion(source, at)
      text += source.slice(at, end)
      dynamic ||= end > at + 1
      at = end
    } else {
      if (/[*?[~]/.test(character)) dynamic ||= character !== '~' || at === start
      text += character
      at += 1
    }
  }
  return { text, dynamic, quoted, end: at }
}

function readDoubleQuoted(source: string, start: number): { text: string; dynamic: boolean; end: number } {
  let text = ''
  let dynamic = false
  let at = start
  while (at < source.length) {
    const character = source[at] ?? ''
    if (character === '"') return { text, dynamic, end: at + 1 }
    if (character === '\\' && /[$`"\\\n]/.test(source[at + 1] ?? '')) {
      if (source[at + 1] !== '\n') text += source[at + 1]
      at += 2
    } else if (character === '$' || character === '`') {
      const end = endOfExpansion(source, at)
      text += source.slice(at, end)
      dynamic ||= end > at + 1
      at = end
    } else {
      text += character
      at += 1
    }
  }
  throw new NotUnderstood()
}

/** Returns the position after `$NAME`, `${…}`, `$(…)` or a backquoted command, or after a lone `$`. */
function endOfExpansion(source: string, start: number): number {
  if (source[start] === '`') {
    const end = source.indexOf('`', start + 1)
    if (end < 0) throw new NotUnderstood()
    return end + 1
  }
  const open = source[start + 1]
  if (open === '{' || open === '(') {
    const close = open === '{' ? '}' : ')'
    let depth = 0
    for (let at = start + 1; at < source.length; at += 1) {
      if (source[at] === '\\') at += 1
      else if (source[at] === open) depth += 1
      else if (source[at] === close) depth -= 1
      if (depth === 0) return at + 1
    }
    throw new NotUnderstood()
  }
  return start + (/^\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])?/.exec(source.slice(start))?.[0].length ?? 1)
}

function readList(reader: Reader): ShellList {
  const list: AndOr[] = []
  for (;;) {
    while (isOperator(reader, '\n')) reader.at += 1
    const next = reader.tokens[reader.at]
    if (!next || isOperator(reader, ')') || isBrace(next, '}')) return list
    const andOr = readAndOr(reader)
    const background = isOperator(reader, '&')
    list.push({ ...andOr, background })
    if (background || isOperator(reader, ';') || isOperator(reader, '\n')) reader.at += 1
    else return list
  }
}

function readAndOr(reader: Reader): Omit<AndOr, 'background'> {
  const first = readPipeline(reader)
  const rest: { operator: '&&' | '||'; pipeline: Pipeline }[] = []
  for (;;) {
    const operator = isOperator(reader, '&&') ? '&&' : isOperator(reader, '||') ? '||' : null
    if (operator === null) return { first, rest }
    reader.at += 1
    while (isOperator(reader, '\n')) reader.at += 1
    rest.push({ operator, pipeline: readPipeline(reader) })
  }
}

function readPipeline(reader: Reader): Pipeline {
  let negated = false
  while (isBrace(reader.tokens[reader.at], '!')) {
    negated = !negated
    reader.at += 1
  }
  const commands = [readCommand(reader)]
  while (isOperator(reader, '|')) {
    reader.at += 1
    while (isOperator(reader, '\n')) reader.at += 1
    commands.push(readCommand(reader))
  }
  return { negated, commands }
}

function readCommand(reader: Reader): ShellCommand {
  const start = reader.tokens[reader.at]
  if (isOperator(reader, '(')) {
    reader.at += 1
    const list = readList(reader)
    if (!isOperator(reader, ')') || list.length === 0) throw new NotUnderstood()
    reader.at += 1
    skipRedirections(reader)
    return { kind: 'group', shell: 'copy', options: [], list }
  }
  if (isBrace(start, '{')) {
    reader.at += 1
    const list = readList(reader)
    if (!isBrace(reader.tokens[reader.at], '}') || list.length === 0) throw new NotUnderstood()
    reader.at += 1
    skipRedirections(reader)
    return { kind: 'group', shell: 'this', options: [], list }
  }
  const assignments: { name: string; value: ShellWord }[] = []
  const words: ShellWord[] = []
  for (;;) {
    if (skipRedirections(reader)) continue
    const token = reader.tokens[reader.at]
    if (token?.kind !== 'word') break
    const { text, dynamic, quoted } = token
    if (words.length === 0 && !quoted && reserved.test(text)) throw new NotUnderstood()
    reader.at += 1
    const assignment = words.length === 0 ? /^(?<name>[A-Za-z_]\w*)=(?<value>[^]*)$/.exec(text)?.groups : null
    if (assignment) {
      assignments.push({
        name: assignment['name'] ?? '',
        value: { text: assignment['value'] ?? '', dynamic },
      })
    } else words.push({ text, dynamic })
  }
  if (isOperator(reader, '(') && words.length > 0) throw new NotUnderstood()
  if (words.length === 0 && assignments.length === 0) {
    throw new NotUnderstood()
  }
  return innerShell(words) ?? { kind: 'simple', assignments, words }
}

/** Parses `sh -c 'a && b'` or `/bin/sh -euo pipefail -c …`. Null for other commands. */
function innerShell(words: readonly ShellWord[]): ShellCommand | null {
  const start = words[0]?.text === 'exec' ? 1 : 0
  const program = words[start]?.text.split('/').at(-1)
  if (!['sh', 'bash', 'dash', 'zsh', 'ash'].includes(program ?? '')) return null
  const options: string[] = []
  for (let at = start + 1; at < words.length; at += 1) {
    const { text } = words[at] ?? { text: '' }
    if (!/^-[a-z]+$/i.test(text)) return null
    const letters = text.slice(1)
    options.push(...[...letters].filter((letter) => letter !== 'o' && letter !== 'c'))
    if (letters.includes('o')) {
      at += 1
      options.push(longOption(words[at]?.text ?? ''))
    }
    if (!letters.includes('c')) continue
    const script = words[at + 1]
    if (!script) return null
    const parsed = parseShell(script.text)
    if (parsed.kind === 'unknown') throw new NotUnderstood()
    return parsed.list.length === 0 ? null : { kind: 'group', shell: 'new', options, list: parsed.list }
  }
  return null
}

/** The short form of a `set -o` option, such as `e` for `errexit`. */
function longOption(name: string): string {
  return name === 'errexit' ? 'e' : name
}

function skipRedirections(reader: Reader): boolean {
  const token = reader.tokens[reader.at]
  if (token?.kind !== 'operator' || !redirections.has(token.text)) return false
  if (reader.tokens[reader.at + 1]?.kind !== 'word') throw new NotUnderstood()
  reader.at += 2
  return true
}

function isOperator({ tokens, at }: Reader, text: string): boolean {
  const token = tokens[at]
  return token?.kind === 'operator' && token.text === text
}

/** Whether a token is this unquoted word. `{`, `}` and `!` are special only at the start of a command. */
function isBrace(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && !token.quoted && token.text === text
}
