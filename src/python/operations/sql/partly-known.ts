/** Determines what an SQL statement with unknown parts could change. */
import type { ObjectName, Opaque, Operation } from '../../../core/history/operation.ts'
import { hole } from '../../interpreter/values.ts'
import {
  type SqlToken,
  accept,
  commaParts,
  cursorOf,
  ifExists,
  ifNotExists,
  isKeyword,
  readObjectName,
  textOfTokens,
} from './tokens.ts'

/** Returns how a statement could change its unknown table or index; null if it could change anything. */
export function alteredIn(
  statement: readonly SqlToken[],
  text: string,
): NonNullable<Opaque['alters']> | null {
  const cursor = cursorOf(statement, text)
  if (accept(cursor, 'create', 'table') || accept(cursor, 'create', 'schema')) return 'nothing'
  if (accept(cursor, 'alter', 'index')) return 'constraints'
  if (accept(cursor, 'drop', 'index')) return isKeyword(statement.at(-1), 'cascade') ? null : 'constraints'
  if (!accept(cursor, 'alter', 'table')) return null
  ifExists(cursor)
  accept(cursor, 'only')
  // Skip the table name, such as `{table}` or `{schema}.{table}`.
  do {
    const { kind } = cursor.tokens[cursor.at] ?? {}
    if (kind !== 'hole' && kind !== 'word' && kind !== 'quoted') return null
    cursor.at++
  } while (accept(cursor, '.'))
  const reaches = ['cascade', 'schema', 'inherit', 'attach', 'detach', 'of', 'to']
  if (accept(cursor, 'rename', 'constraint')) return 'constraints'
  const rest = cursor.tokens.slice(cursor.at)
  if (!['add', 'drop', 'alter'].includes(rest[0]?.word ?? '')) return null
  if (rest.some((token) => token.kind === 'word' && reaches.includes(token.word))) return null
  const actions = commaParts(rest)
  // An unknown action might change anything.
  if (!actions.every(([first, second]) => first?.kind === 'word' && second?.kind === 'word')) return null
  if (actions.every(changesConstraint)) return 'constraints'
  return actions.every(changesColumn) ? 'types' : 'tables'
}

/** Whether the ALTER TABLE action only changes a column. Renaming a column doesn't count. */
function changesColumn(action: readonly SqlToken[]): boolean {
  return isKeyword(action[0], 'alter') && !action.some((token) => isKeyword(token, 'add'))
}

function changesConstraint([verb, what]: readonly SqlToken[]): boolean {
  const added = isKeyword(verb, 'add') && /^(?:foreign|unique|check|primary|exclude)$/.test(what?.word ?? '')
  return isKeyword(what, 'constraint') || added
}

/** Returns `constraints` or `types` if ALTER TABLE changes only those; null otherwise. */
export function partsAltered(steps: readonly Operation[]): 'constraints' | 'types' | null {
  const kinds = steps.map((step) => {
    switch (step.kind) {
      case 'dropConstraint':
        return step.cascade ? null : 'constraints'
      case 'addConstraint':
      case 'renameConstraint':
        return 'constraints'
      case 'alterColumn':
        return step.newName === null ? 'types' : null
      default:
        return null
    }
  })
  const [first] = kinds
  return first != null && kinds.every((kind) => kind === first) ? first : null
}

/** Whether the name and its schema are fully known. */
export function isWritten({ schema, name }: ObjectName): boolean {
  return !name.includes(hole) && schema?.includes(hole) !== true
}

/** Whether only values are unknown: text inside quotes, or items in a VALUES list. */
export function onlyValuesUnknown(statement: readonly SqlToken[]): boolean {
  return statement.every((token, at) => {
    if (token.kind === 'string' || !token.word.includes(hole)) return true
    return token.word === hole && token.kind === 'hole' && isListedValue(statement, at)
  })
}

/** Whether only foreign key actions are unknown, as in `ON DELETE {action}`. */
export function onlyActionsUnknown(statement: readonly SqlToken[]): boolean {
  return statement.every((token, at) => {
    if (!token.word.includes(hole)) return true
    const verb = statement[at - 1]?.word ?? ''
    return token.word === hole && isKeyword(statement[at - 2], 'on') && /^(?:delete|update)$/.test(verb)
  })
}

/** Whether the unknown part is a complete value, as in `VALUES (1, {value})`. */
function isListedValue(statement: readonly SqlToken[], at: number): boolean {
  if (![',', ')'].includes(statement[at + 1]?.word ?? '')) return false
  for (let index = at - 1; index > 0; index--) {
    const token = statement[index]
    const [before, last] = [statement[index - 2]?.word, statement[index - 1]?.word]
    if (token?.kind === 'mark' && token.word === '(')
      return last === 'values' || (last === ',' && before === ')')
    const isPlain =
      token?.kind === 'word' ? /^(?:true|false|null|default)$/.test(token.word) : token?.kind !== 'quoted'
    if (!isPlain || (token?.kind === 'mark' && token.word !== ',')) return false
  }
  return false
}

/** Whether any part of the statement is unknown. */
export function textHasHole(statement: readonly SqlToken[], text: string): boolean {
  return textOfTokens(statement, text).includes(hole)
}

/** Whether the statement is CREATE INDEX, and so does nothing but create an index. */
export function makesIndex(statement: readonly SqlToken[]): boolean {
  const [first, second, third] = statement
  return (
    isKeyword(first, 'create') &&
    (isKeyword(second, 'index') || (isKeyword(second, 'unique') && isKeyword(third, 'index')))
  )
}

/**
 * Returns the table named in an ALTER TABLE or CREATE TABLE statement; null for any other statement, or if other
 * tables may be affected.
 */
export function touchedBy(statement: readonly SqlToken[], text: string): readonly ObjectName[] | null {
  const cursor = cursorOf(statement, text)
  if (!accept(cursor, 'alter', 'table') && !accept(cursor, 'create', 'table')) return null
  ifExists(cursor)
  ifNotExists(cursor)
  accept(cursor, 'only')
  const table = readObjectName(cursor)
  if (table === null || [table.schema, table.name].some((name) => name?.includes(hole))) return null
  // An unknown action might change anything.
  const [verb, what] = cursor.tokens.slice(cursor.at)
  const isOpen = textHasHole([...(verb ? [verb] : []), ...(what ? [what] : [])], text)
  const reaches = statement.some((token) => ['cascade', 'rename', 'schema', 'inherit'].includes(token.word))
  return reaches || (isOpen && textHasHole(statement, text)) ? null : [table]
}
