/**
 * Determines which objects a `DO` block could change. A block changes only objects that it names, unless it runs
 * dynamic SQL, calls functions or uses CASCADE.
 */
import type { DataStep, ObjectName } from '../../../../core/history/operation.ts'
import { alterTable } from '../alter-table.ts'
import { type DoPart, partsOfBlock } from './do-parts.ts'
import { harmlessCalls } from '../harmless-calls.ts'
import { callsOtherFunctions } from '../named-columns.ts'
import { namedRelations } from '../named-relations.ts'
import { rowsWritten } from '../row-statements.ts'
import { hole } from '../../../interpreter/values.ts'
import { isWritten, partsAltered } from '../partly-known.ts'
import { type Cursor, type SqlToken, accept, cursorOf, tokensOfSql } from '../tokens.ts'

/** Keywords of statements that may affect unnamed objects. */
const reaching = new Set(['call', 'perform', 'commit', 'rollback', 'cascade', 'extension', 'owned', 'import', 'inherits', 'inherit', 'owner', 'reassign']) // prettier-ignore
/** Keywords of statements that write rows. */
const writing = new Set(['insert', 'update', 'delete', 'merge', 'truncate', 'copy'])
/** First words of statements that may affect anything. */
const unbounded = /^(?:do|load|prepare|discard)$/
/** Keywords of statements that change more than rows. */
const changing = new Set(['create', 'alter', 'drop', 'comment', 'grant', 'revoke', 'refresh', 'reindex', 'cluster', 'security', 'lock']) // prettier-ignore
/** Keywords that may precede a name and an optional column list. */
const beforeColumns = new Set(['table', 'exists', 'into', 'on', 'only', 'references', 'view', 'index'])
/** Keywords and types that may precede a parenthesis but aren't functions. */
const grammar = new Set(['in', 'values', 'exists', 'and', 'or', 'not', 'if', 'elsif', 'then', 'select', 'where', 'on', 'using', 'check', 'key', 'unique', 'from', 'any', 'all', 'some', 'array', 'over', 'as', 'when', 'while', 'enum', 'varchar', 'varying', 'character', 'char', 'numeric', 'decimal', 'timestamp', 'time', 'bit', 'default', 'case', 'else', 'return', 'by', 'having', 'limit', 'offset', 'loop', 'filter', 'union', 'except', 'intersect', 'with', 'distinct', 'lateral', 'interval', 'row', 'partition', 'notice', 'exception', 'format', 'concat', 'trim', 'date', 'overlay', 'position', 'between', 'returning', 'is', 'like', 'ilike', 'set', 'column', 'include']) // prettier-ignore
/** Maximum number of tokens in a block. Longer blocks aren't analyzed. */
const maxWords = 5000

/** Changes that a `DO` block may make. */
export interface DoBlock {
  /** True if the block only reads and writes rows. */
  readonly rowsOnly: boolean
  /** Tables whose rows the block may change; undefined if unknown, or if the block changes anything else. */
  readonly rows?: Pick<DataStep, 'fills' | 'changes'>
  /** True if only rows, roles and privileges change. */
  readonly privilegesOnly: boolean
  /** Tables, indexes and types that the block may change; null if some may be missing. */
  readonly names: readonly ObjectName[] | null
  /** Kind of change to the named tables, or to any tables if `names` is null. Set only if nothing else changes. */
  readonly alters?: 'constraints' | 'types'
}

/** Changes that one part of a block may make. */
type Effect = 'nothing' | 'rows' | 'privileges' | Pick<DoBlock, 'names' | 'alters'>

/** Reads a `DO` statement. */
export function readDoBlock(statement: readonly SqlToken[]): DoBlock {
  const unbound: DoBlock = { rowsOnly: false, privilegesOnly: false, names: null }
  const bodies = statement.filter((token) => token.kind === 'string')
  const others = statement.filter((token) => token.kind !== 'string').map((token) => token.word)
  const [body] = bodies
  if (body === undefined || bodies.length > 1) return unbound
  if (!/^do(?: language plpgsql)?$/.test(others.join(' '))) return unbound
  const tokens = tokensOfSql(body.word)
  if (tokens === null || tokens.length > maxWords) return unbound
  const parts = partsOfBlock(tokens) ?? [{ kind: 'statement' as const, tokens }]
  const effects = parts.map((part) => effectOf(part, body.word))
  const changes = effects.flatMap((one) => (typeof one === 'string' ? [] : [one]))
  const [first] = changes
  const isSame = first?.alters !== undefined && changes.every(({ alters }) => alters === first.alters)
  const isOpen = changes.some(({ names }) => names === null)
  const altersOnly = isSame && effects.every((one) => one === 'nothing' || typeof one !== 'string')
  if (isOpen) return altersOnly ? { ...unbound, alters: first.alters } : unbound
  const rowsOnly = effects.every((one) => one === 'nothing' || one === 'rows')
  const rows = rowsOnly ? rowsOfParts(parts) : null
  return {
    rowsOnly,
    ...(rows && { rows }),
    privilegesOnly: effects.every((one) => one === 'nothing' || one === 'privileges'),
    names: changes.flatMap(({ names }) => names ?? []),
    ...(altersOnly && { alters: first.alters }),
  }
}

/** Returns the tables whose rows these parts of the block may change; null if unknown. */
function rowsOfParts(parts: readonly DoPart[]): DoBlock['rows'] | null {
  const fills: ObjectName[] = []
  const changes: ObjectName[] = []
  for (const { kind, tokens } of parts) {
    const [first] = tokens
    const words = tokens.filter((token) => token.kind === 'word' && writing.has(token.word))
    if (words.length === 0 && !callsOtherFunctions(tokens, [])) continue
    const written = kind === 'statement' && words.length === 1 ? rowsWritten(cursorOf(tokens, '')) : null
    if (written === null || first !== words[0]) return null
    if (callsOtherFunctions(tokens, [written.table, ...namedRelations(tokens)])) return null
    ;(written.statement === 'insert' ? fills : changes).push(written.table)
  }
  return { fills, changes }
}

function effectOf({ kind, tokens }: DoPart, text: string): Effect {
  const [first, second] = tokens
  const words = new Set(tokens.flatMap((token) => (token.kind === 'word' ? [token.word] : [])))
  if (['search_path', 'set_config'].some((word) => words.has(word))) return { names: null }
  if (isPrivilege(first?.word ?? '', second?.word ?? '')) return 'privileges'
  if (tokens.some((token) => token.kind === 'hole') || tokens.some((_, index) => isCall(tokens, index)))
    return { names: null }
  if (kind === 'statement' && first?.word === 'execute') return executed(tokens)
  if (words.has('execute')) return { names: null }
  const plain = [...words].some((word) => writing.has(word)) ? 'rows' : 'nothing'
  if (kind === 'expression') return plain
  const altered = alteredTable(cursorOf(tokens, text))
  if (altered !== null) return altered
  if (unbounded.test(first?.word ?? '') || [...words].some((word) => reaching.has(word)))
    return { names: null }
  // SET and RESET may switch the role.
  if (/^(?:set|reset)$/.test(first?.word ?? '')) return { names: [] }
  if (![...words].some((word) => changing.has(word))) return plain
  return { names: tokens.flatMap((_, index) => relationNameAt(tokens, index)) }
}

/** Returns the effect of an ALTER TABLE that changes only constraints or types; null otherwise. */
function alteredTable(cursor: Cursor): Effect | null {
  if (!accept(cursor, 'alter', 'table')) return null
  const steps = alterTable(cursor, { path: '', line: 0, column: 0 }) ?? []
  const alters = partsAltered(steps)
  const [step] = steps
  return alters === null || step === undefined || !('table' in step) || step.table === null
    ? null
    : { names: isWritten(step.table) ? [step.table] : null, alters }
}

/** Whether the statement changes only roles and privileges. */
function isPrivilege(first: string, second: string): boolean {
  return (
    ['grant', 'revoke'].includes(first) ||
    /^(?:alter default|(?:create|alter) (?:user|role))$/.test(`${first} ${second}`)
  )
}

/** Returns the effect of an executed string, as in `EXECUTE format('ALTER TABLE t …', …)`. */
function executed(tokens: readonly SqlToken[]): Effect {
  const unbound = { names: null }
  const isFormat = tokens[1]?.word === 'format' && tokens[2]?.word === '('
  let at = isFormat ? 3 : 1
  let text = ''
  // PostgreSQL concatenates literals on consecutive lines.
  for (; tokens[at]?.kind === 'string'; at++) text += tokens[at]?.word ?? ''
  const end = tokens[at]?.word
  if (text === '' || !(isFormat ? [',', ')'] : [undefined, 'using', 'into']).includes(end)) return unbound
  const words = tokensOfSql(text.replaceAll(/%(?:\d+\$)?[-\d]*[ILs]/g, hole))
  if (words === null || words.some(({ word }) => word === ';' || word === 'cascade')) return unbound
  const [first, second, third] = words.map(({ word }) => word)
  if (isPrivilege(first ?? '', second ?? '')) return 'privileges'
  if (first === 'alter' && second === 'table') {
    const altered = alteredTable(cursorOf(words, text))
    if (altered !== null) return altered
    const name = words[third === 'if' ? 4 : third === 'only' ? 3 : 2]
    const isOpen = name === undefined || name.kind === 'hole' || words.some(({ word }) => reaching.has(word))
    return isOpen ? unbound : { names: words.flatMap((_, index) => relationNameAt(words, index)) }
  }
  const isRows = ['update', 'delete', 'insert'].includes(first ?? '')
  return isRows && !words.some((_, index) => isCall(words, index)) ? { names: [] } : unbound
}

/** Returns the name at a position, with its schema if qualified; empty if there is none. */
export function relationNameAt(tokens: readonly SqlToken[], index: number): readonly ObjectName[] {
  const token = tokens[index]
  if (token?.kind !== 'word' && token?.kind !== 'quoted') return []
  const schema = tokens[index - 1]?.word === '.' ? tokens[index - 2]?.word : undefined
  return [{ schema: schema ?? null, name: token.word }]
}

function isCall(tokens: readonly SqlToken[], index: number): boolean {
  const token = tokens[index]
  const opens = tokens[index + 1]
  if (opens?.kind !== 'mark' || opens.word !== '(') return false
  if (token?.kind !== 'word' && token?.kind !== 'quoted') return false
  let before = index - 1
  while (tokens[before]?.word === '.') before -= 2
  if (beforeColumns.has(tokens[before]?.word ?? '')) return false
  return token.kind === 'quoted' || !(grammar.has(token.word) || harmlessCalls.test(token.word))
}
