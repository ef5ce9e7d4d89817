/** Parses `ALTER TABLE name action, …`; null if any action is unsupported. */
import type { Span } from '../../../core/history/migration-module.ts'
import type { AlterColumn, ObjectName, Operation } from '../../../core/history/operation.ts'
import { columnClause, isTableConstraint, sqlType, tableConstraint } from './tables.ts'
import {
  accept,
  atEnd,
  commaParts,
  cursorOf,
  identifier,
  readObjectName,
  peek,
  textOfTokens,
  type Cursor,
} from './tokens.ts'

/** Parses the text after `ALTER TABLE`. With IF EXISTS, supports only a rename. */
export function alterTable(cursor: Cursor, span: Span): readonly Operation[] | null {
  const ifExists = accept(cursor, 'if', 'exists')
  accept(cursor, 'only')
  const table = readObjectName(cursor)
  if (table === null) return null
  accept(cursor, '*')
  const steps: Operation[] = []
  for (const part of commaParts(cursor.tokens.slice(cursor.at))) {
    const read = action(cursorOf(part, cursor.text), table, ifExists, span)
    if (read === null) return null
    steps.push(...read)
  }
  steps.sort((a, b) => passOf(a) - passOf(b))
  const plain = steps.every((step) => step.kind === 'renameTable' || step.kind === 'unrelated')
  return ifExists && !plain ? null : steps
}

/** PostgreSQL runs the actions in passes (`AT_PASS_…`), not in the order written. */
function passOf({ kind, ...step }: Operation): number {
  if (kind === 'dropColumn' || kind === 'dropConstraint') return 0
  if (kind === 'alterColumn') {
    if ('type' in step && step.type !== null) return 1
    return 'serverDefault' in step && step.serverDefault?.kind === 'none' ? 0 : 3
  }
  return kind === 'addColumn' ? 2 : 4
}

/** Actions that don't change columns, indexes or constraints. */
const asides = new Set(['validate', 'enable', 'disable', 'owner', 'set', 'reset', 'cluster', 'replica', 'force', 'no']) // prettier-ignore

/** Actions in `asides` that can fail because of rows or other objects. */
const fallible = /^(?:validate constraint|(?:enable|disable) (?!row)\w+|owner to|cluster on|no inherit|set (?:tablespace|access|logged|unlogged))$/ // prettier-ignore

/** Storage parameters that PostgreSQL definitely accepts. */
const plainStorage =
  /^set \((?:,?\s*(?:fillfactor\s*=\s*(?:[1-9]\d|100)|autovacuum_enabled\s*=\s*(?:true|false|on|off)|autovacuum_(?:vacuum|analyze|vacuum_insert)_(?:scale_factor\s*=\s*0?\.\d+|threshold\s*=\s*\d{1,9})))+\s*\)$/i

function action(
  cursor: Cursor,
  table: ObjectName,
  ifExists: boolean,
  span: Span,
): readonly Operation[] | null {
  if (accept(cursor, 'add')) return add(cursor, table, span)
  if (accept(cursor, 'drop')) return drop(cursor, table, span)
  if (accept(cursor, 'rename')) return rename(cursor, table, ifExists, span)
  if (accept(cursor, 'alter')) {
    accept(cursor, 'column')
    const column = identifier(cursor)
    return column === null || peek(cursor, 'constraint') ? null : alterColumn(cursor, table, column, span)
  }
  if (accept(cursor, 'set', 'schema')) {
    const schema = identifier(cursor)
    return schema === null || !atEnd(cursor)
      ? null
      : [{ kind: 'renameTable', table, to: { schema, name: table.name }, ifExists, span }]
  }
  return aside(cursor, table, ifExists, span)
}

function aside(
  cursor: Cursor,
  table: ObjectName,
  ifExists: boolean,
  span: Span,
): readonly Operation[] | null {
  const words = cursor.tokens.slice(cursor.at).map(({ word }) => word)
  const [first = '', second = ''] = words
  if (!asides.has(first)) return null
  const start = `${first} ${second}`
  const validated = accept(cursor, 'validate', 'constraint') ? identifier(cursor) : null
  const chosen = accept(cursor, 'replica', 'identity', 'using', 'index') ? identifier(cursor) : null
  const isStorage = start === 'set (' && !plainStorage.test(textOfTokens(cursor.tokens, cursor.text))
  const what =
    chosen !== null || fallible.test(start)
      ? start.toUpperCase()
      : isStorage
        ? 'storage parameters'
        : 'setting'
  const identifies = chosen !== null && atEnd(cursor) ? { table, index: chosen } : null
  const validates = validated !== null && atEnd(cursor) ? { table, name: validated } : null
  return [
    {
      kind: 'unrelated',
      what,
      ...(!ifExists && { needs: [table] }),
      ...(!ifExists && validates && { validates }),
      ...(!ifExists && identifies && { identifies }),
      span,
    },
  ]
}

function add(cursor: Cursor, table: ObjectName, span: Span): readonly Operation[] | null {
  const rest = cursor.tokens.slice(cursor.at)
  if (isTableConstraint(rest)) {
    // `PRIMARY KEY USING INDEX` names an index, so its columns are unknown here.
    const constraint = tableConstraint(rest, cursor.text)
    return constraint === null ? null : [{ kind: 'addConstraint', table, constraint, span }]
  }
  accept(cursor, 'column')
  const ifNotExists = accept(cursor, 'if', 'not', 'exists')
  const clause = columnClause(cursor.tokens.slice(cursor.at), cursor.text)
  if (clause === null) return null
  const { column, constraints } = clause
  return [{ kind: 'addColumn', table, column, constraints, indexes: [], ifNotExists, span }]
}

function drop(cursor: Cursor, table: ObjectName, span: Span): readonly Operation[] | null {
  const constraint = accept(cursor, 'constraint')
  if (!constraint) accept(cursor, 'column')
  const present = accept(cursor, 'if', 'exists')
  const name = identifier(cursor)
  const cascade = accept(cursor, 'cascade')
  if (!cascade) accept(cursor, 'restrict')
  if (name === null || !atEnd(cursor)) return null
  const more = { ifExists: present, ...(cascade && { cascade: true as const }), span }
  return constraint
    ? [{ kind: 'dropConstraint', table, name, exact: true, type: null, ...more }]
    : [{ kind: 'dropColumn', table, column: name, ...more }]
}

function rename(
  cursor: Cursor,
  table: ObjectName,
  ifExists: boolean,
  span: Span,
): readonly Operation[] | null {
  if (accept(cursor, 'to')) {
    const name = identifier(cursor)
    if (name === null || !atEnd(cursor)) return null
    return [{ kind: 'renameTable', table, to: { ...table, name }, ifExists, span }]
  }
  if (accept(cursor, 'constraint')) {
    const name = identifier(cursor)
    const to = accept(cursor, 'to') ? identifier(cursor) : null
    if (name === null || to === null || !atEnd(cursor)) return null
    return [{ kind: 'renameConstraint', table, name, to, span }]
  }
  accept(cursor, 'column')
  const column = identifier(cursor)
  const newName = accept(cursor, 'to') ? identifier(cursor) : null
  if (column === null || newName === null || !atEnd(cursor)) return null
  return [{ ...unchanged(table, column, span), newName }]
}

function alterColumn(
  cursor: Cursor,
  table: ObjectName,
  column: string,
  span: Span,
): readonly Operation[] | null {
  const step = unchanged(table, column, span)
  const whole = (change: Partial<AlterColumn>): readonly Operation[] | null =>
    atEnd(cursor) ? [{ ...step, ...change }] : null
  if (accept(cursor, 'set', 'not', 'null')) return whole({ nullable: false })
  if (accept(cursor, 'drop', 'not', 'null')) return whole({ nullable: true })
  if (accept(cursor, 'drop', 'identity', 'if', 'exists') && atEnd(cursor))
    return [{ kind: 'unrelated', what: 'setting', needs: [{ ...table, columns: [column] }], span }]
  if (accept(cursor, 'drop', 'default')) return whole({ serverDefault: { kind: 'none' } })
  if (accept(cursor, 'set', 'default')) {
    const text = textOfTokens(cursor.tokens.slice(cursor.at), cursor.text)
    return [{ ...step, serverDefault: { kind: 'present', text } }]
  }
  if (accept(cursor, 'type') || accept(cursor, 'set', 'data', 'type')) {
    const type = sqlType(cursor)
    const rest = cursor.tokens.slice(cursor.at)
    const using = rest.findIndex(({ kind, word }) => kind === 'word' && word === 'using')
    if (type === null || using < 0) return type && [{ ...step, type }]
    return [{ ...step, type, using: true, conversion: textOfTokens(rest.slice(using + 1), cursor.text) }]
  }
  const storage = ['storage', 'statistics', 'compression'].find((word) => accept(cursor, 'set', word))
  if (storage === undefined) return null
  const target = Number(cursor.tokens[cursor.at]?.word)
  const isPlain = storage === 'statistics' && target >= 0 && target <= 10_000
  const what = isPlain ? 'setting' : `SET ${storage.toUpperCase()}`
  return [{ kind: 'unrelated', what, needs: [{ ...table, columns: [column] }], span }]
}

function unchanged(table: ObjectName, column: string, span: Span): AlterColumn {
  return {
    kind: 'alterColumn',
    table,
    column,
    newName: null,
    type: null,
    nullable: null,
    serverDefault: null,
    span,
  }
}
