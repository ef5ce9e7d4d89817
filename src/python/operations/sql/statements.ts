/**
 * Parses PostgreSQL and SQLite DDL and row statements into operations. Other statements that may affect tables
 * become `opaque`.
 */
import type { Span } from '../../../core/history/migration-module.ts'
import type {
  Constraint,
  DataStep,
  Index,
  ObjectName,
  Operation,
  Opaque,
} from '../../../core/history/operation.ts'
import { shortened } from '../../source/excerpt.ts'
import { hole } from '../../interpreter/values.ts'
import { alterTable } from './alter-table.ts'
import { relationNameAt, readDoBlock } from './plpgsql/do-block.ts'
import { emptyResult } from './empty-result.ts'
import { rejectedWord } from './foreign-syntax.ts'
import { harmlessCalls } from './harmless-calls.ts'
import { callsOtherFunctions, namedColumns } from './named-columns.ts'
import { namedRelations } from './named-relations.ts'
import { alterOther, createOther, dropOther, plainStatement, takes, wordsOf } from './other-statements.ts'
import { plainValues } from './plain-values.ts'
import { insertedRows, usedConstants } from './used-constants.ts'
import {
  alteredIn,
  isWritten,
  makesIndex,
  onlyActionsUnknown,
  onlyValuesUnknown,
  partsAltered,
  textHasHole,
  touchedBy,
} from './partly-known.ts'
import { filledBy, relationsOf, rowsWritten, skipExpressions } from './row-statements.ts'
import { roleCondition } from './plpgsql/role-block.ts'
import { rowStatementIn } from './rows/statements.ts'
import { columnClause, indexedColumn, isTableConstraint, namesClass, tableConstraint } from './tables.ts'
import {
  accept,
  atEnd,
  bracketed,
  commaParts,
  cursorOf,
  identifier,
  ifExists,
  ifNotExists,
  isKeyword,
  readObjectName,
  peek,
  statementsOf,
  textOfTokens,
  tokensOfSql,
  type Cursor,
  type SqlToken,
} from './tokens.ts'
import { promotedIndex } from './promoted-index.ts'
import { droppedWithDependents } from './trigger-statements.ts'
import { readParents, readPartitioning } from './partitions.ts'

/** A statement's operations; null if it isn't understood. */
type Read = readonly Operation[] | null

/** Returns the operations in SQL text. `hole` marks an unknown part, which is assumed to be a value or name. */
export function operationsOfSql(text: string, span: Span): readonly Operation[] {
  const tokens = tokensOfSql(text)
  const opaque = (reason: string, source: string, touches: readonly ObjectName[] | null): Opaque => {
    const shown = shortened(source.replaceAll(hole, '{…}'))
    // ALTER TABLE and CREATE TABLE affect no types except the table's row type.
    return { kind: 'opaque', reason, source: shown, touches, ...(touches && { types: [] }), span }
  }
  if (tokens === null) return [opaque("SQL that can't be parsed", text, null)]
  const statements = wholeBodies(statementsOf(tokens))
  return statements.flatMap((statement, number) => {
    const cursor = cursorOf(statement, text)
    const read = readStatement(cursor, span)?.map((step) => {
      if (numbered.has(step.kind)) return { ...step, sql: number }
      const own = step.kind === 'createIndex' ? { ...step, sql: number } : step
      return statements.length > 1 ? inImplicitBlock(own) : own
    })
    if (read === undefined) {
      const reason = textHasHole(statement, text)
        ? 'SQL that is only partly known before run time'
        : `unsupported SQL: ${leadingWords(statement)}`
      const step = opaque(reason, textOfTokens(statement, text), touchedBy(statement, text))
      if (makesIndex(statement)) return [{ ...step, touches: [], types: [], anyIndex: true }]
      const promotes = textHasHole(statement, text) ? null : promotedIndex(cursorOf(statement, text))
      if (promotes) return [{ ...step, alters: 'constraints', promotes }]
      const dropsFunction = textHasHole(statement, text) ? null : droppedWithDependents(statement, text)
      if (dropsFunction) return [{ ...step, dropsFunction }]
      const alters = alteredIn(statement, text)
      const isBounded = alters === 'types' || alters === 'constraints'
      if (alters !== null && (step.touches === null || isBounded)) return [{ ...step, alters }]
      return [{ ...step, ...bounds(statement) }]
    }
    const unsure = textHasHole(statement, text)
    if (!unsure) return read
    if (read.every((step) => step.kind === 'data' || step.kind === 'unrelated')) {
      const [only] = read
      if (only?.kind === 'data' && read.length === 1 && onlyValuesUnknown(statement))
        return [withoutConstants(only)]
      return read.map((step) => withoutNames(step, statement))
    }
    const [first] = read
    if (read.length === 1 && first?.kind === 'addConstraint' && onlyActionsUnknown(statement)) return read
    if (first?.kind === 'createEnum' && isWritten(first.enum)) return [{ ...first, values: null }]
    const reason = 'SQL that is only partly known before run time'
    const step = opaque(reason, textOfTokens(statement, text), touchedBy(statement, text))
    if (makesIndex(statement)) return [{ ...step, touches: [], types: [], anyIndex: true }]
    if (first?.kind === 'createSchema') return [{ ...step, touches: [] }]
    const parts = partsAltered(read)
    if (parts !== null) return [{ ...step, alters: parts }]
    const alters = alteredIn(statement, text)
    return [step.touches === null && alters !== null ? { ...step, alters } : step]
  })
}

/** Returns fields that list the objects a statement may affect; empty if it may affect any object. */
function bounds(statement: readonly SqlToken[]): Partial<Opaque> {
  if (setsPath(statement)) return { onlyNames: true }
  if (isKeyword(statement[0], 'do')) {
    const { names, alters } = readDoBlock(statement)
    if (names === null) return alters ? { alters } : {}
    return alters ? { touches: names, types: [], alters } : { mentions: names }
  }
  const alters = isKeyword(statement[0], 'alter') && isKeyword(statement[1], 'table')
  if (!alters || statement.some(({ kind, word }) => kind === 'hole' || word.includes(hole))) return {}
  return { mentions: statement.flatMap((_, index) => relationNameAt(statement, index)) }
}

/** Whether the statement sets `search_path`. */
function setsPath(statement: readonly SqlToken[]): boolean {
  const words = statement.map(({ kind, word }) =>
    kind === 'string' ? (word === 'search_path' ? "'" : '_') : word,
  )
  return /^(?:set (?:session |local )?search_path (?:=|to) [^;]+|select (?:pg_catalog \. )?set_config \( ' , _ , (?:true|false) \))$/.test(
    words.join(' '),
  )
}

/** Returns the statement without its constants, for use when some are unknown. */
function withoutConstants(step: DataStep): DataStep {
  const { kind, writes, needs, readOnly, columns, fills, drawsOn, mayCall, tree, span } = step
  return {
    kind,
    ...(writes && { writes }),
    ...(needs && { needs }),
    ...(readOnly && { readOnly }),
    ...(columns && { columns }),
    ...(fills && { fills }),
    ...(drawsOn && { drawsOn }),
    ...(mayCall && { mayCall }),
    ...(tree !== undefined && { tree }),
    span,
  }
}

/** Returns the operation without its names, for use when some are unknown. */
function withoutNames(step: Operation, statement: readonly SqlToken[]): Operation {
  if (step.kind === 'data') return withKnownTable(step, statement)
  if (step.kind !== 'unrelated') return step
  const { kind, what, needs, drops, span } = step
  // A trigger or policy needs its table, even if other parts are unknown.
  const ofTable = /^(?:trigger|policy)$/.test(what)
  return {
    kind,
    what,
    ...(ofTable && needs?.every(isWritten) && { needs }),
    ...(drops && isWritten(drops.table) && { drops: { ...drops, name: null } }),
    ...(step.dependent && { dependent: { name: null, words: wordsOf(statement) } }),
    span,
  }
}

/**
 * Keeps the table that the statement writes to if no other table can get new rows. Used if parts of the statement
 * are unknown.
 */
function withKnownTable({ kind, writes, fills, span }: DataStep, statement: readonly SqlToken[]): DataStep {
  const isPlain = ['insert', 'update', 'delete'].some((word) => isKeyword(statement[0], word))
  const has = (...words: string[]): boolean =>
    statement.some((token) => words.some((word) => isKeyword(token, word)))
  // An unknown expression adds rows only if it calls a function that does.
  if (isPlainSelect(statement)) return { kind, fills: [], mayCall: true, span }
  // An unknown query may write to other tables.
  const isOnly = isPlain && has('values', 'select', 'set', 'from') && !has('with')
  if (!isOnly || !writes || !fills || ![writes.table, ...fills].every(isWritten)) {
    const changesAny = writes !== undefined && writes.statement !== 'insert' && fills?.length === 0
    return { kind, ...(changesAny && { changesAny, mayCall: true }), span }
  }
  return { kind, writes: { ...writes, columns: [] }, fills, mayCall: true, tree: null, span }
}

/** Whether the statement is a SELECT that neither writes rows nor creates a table. */
function isPlainSelect(statement: readonly SqlToken[]): boolean {
  const writes = statement.some(
    (token, at) =>
      ['insert', 'update', 'delete', 'merge', 'into'].some((word) => isKeyword(token, word)) &&
      !isKeyword(statement[at - 1], 'for'),
  )
  return isKeyword(statement[0], 'select') && !writes
}

/** Returns the operation with its effects omitted or marked as uncertain. Used if the operation might not run. */
export function withoutWrites(step: Operation): Operation {
  if (step.kind === 'data') return { kind: 'data', span: step.span }
  if (step.kind !== 'unrelated') return step
  const { kind, what, changes, needs, drops, span } = step
  const [place] = drops ? [drops.table] : (needs ?? [])
  const perhapsOn = /^(?:trigger|policy)$/.test(what) && place && isWritten(place) ? place : null
  const more = {
    ...(changes && { changes: { ...changes, maybe: true as const } }),
    ...(perhapsOn && { perhapsOn }),
    ...(step.dependent && { dependent: step.dependent }),
  }
  return { kind, what, ...more, span }
}

/** PostgreSQL runs several statements in one string in an implicit transaction block. */
function inImplicitBlock(step: Operation): Operation {
  if (step.kind !== 'unrelated' || step.blockOnly === undefined) return step
  const { blockOnly: _, ...rest } = step
  return rest
}

/** Kinds of operations that record the index of their SQL statement. */
const numbered: ReadonlySet<Operation['kind']> = new Set([
  'createTable',
  'addColumn',
  'alterColumn',
  'addConstraint',
  'dropConstraint',
  'dropTable',
  'dropEnum',
])

/** Rejoins statements with semicolons in their bodies, such as SQLite triggers and BEGIN ATOMIC functions. */
function wholeBodies(statements: readonly (readonly SqlToken[])[]): readonly (readonly SqlToken[])[] {
  const whole: SqlToken[][] = []
  let inBody = false
  for (const statement of statements) {
    if (inBody) whole.at(-1)?.push(...statement)
    else whole.push([...statement])
    const [first] = statement
    if (inBody) inBody = first?.kind !== 'word' || first.word !== 'end'
    else inBody = isKeyword(first, 'create') && statement.some((token) => isKeyword(token, 'begin'))
  }
  return whole
}

function leadingWords(statement: readonly SqlToken[]): string {
  const words = statement.slice(0, 2).filter((token) => token.kind === 'word')
  return words.map((token) => token.word.toUpperCase()).join(' ') || 'no statement'
}

const rows = new Set(['insert', 'update', 'delete', 'truncate', 'copy', 'merge', 'values', 'replace', 'explain', 'show']) // prettier-ignore
const asides: Readonly<Record<string, string>> = {
  pragma: 'setting',
  begin: 'transaction',
  start: 'transaction',
  commit: 'transaction',
  end: 'transaction',
  savepoint: 'savepoint',
  release: 'RELEASE SAVEPOINT',
  notify: 'notification',
  listen: 'notification',
}

function readStatement(cursor: Cursor, span: Span): Read {
  const [first] = cursor.tokens
  if (first?.kind !== 'word') return null
  const aside = asides[first.word]
  if (aside !== undefined) {
    const isSavepoint = first.word === 'savepoint' && { blockOnly: 'SAVEPOINT' as const }
    const begins = /^(?:begin|start)$/.test(first.word) && { begins: true as const }
    return [{ kind: 'unrelated', what: aside, ...isSavepoint, ...begins, span }]
  }
  if (first.word === 'do') {
    const { rowsOnly, rows: changed, privilegesOnly } = readDoBlock(cursor.tokens)
    if (rowsOnly) return [{ kind: 'data', ...changed, span }]
    if (!privilegesOnly) return null
    const onlyIf = roleCondition(cursor.tokens)
    const body = cursor.tokens.find(({ kind }) => kind === 'string')
    const words = tokensOfSql(body?.word ?? '')
    const onlyGrants = words && !takes(words) && !words.some(({ word }) => word === 'alter')
    return [
      {
        kind: 'unrelated',
        what: 'privilege',
        ...(onlyIf && { onlyIf }),
        ...(onlyGrants && { onlyGrants }),
        span,
      },
    ]
  }
  if (rows.has(first.word)) return [rowStatement(cursor, span)]
  const plain = plainStatement(first.word, { ...cursor, at: 1 }, span)
  if (plain !== undefined) return [plain]
  switch (first.word) {
    case 'select':
    case 'with':
      return query(cursor, span)
    case 'create':
      cursor.at++
      return create(cursor, span)
    case 'drop':
      cursor.at++
      return drop(cursor, span)
    case 'alter':
      cursor.at++
      return alter(cursor, span)
    default:
      return null
  }
}

/** Parses a statement that reads or changes rows. */
function rowStatement(cursor: Cursor, span: Span): Operation {
  const word = cursor.tokens[cursor.at]?.word ?? ''
  if (/^(?:show|explain)$/.test(word)) return { kind: 'data', span }
  if (/^(?:truncate|copy|merge)$/.test(word)) {
    const needs = relationsOf(cursor)
    const all = word === 'truncate' && needs.length > 0 ? { columns: [] } : {}
    const fills = filledBy(cursor.tokens)
    return {
      kind: 'data',
      ...(needs.length > 0 && { needs }),
      ...all,
      ...(word === 'truncate' &&
        !cursor.tokens.some((token) => token.word === 'cascade') && { truncates: true }),
      ...(fills && { fills }),
      span,
    }
  }
  const rejectedAt = rejectedWord(cursor.tokens, cursor.text)
  const writes = rowsWritten({ ...cursor })
  const own = writes?.table
  const needs = namedRelations(cursor.tokens).filter(
    ({ schema, name }) => name !== own?.name || schema !== own.schema,
  )
  const columns = own ? namedColumns(cursor.tokens, [own, ...needs]) : null
  const values = writes && plainValues(cursor.tokens.slice(cursor.at), writes, needs.length === 0)
  const inserted = writes && insertedRows(cursor.tokens.slice(cursor.at), writes)
  const fills = filledBy(cursor.tokens)
  const calls = callsOtherFunctions(cursor.tokens, own ? [own, ...needs] : needs)
  const drawsOn = writes?.statement === 'insert' ? drawnOn(cursor.tokens, needs) : []
  return {
    kind: 'data',
    ...(writes && { writes }),
    ...(inserted && { rows: inserted }),
    ...(values && values.length > 0 && { values }),
    ...(needs.length > 0 && { needs }),
    ...(columns && { columns }),
    ...(fills && { fills }),
    ...(drawsOn.length > 0 && { drawsOn }),
    ...(calls && { mayCall: true as const }),
    tree: rowStatementIn(cursor.tokens, cursor.text),
    constants: usedConstants(cursor.tokens, writes),
    ...(rejectedAt !== null && { rejectedAt }),
    span,
  }
}

/** Returns the sources that must all contain rows for `INSERT INTO … SELECT` to add any. */
function drawnOn(statement: readonly SqlToken[], relations: readonly ObjectName[]): readonly ObjectName[] {
  const start = statement.findIndex(
    ({ kind, word }, index) => index > 0 && kind === 'word' && /^(?:select|with)$/.test(word),
  )
  if (start < 0 || !isKeyword(statement[0], 'insert') || statement[start - 1]?.word === '(') return []
  const rest = statement.slice(start)
  const end = rest.findIndex(({ kind, word }) => kind === 'word' && /^(?:conflict|returning)$/.test(word))
  const source = end < 0 ? rest : rest.slice(0, rest[end]?.word === 'conflict' ? end - 1 : end)
  return relations.filter(
    ({ schema, name }) => emptyResult(source, (one) => one.name === name && one.schema === schema) === 'none',
  )
}

function query(cursor: Cursor, span: Span): Read {
  const { tokens } = cursor
  const calls = tokens.some(
    (token, index) =>
      index > 0 &&
      token.kind === 'word' &&
      token.word !== 'lateral' &&
      ['select', 'from', 'join', 'lateral'].includes(tokens[index - 1]?.word ?? '') &&
      tokens[index + 1]?.word === '(' &&
      !harmlessCalls.test(token.word),
  )
  const into = tokens[0]?.word === 'select' && tokens.some((token) => token.word === 'into')
  const path = tokens.some((token) => token.kind === 'string' && token.word === 'search_path')
  if (calls || into || path) return null
  const writing = tokens.some(
    ({ kind, word }) => kind === 'word' && /^(?:insert|update|delete|merge|nextval|setval)$/.test(word),
  )
  const within = { ...cursor }
  if (writing && skipExpressions(within)) return [rowStatement(within, span)]
  const needs = namedRelations(tokens)
  const reads = writing ? {} : { readOnly: true as const }
  const columns = writing ? null : namedColumns(tokens, needs)
  const constants = usedConstants(tokens, null)
  return [
    {
      kind: 'data',
      ...(needs.length > 0 && { needs }),
      ...reads,
      ...(columns && { columns }),
      tree: rowStatementIn(tokens, cursor.text),
      constants,
      span,
    },
  ]
}

function create(cursor: Cursor, span: Span): Read {
  const replaces = accept(cursor, 'or', 'replace')
  if (replaces) accept(cursor, 'constraint')
  const temporary = ['temp', 'temporary'].some((word) => accept(cursor, word))
  accept(cursor, 'unlogged')
  if (accept(cursor, 'table')) {
    return temporary ? temporaryTable(cursor, span) : createTable(cursor, span)
  }
  const unique = accept(cursor, 'unique')
  if (accept(cursor, 'index')) return createIndex(cursor, span, unique)
  if (unique) return null
  if (accept(cursor, 'type')) return createType(cursor, span)
  if (accept(cursor, 'schema')) return createSchema(cursor, span)
  const other = createOther(cursor, span, replaces, temporary)
  return other && [other]
}

function temporaryTable(cursor: Cursor, span: Span): Read {
  const lenient = ifNotExists(cursor)
  const name = readObjectName(cursor)
  if (name === null) return [{ kind: 'unrelated', what: 'temporary table', span }]
  const changes = {
    change: 'create',
    object: 'temporary table',
    names: [name],
    lenient,
    cascade: false,
  } as const
  const needs = namedRelations(cursor.tokens.slice(cursor.at))
  const named = needs.length > 0 && peek(cursor, 'as') ? { needs } : {}
  return [{ kind: 'unrelated', what: 'temporary table', ...named, changes, span }]
}

function createTable(cursor: Cursor, span: Span): Read {
  const missingOnly = ifNotExists(cursor)
  const table = readObjectName(cursor)
  if (table === null) return null
  const unknown: Operation = {
    kind: 'createTable',
    table,
    columns: null,
    constraints: [],
    indexes: [],
    ifNotExists: missingOnly,
    span,
  }
  const body = bracketed(cursor)
  if (body === null && peek(cursor, 'as')) return [unknown]
  const within = readParents(cursor)
  if (within === null) return null
  if (within.parents.length > 0) return [{ ...unknown, ...within }]
  const partitioned = readPartitioning(cursor)
  if (body === null) return null
  const inherits = ['as', 'of'].some((word) =>
    cursor.tokens.slice(cursor.at).some((token) => token.kind === 'word' && token.word === word),
  )
  if (inherits || commaParts(body).some(([first]) => first?.kind === 'word' && first.word === 'like')) {
    return [unknown]
  }
  const parts = commaParts(body).map((part) =>
    isTableConstraint(part) ? tableConstraint(part, cursor.text) : columnClause(part, cursor.text),
  )
  if (parts.includes(null)) return null
  const clauses = parts.flatMap((part) => (part !== null && 'column' in part ? [part] : []))
  const constraints: Constraint[] = [
    ...clauses.flatMap((clause) => clause.constraints),
    ...parts.flatMap((part) => (part !== null && 'kind' in part ? [part] : [])),
  ]
  const key = new Set(constraints.flatMap((one) => (one.kind === 'primaryKey' ? one.columns : [])))
  const columns = clauses.map(({ column }) =>
    key.has(column.name) ? { ...column, nullable: false, primaryKey: true } : column,
  )
  return [{ ...unknown, columns, constraints, ...(partitioned && { partitioned }) }]
}

function createIndex(cursor: Cursor, span: Span, unique: boolean): Read {
  const concurrently = accept(cursor, 'concurrently')
  const missingOnly = ifNotExists(cursor)
  const index = peek(cursor, 'on') ? null : readObjectName(cursor)
  if (!accept(cursor, 'on')) return null
  const only = accept(cursor, 'only')
  const table = readObjectName(cursor)
  if (table === null) return null
  const method = accept(cursor, 'using') ? identifier(cursor) : 'btree'
  if (method === null) return null
  const listed = bracketed(cursor)
  if (listed === null) return null
  const parts = commaParts(listed)
  const columns = parts.map((part) => indexedColumn(part))
  const elements = parts.map((part) => textOfTokens(part, cursor.text))
  const hasClasses = parts.some(namesClass)
  const isPlain = !hasClasses && !columns.includes(null) && method.toLowerCase() === 'btree'
  const name = index?.name ?? null
  const isBare = cursor.at === cursor.tokens.length && parts.every(({ length }) => length === 1)
  const included = accept(cursor, 'include') ? bracketed(cursor)?.map(({ word }) => word) : undefined
  const storage = storageIn(cursor)
  const where = cursor.tokens.findIndex(
    (token, at) => at >= cursor.at && token.kind === 'word' && token.word === 'where',
  )
  const condition = where < 0 ? '' : textOfTokens(cursor.tokens.slice(where + 1), cursor.text)
  return [
    {
      kind: 'createIndex',
      table,
      index: {
        name,
        exact: name !== null,
        columns,
        unique,
        concurrently,
        ...(where >= 0 && { partial: true as const, condition }),
        ...(method.toLowerCase() !== 'btree' && { method: method.toLowerCase() }),
        ...(hasClasses && { hasClasses: true as const }),
        ...(only && { only: true as const }),
        ...(!isPlain && { elements }),
        ...(included && { included: included.filter((word) => word !== ',') }),
        ...(storage && { storage }),
        ...(isPlain && isBare && { plain: true as const }),
      },
      ifNotExists: missingOnly,
      span,
    },
  ]
}

/** Returns an index's storage parameters; undefined without any, `unknown` if they aren't plain numbers. */
function storageIn(start: Cursor): Index['storage'] {
  const cursor = { ...start }
  const listed = accept(cursor, 'with') ? bracketed(cursor) : null
  const isOther = (from: Cursor): boolean =>
    ['with', 'tablespace'].some((word) => from.tokens.slice(from.at).some((token) => isKeyword(token, word)))
  if (listed === null) return isOther(start) ? 'unknown' : undefined
  if (isOther(cursor)) return 'unknown'
  const entries = commaParts(listed).flatMap((part) => {
    const [name, equals, value, ...more] = part
    const isNumber = equals?.word === '=' && value?.kind === 'number' && more.length === 0
    return name && isNumber ? [[name.word, Number(value.word)] as const] : []
  })
  return entries.length === commaParts(listed).length ? Object.fromEntries(entries) : 'unknown'
}

function createType(cursor: Cursor, span: Span): Read {
  const type = readObjectName(cursor)
  if (type === null) return null
  if (!accept(cursor, 'as', 'enum')) {
    const changes = {
      change: 'create',
      object: 'type',
      names: [type],
      lenient: false,
      cascade: false,
    } as const
    const dependent = { name: type, words: wordsOf(cursor.tokens) }
    return [{ kind: 'unrelated', what: 'type', changes, dependent, span }]
  }
  const listed = bracketed(cursor)
  if (listed === null || !atEnd(cursor)) return null
  const values: string[] = []
  for (const parts of commaParts(listed)) {
    if (parts.length === 1 && parts[0]?.kind === 'hole') continue
    if (!isOneString(parts, cursor.text)) return null
    values.push(parts.map(({ word }) => word).join(''))
  }
  return [{ kind: 'createEnum', enum: type, values, ifNotExists: false, span }]
}

/** PostgreSQL joins string literals that are separated by a line break. */
function isOneString(parts: readonly SqlToken[], text: string): boolean {
  const [first] = parts
  return (
    first !== undefined &&
    parts.every(({ kind, start }, at) => {
      const before = parts[at - 1]
      return kind === 'string' && (!before || /^\s*\n\s*$/.test(text.slice(before.end, start)))
    })
  )
}

function createSchema(cursor: Cursor, span: Span): Read {
  const missingOnly = ifNotExists(cursor)
  const schema = identifier(cursor)
  if (schema === null) return null
  const isForOther = accept(cursor, 'authorization') && identifier(cursor) !== 'current_user'
  if (!atEnd(cursor)) return null
  const owner = isForOther ? { forOther: true as const } : {}
  return [{ kind: 'createSchema', schema, ifNotExists: missingOnly, ...owner, span }]
}

function drop(cursor: Cursor, span: Span): Read {
  const cascade = cursor.tokens.at(-1)?.word === 'cascade' && cursor.tokens.at(-1)?.kind === 'word'
  if (accept(cursor, 'table')) {
    return each(cursor, (table, present) => ({ kind: 'dropTable', table, ifExists: present, cascade, span }))
  }
  if (accept(cursor, 'index')) {
    const concurrently = accept(cursor, 'concurrently')
    const steps = each(cursor, (index, present) => ({
      kind: 'dropIndex',
      index,
      table: null,
      ifExists: present,
      concurrently,
      exact: true,
      span,
    }))
    // With CONCURRENTLY, PostgreSQL refuses CASCADE and several indexes (`RemoveRelations` in tablecmds.c).
    const isRefused = concurrently && (cascade || (steps?.length ?? 0) > 1)
    return isRefused ? null : steps
  }
  if (accept(cursor, 'type')) {
    return each(cursor, (type, present) => ({
      kind: 'dropEnum',
      enum: type,
      ifExists: present,
      cascade,
      span,
    }))
  }
  if (accept(cursor, 'schema')) {
    return each(cursor, ({ name }, present) => ({
      kind: 'dropSchema',
      schema: name,
      ifExists: present,
      cascade,
      span,
    }))
  }
  const other = dropOther(cursor, span, cascade)
  return other && [other]
}

function each(cursor: Cursor, step: (name: ObjectName, ifExists: boolean) => Operation): Read {
  const present = ifExists(cursor)
  const steps: Operation[] = []
  do {
    const name = readObjectName(cursor)
    if (name === null) return null
    steps.push(step(name, present))
  } while (accept(cursor, ','))
  if (!accept(cursor, 'cascade')) accept(cursor, 'restrict')
  return atEnd(cursor) ? steps : null
}

function alter(cursor: Cursor, span: Span): Read {
  if (accept(cursor, 'table')) return alterTable(cursor, span)
  if (accept(cursor, 'type')) return alterType(cursor, span)
  if (accept(cursor, 'index')) {
    const present = ifExists(cursor)
    const index = readObjectName(cursor)
    if (index === null || !accept(cursor, 'rename', 'to')) return null
    const to = identifier(cursor)
    if (to === null || !atEnd(cursor)) return null
    return [{ kind: 'renameIndex', index, to, ifExists: present, span }]
  }
  const other = alterOther(cursor, span)
  return other && [other]
}

function alterType(cursor: Cursor, span: Span): Read {
  const type = readObjectName(cursor)
  if (type === null) return null
  if (accept(cursor, 'owner')) return [{ kind: 'unrelated', what: 'privilege', span }]
  if (accept(cursor, 'rename', 'to')) {
    const to = identifier(cursor)
    return to === null || !atEnd(cursor) ? null : [{ kind: 'renameEnum', enum: type, to, span }]
  }
  if (accept(cursor, 'rename', 'value')) {
    const [renames, word, to] = cursor.tokens.slice(cursor.at)
    if (renames?.kind !== 'string' || word?.word !== 'to' || to?.kind !== 'string') return null
    return [
      { kind: 'addEnumValue', enum: type, value: to.word, ifNotExists: false, renames: renames.word, span },
    ]
  }
  if (!accept(cursor, 'add', 'value')) return null
  const missingOnly = ifNotExists(cursor)
  const [value, where, other, ...rest] = cursor.tokens.slice(cursor.at)
  if (value?.kind !== 'string' || rest.length > 0) return null
  const step = {
    kind: 'addEnumValue',
    enum: type,
    value: value.word,
    ifNotExists: missingOnly,
    span,
  } as const
  if (where === undefined) return [step]
  if (!isKeyword(where, 'before') && !isKeyword(where, 'after')) return null
  return other?.kind === 'string' ? [{ ...step, beside: other.word }] : null
}
