/** Finds plain values, such as `'a'` or `1`, that a statement assigns to columns or compares with columns. */
import type { PlainValue, RowsWritten } from '../../../core/history/operation.ts'
import { type SqlToken, accept, commaParts, cursorOf, identifier, readObjectName } from './tokens.ts'
import { insertedRows } from './used-constants.ts'

/** Functions that return text. */
const makesText =
  /^(?:lower|upper|initcap|concat|concat_ws|trim|btrim|ltrim|rtrim|replace|md5|to_char|substring|substr)$/

/**
 * Returns the values that an INSERT or UPDATE assigns. For a single table, also returns the values that columns are
 * compared with in WHERE.
 */
export function plainValues(
  tokens: readonly SqlToken[],
  writes: RowsWritten,
  isAlone: boolean,
): readonly PlainValue[] {
  if (writes.statement === 'insert') {
    return (insertedRows(tokens, writes) ?? []).flatMap((row) =>
      Object.entries(row).flatMap(([column, value]) =>
        typeof value === 'number' || typeof value === 'boolean'
          ? [{ column, use: 'assigned' as const, value: kindOf(value) }]
          : [],
      ),
    )
  }
  const own = isAlone && !tokens.some(({ kind, word }) => kind === 'word' && /^(?:select|case)$/.test(word))
  return [...(writes.statement === 'update' ? assigned(tokens, own) : []), ...(own ? compared(tokens) : [])]
}

function kindOf(value: number | boolean): 'number' | 'boolean' {
  return typeof value === 'number' ? 'number' : 'boolean'
}

/**
 * Reads the assignments in `UPDATE t SET column = value, …`. `own` means that all columns used in the values belong
 * to `t`.
 */
function assigned(tokens: readonly SqlToken[], own: boolean): readonly PlainValue[] {
  const cursor = cursorOf(tokens, '')
  if (!accept(cursor, 'update')) return []
  accept(cursor, 'only')
  readObjectName(cursor)
  if (!accept(cursor, 'set')) {
    accept(cursor, 'as')
    identifier(cursor)
    if (!accept(cursor, 'set')) return []
  }
  const rest = tokens.slice(cursor.at)
  const end = clauseEnd(rest)
  return commaParts(rest.slice(0, end)).flatMap(([target, equal, ...value]) => {
    if (target === undefined || equal?.word !== '=' || !isName(target)) return []
    const found = valueOf(value, own)
    return found === null ? [] : [{ column: target.word, use: 'assigned', value: found }]
  })
}

/** Returns the index where the assignments end. */
function clauseEnd(tokens: readonly SqlToken[]): number {
  let depth = 0
  const end = tokens.findIndex(({ kind, word }) => {
    if (word === '(' && kind === 'mark') depth += 1
    if (word === ')' && kind === 'mark') depth -= 1
    return depth === 0 && kind === 'word' && /^(?:from|where|returning)$/.test(word)
  })
  return end < 0 ? tokens.length : end
}

function valueOf(tokens: readonly SqlToken[], own: boolean): PlainValue['value'] | null {
  const [first, ...more] = tokens
  if (first === undefined) return null
  if (first.kind === 'word' && makesText.test(first.word) && isWholeCall(more)) return 'text'
  if (more.length > 0) return null
  if (first.kind === 'number') return 'number'
  if (!isName(first)) return null
  if (first.kind === 'word' && /^(?:true|false)$/.test(first.word)) return 'boolean'
  const isColumn =
    own && !(first.kind === 'word' && /^(?:null|default|current_\w+|localtime\w*|\w*user)$/.test(first.word))
  return isColumn ? { column: first.word } : null
}

/** Whether the tokens are a single group in parentheses. */
function isWholeCall(tokens: readonly SqlToken[]): boolean {
  let depth = 0
  const close = tokens.findIndex(({ kind, word }) => {
    if (kind === 'mark' && word === '(') depth += 1
    if (kind === 'mark' && word === ')') depth -= 1
    return depth === 0
  })
  return close > 0 && close === tokens.length - 1
}

/** Reads comparisons such as `column = 1` in WHERE, except inside larger expressions. */
function compared(tokens: readonly SqlToken[]): readonly PlainValue[] {
  const where = tokens.findIndex(({ kind, word }) => kind === 'word' && word === 'where')
  if (where < 0) return []
  return tokens.slice(where).flatMap((token, index, all) => {
    const [before, equal, value, after] = [all[index - 1], all[index + 1], all[index + 2], all[index + 3]]
    const begins = before?.kind === 'word' && /^(?:where|and|or|not)$/.test(before.word)
    const ends = after === undefined || (after.kind === 'word' && /^(?:and|or|returning)$/.test(after.word))
    const isPlain = begins && ends && equal?.word === '=' && value?.kind === 'number' && isName(token)
    return isPlain ? [{ column: token.word, use: 'compared' as const, value: 'number' as const }] : []
  })
}

function isName({ kind }: SqlToken): boolean {
  return kind === 'word' || kind === 'quoted'
}
