/** Finds table and column names in raw SQL. Misses SQL built by an ORM or from fragments. */
import { scanTokens, type Tokens } from '../tokens/tokenize.ts'
import { positionAt } from '../source/source-position.ts'
import { hole } from '../interpreter/values.ts'
import { statementsOf, tokensOfSql, type SqlToken } from '../operations/sql/tokens.ts'
import { Kind } from '../tokens/token-kinds.ts'
import type { NamedPlace, RemovedName } from '../../core/lint/lint-facts.ts'

/** Finds where the `wanted` names are used. Never throws. */
export function findNames(
  text: string,
  language: 'python' | 'sql',
  path: string,
  wanted: readonly RemovedName[],
): readonly NamedPlace[] {
  const source = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  const texts = language === 'sql' ? [{ sql: source, at: 0 }] : sqlLiterals(source)
  return texts.flatMap(({ sql, at }) =>
    statementsOf(tokensOfSql(sql) ?? []).flatMap((statement) => {
      const tables = tablesOf(statement)
      return wanted.flatMap((name) =>
        usesOf(name, tables, statement).map((token) => ({
          name,
          kind: 'sql' as const,
          span: { path, ...positionAt(source, at + token.start) },
        })),
      )
    }),
  )
}

const literals: ReadonlySet<number> = new Set([Kind.string, Kind.formatted])

/** The beginning of an SQL statement, or of a clause with uppercase keywords. */
const statement =
  /^(?:--[^\n]*\n|\/\*[^]*?\*\/|[\s(])*(?:(?:SELECT|select)\b[^]*\b(?:FROM|from)\s|(?:INSERT|insert)\s+(?:INTO|into)\s|(?:UPDATE|update)\s[^]*\b(?:SET|set)\s|(?:DELETE|delete)\s+(?:FROM|from)\s|(?:WITH|with)\s+[^]*?\b(?:AS|as)\s+(?:MATERIALIZED\s+|materialized\s+)?\(|(?:MERGE|merge)\s+(?:INTO|into)\s|(?:(?:LEFT|RIGHT|INNER|FULL|CROSS)\s+(?:OUTER\s+)?)?JOIN\s|FROM\s+\S)/

/** Returns SQL string literals. Everything else is replaced with spaces, so that offsets match the file. */
function sqlLiterals(source: string): readonly { sql: string; at: number }[] {
  const tokens = scanTokens(source)
  const found: { sql: string; at: number }[] = []
  for (let index = 0; index < tokens.count; index++) {
    if (!literals.has(tokens.kinds[index] ?? Kind.end)) continue
    const first = index
    while (literals.has(tokens.kinds[index + 1] ?? Kind.end) && index + 1 < tokens.count) index++
    if (standsAlone(tokens, first, index)) continue
    const at = tokens.starts[first] ?? 0
    const parts: string[] = []
    for (let part = first; part <= index; part++) {
      const start = tokens.starts[part] ?? 0
      const end = tokens.ends[part] ?? start
      const before = part === first ? at : (tokens.ends[part - 1] ?? start)
      parts.push(' '.repeat(start - before), contentOf(tokens, start, end))
    }
    const sql = parts.join('')
    if (statement.test(sql)) found.push({ sql, at })
  }
  return found
}

/** Whether a string literal is a statement by itself, as a docstring is. */
function standsAlone({ kinds }: Tokens, first: number, last: number): boolean {
  const before = kinds[first - 1]
  const starts =
    before === undefined || before === Kind.newline || before === Kind.indent || before === Kind.dedent
  const after = kinds[last + 1]
  return starts && (after === Kind.newline || after === Kind.end)
}

/** Returns a literal's content without its prefix, quotes and escapes. Offsets don't change. */
function contentOf({ text, fields }: Tokens, start: number, end: number): string {
  const literal = text.slice(start, end)
  const mark = literal.search(/['"]/)
  const quote = literal.slice(mark, mark + 3)
  const width = quote === '"""' || quote === "'''" ? 3 : 1
  let inside = literal.slice(mark + width, literal.length - width)
  const from = start + mark + width
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [left = 0, right = 0] = [fields[index], fields[index + 1]]
    if (left < from || right > end) continue
    // Replace the whole field, including its braces and format specification.
    const open = inside.lastIndexOf('{', left - from)
    const close = inside.indexOf('}', right - from)
    const stop = close === -1 ? inside.length : close + 1
    inside = `${inside.slice(0, open)}${hole.repeat(stop - open)}${inside.slice(stop)}`
  }
  const plain = /r/i.test(literal.slice(0, mark))
    ? inside
    : inside.replace(/\\(["'])([\w$]*)\\\1/g, ' $1$2$1 ').replace(/\\[^]/g, '  ')
  return ' '.repeat(mark + width) + plain + ' '.repeat(width)
}

interface NamedTable {
  readonly name: string
  readonly alias: string | null
  readonly token: SqlToken
}

function is(token: SqlToken | undefined, ...words: readonly string[]): boolean {
  return token !== undefined && (token.kind === 'word' || token.kind === 'mark') && words.includes(token.word)
}

function isName(token: SqlToken | undefined): token is SqlToken {
  return token?.kind === 'word' || token?.kind === 'quoted'
}

/** Keywords that can't be aliases because they continue the statement. */
const goesOn = new Set([
  'where', 'join', 'left', 'right', 'inner', 'full', 'cross', 'natural', 'on', 'using', 'group', 'order', 'having',
  'limit', 'offset', 'union', 'intersect', 'except', 'set', 'values', 'select', 'returning', 'for', 'window', 'fetch',
  'default', 'tablesample', 'and', 'or', 'when', 'then', 'with',
]) // prettier-ignore

/** SQL functions that allow the keyword FROM in their arguments. */
const fromInside = ['extract', 'substring', 'trim', 'overlay', 'position', 'date_part']

/** Tables that a statement uses, excluding CTEs. */
function tablesOf(tokens: readonly SqlToken[]): readonly NamedTable[] {
  const made = commonTables(tokens)
  const tables: NamedTable[] = []
  const functions: (string | null)[] = []
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]
    if (is(token, '(')) functions.push(before?.kind === 'word' ? before.word : null)
    else if (is(token, ')')) functions.pop()
    const starts =
      (is(token, 'from') && !is(before, 'distinct') && !fromInside.includes(functions.at(-1) ?? '')) ||
      is(token, 'join') ||
      (is(token, 'into') && is(before, 'insert', 'merge', 'ignore', 'replace')) ||
      (is(token, 'update') && !is(before, 'for', 'on', 'do', 'key', 'no', ',', 'or', 'after', 'before'))
    if (starts) tables.push(...listed(tokens, index + 1, is(token, 'from')))
  })
  return tables.filter(({ name }) => !made.has(name))
}

function commonTables(tokens: readonly SqlToken[]): ReadonlySet<string> {
  const made = new Set<string>()
  tokens.forEach((token, index) => {
    if (!is(token, 'as')) return
    let next = index + 1
    while (is(tokens[next], 'not', 'materialized')) next++
    if (!is(tokens[next], '(')) return
    let at = index - 1
    if (is(tokens[at], ')')) {
      for (let depth = 1; depth > 0 && at > 0;) {
        at--
        if (is(tokens[at], ')')) depth++
        if (is(tokens[at], '(')) depth--
      }
      at--
    }
    const name = tokens[at]
    if (isName(name) && is(tokens[at - 1], 'with', 'recursive', ',')) made.add(name.word)
  })
  return made
}

/** Returns the tables in the list that starts at `from`. Omits function calls and names that are partly unknown. */
function listed(tokens: readonly SqlToken[], from: number, many: boolean): readonly NamedTable[] {
  const tables: NamedTable[] = []
  for (let at = from; ;) {
    while (is(tokens[at], 'only', 'lateral')) at++
    if (is(tokens[at], '(')) {
      at = afterBracket(tokens, at)
    } else {
      let token = tokens[at]
      if (!isName(token)) return tables
      let before = tokens[at - 1]
      while (is(tokens[at + 1], '.') && isName(tokens[at + 2])) {
        before = tokens[at + 1]
        at += 2
        token = tokens[at]
      }
      if (!isName(token)) return tables
      const next = tokens[at + 1]
      const whole = !touches(before, token) && !touches(token, next) && !is(next, '.')
      const call = is(next, '(') && is(tokens[from - 1], 'from', 'join')
      at++
      if (is(tokens[at], 'as')) at++
      const alias = tokens[at]
      const named = isName(alias) && !(alias.kind === 'word' && goesOn.has(alias.word))
      if (whole && !call) tables.push({ name: token.word, alias: named ? alias.word : null, token })
      if (call) at = afterBracket(tokens, at)
      else if (named) at++
    }
    if (is(tokens[at], 'as')) at++
    const alias = tokens[at]
    if (isName(alias) && !(alias.kind === 'word' && goesOn.has(alias.word))) at++
    if (!many || !is(tokens[at], ',')) return tables
    at++
  }
}

/** Whether two tokens form one name with an unknown part, as in `user{suffix}` and `user%s`. */
function touches(left: SqlToken | undefined, right: SqlToken | undefined): boolean {
  if (left === undefined || right === undefined || left.end !== right.start) return false
  const unknown = (token: SqlToken): boolean =>
    token.kind === 'hole' || is(token, '{', '}', '%', '$', '-', '/')
  return unknown(left) || unknown(right)
}

function afterBracket(tokens: readonly SqlToken[], from: number): number {
  let depth = 0
  for (let at = from; at < tokens.length; at++) {
    if (is(tokens[at], '(')) depth++
    else if (is(tokens[at], ')') && --depth === 0) return at + 1
  }
  return tokens.length
}

/** Tokens that refer to the removed table or column. */
function usesOf(
  { table, column }: RemovedName,
  tables: readonly NamedTable[],
  tokens: readonly SqlToken[],
): readonly SqlToken[] {
  const own = tables.filter(({ name }) => name === table)
  if (column === null) return own.map(({ token }) => token)
  if (own.length === 0) return []
  const alone = new Set(tables.map(({ name }) => name)).size === 1
  const prefixes = new Set(own.flatMap(({ name, alias }) => [name, ...(alias === null ? [] : [alias])]))
  return tokens.filter((token, index) => {
    if (!isName(token) || token.word !== column) return false
    const before = tokens[index - 1]
    const after = tokens[index + 1]
    if (touches(before, token) || touches(token, after) || is(after, '(')) return false
    // Parameters, aliases and format fields aren't column names.
    if (is(before, ':', '@', 'as', '%', '$', '{') || (is(before, '(') && is(tokens[index - 2], '%')))
      return false
    const qualifier = is(before, '.') ? tokens[index - 2] : undefined
    if (is(before, '.')) return isName(qualifier) && prefixes.has(qualifier.word)
    if (isName(before) && own.some((one) => one.token === before)) return false
    return alone && !own.some((one) => one.token === token)
  })
}
