/**
 * Simulates how an upgrade step writes to the version table, and how that can fail (`HeadMaintainer` and `RevisionStep`
 * in alembic/runtime/migration.py, plus errors from the database).
 */
import { dialectOf } from '../dialect/index.ts'
import type { DatabaseState, VersionColumn, VersionTable } from '../history/database-state.ts'
import { NotPredictable } from '../history/alembic-failure.ts'
import { comesBefore } from '../history/graph-defects.ts'
import { type RevisionLookup, revisionsFor } from '../history/resolve-revision.ts'
import type { PythonError } from '../history/migration-module.ts'
import type { Orders } from './set-orders.ts'
import { pythonLength, pythonRepr } from '../text/python-text.ts'
import { reach } from '../history/revision-map.ts'
import type { MapNode } from '../history/map-node.ts'
import type { FailureCause } from './prediction.ts'

/** Error thrown if Alembic would fail to update the version table for a step. */
export class WriteFailure extends Error {
  readonly error: PythonError
  override readonly cause: FailureCause
  /** Whether the database's actual error message may differ from `error`. */
  readonly messageUncertain: boolean

  constructor(error: PythonError, cause: FailureCause, messageUncertain = false) {
    super(error.message)
    this.name = 'WriteFailure'
    this.error = error
    this.cause = cause
    this.messageUncertain = messageUncertain
  }
}

/**
 * Rows in the version table. `heads` is the set that Alembic keeps in memory. `stored` contains the rows as stored,
 * including duplicates.
 */
export interface VersionRows {
  readonly heads: Set<string>
  stored: string[]
  /** All applied revisions, including any that this upgrade has already run. */
  readonly applied: Set<MapNode>
  /** Revisions whose version row contains something other than their exact id, such as a prefix. */
  readonly inexact: ReadonlySet<MapNode>
  /** Whether a row in the version table contains NULL, in which case Alembic's set of heads contains None. */
  readonly holdsNull: boolean
  /** Whether the column type is CHAR, which pads stored values and ignores the padding in comparisons. */
  readonly padded: boolean
}

/**
 * Updates the version table for one step. `before` lists the ids in `_normalized_down_revisions`, in this run's
 * iteration order.
 * @throws WriteFailure
 */
export function writeStep(
  rows: VersionRows,
  node: MapNode,
  before: readonly string[],
  lookup: RevisionLookup,
  database: DatabaseState,
  orders: Orders,
): void {
  const present = before.filter((id) => rows.heads.has(id))
  if (present.length === 0) return insert(rows, node.id, database)
  if (present.length === 1) return update(rows, present[0] ?? '', node, before, database)
  const others = [...rows.heads].filter((id) => !before.includes(id))
  let sources = before
  if (others.length > 0 || rows.holdsNull) {
    const covered = coveredByOthers(rows, others, before, lookup)
    const uncovered = before.filter((id) => !covered.has(id))
    // If each id has exactly one row, the rows can be removed in any order.
    const plain = uncovered.every((id) => rows.heads.has(id) && countOf(rows, id) === 1)
    sources = plain ? uncovered : orders.arrange(`merge ${node.index}`, uncovered)
  }
  const last = sources.at(-1)
  if (last === undefined) {
    const error = { type: 'IndexError', message: 'list index out of range' }
    throw new WriteFailure(error, { kind: 'key-error', revision: node.id, parent: null })
  }
  for (const id of sources.slice(0, -1)) remove(rows, id, node, before, lookup, database)
  update(rows, last, node, before, database, lookup)
}

/**
 * Returns the ids in `before` that are ancestors of `others`, the other rows in the version table. The result may
 * include other ancestors.
 */
function coveredByOthers(
  rows: VersionRows,
  others: readonly string[],
  before: readonly string[],
  lookup: RevisionLookup,
): ReadonlySet<string> {
  const { map } = lookup
  if (!map.orderly || reserved.some((id) => map.byId.has(id))) {
    const starts = others
      .flatMap((row) => revisionsFor(lookup, row))
      .filter((found) => found !== null && found !== 'base')
    return new Set([...reach(map, starts, 'before')].map(({ id }) => id))
  }
  const other = new Set(others)
  return new Set(
    before.filter((wanted) => {
      const start = map.byId.get(wanted)
      const todo = start ? [start] : []
      const seen = new Set(todo)
      for (let node = todo.pop(); node; node = todo.pop()) {
        if (other.has(node.id) || rows.inexact.has(node)) return true
        for (const id of node.dependents) {
          const next = map.byId.get(id)
          // Skip revisions that aren't applied. Their descendants aren't applied either.
          if (!next || seen.has(next) || !rows.applied.has(next)) continue
          seen.add(next)
          todo.push(next)
        }
      }
      return false
    }),
  )
}

/**
 * Ids with a special meaning in Alembic. They never resolve to a revision, even if a revision has such an id.
 */
const reserved = ['head', 'heads', 'base', '']

function insert(rows: VersionRows, id: string, database: DatabaseState): void {
  if (rows.heads.has(id)) throw assertion(id)
  rows.heads.add(id)
  const { versionTable } = database
  const table = versionTable.name
  const statement = `INSERT INTO ${table} (version_num) VALUES ('${id}')`
  checkWritable(database, statement)
  checkQuotes([id], database, statement)
  const stored = fitted(id, database, statement)
  const required = versionTable.columns.find(
    ({ name, nullable, hasDefault }) => !isVersionColumn(name, database) && !nullable && !hasDefault,
  )
  if (required) refuseNull(required, database, statement)
  rows.stored.push(stored)
}

function update(
  rows: VersionRows,
  from: string,
  node: MapNode,
  before: readonly string[],
  database: DatabaseState,
  lookup?: RevisionLookup,
): void {
  const to = node.id
  if (rows.heads.has(to)) throw assertion(to)
  if (!rows.heads.delete(from)) throw missingRow(from, node, before, lookup)
  rows.heads.add(to)
  const table = database.versionTable.name
  const statement = `UPDATE ${table} SET version_num='${to}' WHERE ${table}.version_num = '${from}'`
  checkWritable(database, statement)
  checkQuotes([to, from], database, statement)
  const stored = fitted(to, database, statement)
  const found = countOf(rows, from)
  if (found !== 1) {
    const text = `Online migration expected to match one row when updating '${from}' to '${to}' in '${table}'; ${found} found`
    throw duplicateRows(text, from, found)
  }
  rows.stored = rows.stored.map((row) => (isRow(rows, row, from) ? stored : row))
}

function remove(
  rows: VersionRows,
  id: string,
  node: MapNode,
  before: readonly string[],
  lookup: RevisionLookup,
  database: DatabaseState,
): void {
  if (!rows.heads.delete(id)) throw missingRow(id, node, before, lookup)
  const table = database.versionTable.name
  const statement = `DELETE FROM ${table} WHERE ${table}.version_num = '${id}'`
  checkWritable(database, statement)
  checkQuotes([id], database, statement)
  const found = countOf(rows, id)
  if (found !== 1) {
    const text = `Online migration expected to match one row when deleting '${id}' in '${table}'; ${found} found`
    throw duplicateRows(text, id, found)
  }
  rows.stored = rows.stored.filter((row) => !isRow(rows, row, id))
}

function duplicateRows(message: string, row: string, found: number): WriteFailure {
  return new WriteFailure({ type: 'CommandError', message }, { kind: 'duplicate-rows', row, found })
}

/** Whether the condition `WHERE version_num = 'id'` is true for the row. */
function isRow({ padded }: VersionRows, row: string, id: string): boolean {
  return padded ? row.replace(/ +$/, '') === id.replace(/ +$/, '') : row === id
}

function countOf(rows: VersionRows, id: string): number {
  return rows.stored.filter((row) => isRow(rows, row, id)).length
}

/**
 * Returns the KeyError that Alembic's `set.remove` raises for a missing id. This happens if the parent is redundant,
 * or if its row doesn't contain its exact id.
 */
function missingRow(
  id: string,
  node: MapNode,
  before: readonly string[],
  lookup?: RevisionLookup,
): WriteFailure {
  const redundant =
    lookup !== undefined && before.some((other) => other !== id && comesBefore(lookup.map, id, other))
  const cause: FailureCause = redundant
    ? { kind: 'redundant-parent', revision: node.id, parent: id }
    : { kind: 'key-error', revision: node.id, parent: id }
  return new WriteFailure({ type: 'KeyError', message: pythonRepr(id) }, cause)
}

function assertion(id: string): WriteFailure {
  return new WriteFailure({ type: 'AssertionError', message: '' }, { kind: 'reserved-id', id })
}

function isVersionColumn(name: string, database: DatabaseState): boolean {
  return dialectOf(database).foldName(name) === 'version_num'
}

/** Returns the error from Alembic's first SELECT if the version column is missing; null if the column exists. */
export function missingVersionColumn(database: DatabaseState): WriteFailure | null {
  const { versionTable } = database
  const { columns, name, exists } = versionTable
  if (!exists || columns.length === 0 || columns.some((column) => isVersionColumn(column.name, database)))
    return null
  const cause: FailureCause = {
    kind: 'version-table',
    defect: 'missing-column',
    statement: selectFrom(versionTable),
  }
  const { errors } = dialectOf(database)
  return new WriteFailure(errors.missingColumn(name, 'version_num', 'select'), cause)
}

function selectFrom({ name }: VersionTable): string {
  return `SELECT ${name}.version_num FROM ${name}`
}

function checkWritable(database: DatabaseState, statement: string): void {
  const { versionTable } = database
  if (versionTable.rowSecurity) throw new NotPredictable({ kind: 'rowSecurity', table: versionTable.name })
  if (versionTable.relation === 'table' || !versionTable.exists) return
  const view = versionTable.relation === 'view'
  const error =
    view && !versionTable.hasTriggers
      ? dialectOf(database).errors.readOnlyView?.(versionTable.name)
      : undefined
  if (error) throw new WriteFailure(error, { kind: 'version-table', defect: 'not-a-table', statement })
  throw new NotPredictable({ kind: 'relation', table: versionTable.name, view, statement })
}

/** Fails if an id contains a quote, because Alembic doesn't escape ids in SQL. */
function checkQuotes(ids: readonly string[], database: DatabaseState, statement: string): void {
  const id = ids.find((one) => one.includes("'"))
  if (id === undefined) return
  const match = /^[^']*'([\p{L}\p{N}_. ]*)$/u.exec(id)
  const tail = match?.[1]
  if (tail === undefined) throw new NotPredictable({ kind: 'idInSql', id })
  const word = /^[A-Za-z_]\w*/.exec(tail)?.[0]
  const error = dialectOf(database).errors.syntax(word ?? tail)
  throw new WriteFailure(error, { kind: 'id-in-sql', id, statement }, word === undefined)
}

/** Whether `version_num` is a fixed-width CHAR. */
export function isPadded({ columns, exists }: VersionTable): boolean {
  const type = columns.find(({ name }) => name === 'version_num')?.type ?? ''
  return exists && /^(?:character|char|bpchar)\b(?! varying)/i.test(type)
}

/**
 * Returns an id as the database stores it. A database that enforces a maximum length rejects longer ids, but silently
 * removes excess trailing blanks.
 */
function fitted(id: string, database: DatabaseState, statement: string): string {
  const { versionTable } = database
  const { enforcesWidth, errors } = dialectOf(database)
  if (!enforcesWidth) return id
  const column = versionTable.columns.find(({ name }) => name === 'version_num')
  const type = versionTable.exists ? (column?.type ?? 'character varying') : 'character varying(32)'
  const width = versionTable.exists ? versionTable.width : 32
  if (!/^(?:text|citext|(?:character varying|character|varchar|char|bpchar)\b)/i.test(type)) {
    throw new NotPredictable({ kind: 'columnType', type, id })
  }
  const padded = isPadded(versionTable)
  if (width === null || versionTable.mayWiden || pythonLength(id) <= width) {
    return padded ? id + ' '.repeat(Math.max(0, (width ?? 0) - pythonLength(id))) : id
  }
  const characters = Array.from(id)
  if (characters.slice(width).every((character) => character === ' '))
    return characters.slice(0, width).join('')
  const error = errors.textTooLong?.(padded ? 'character' : 'character varying', width)
  if (!error) throw new NotPredictable({ kind: 'columnType', type, id })
  throw new WriteFailure(error, { kind: 'id-too-long', id, width, statement })
}

function refuseNull(column: VersionColumn, database: DatabaseState, statement: string): void {
  const { versionTable, server } = database
  const { errors } = dialectOf(database)
  const error = errors.nullValue(versionTable.name, column, server)
  if (error) throw new WriteFailure(error, { kind: 'version-table', defect: 'required-column', statement })
  throw new NotPredictable({ kind: 'filledColumn', table: versionTable.name, column: column.name })
}
