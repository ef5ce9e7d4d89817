/** Decides whether PostgreSQL definitely accepts an operation's expressions. */
import {
  acceptsStorage,
  canIndex,
  fitsVectorIndex,
  proofOf,
  supportsOptions,
} from '../../expressions/operator-classes.ts'
import type { Judged } from '../../expressions/judged.ts'
import { parseExpression, parseIndexElement } from '../../expressions/parse-expression.ts'
import { judgeAssignment, judgeCondition, typeOfExpression } from '../../expressions/type-of-expression.ts'
import { isEnum, isOrdered, typeNamed } from '../../expressions/types.ts'
import type { Index, ServerDefault } from '../../history/operation.ts'
import type { StatementOutcome } from '../database-error.ts'
import {
  type SimulatedColumn,
  type SimulatedSchema,
  type SimulatedTable,
  folded,
} from '../simulated-schema.ts'
import { filterOf } from './rows-against-checks.ts'
import { missingFunction } from '../rows/called-functions.ts'
import { type TableColumns, isExtensionType, namesIn } from './table-names.ts'

const unknown: Judged = { kind: 'unknown' }

export interface IndexedTable extends TableColumns {
  readonly isEmpty: boolean
  /** Null if the table is new or unknown. */
  readonly existing: SimulatedTable | null
}

/** Returns the part of the index that PostgreSQL may reject; null if it definitely accepts the index. */
export function spotInIndex(world: SimulatedSchema, table: IndexedTable, index: Index): string | null {
  const { method = 'btree' } = index
  const isRefused = index.storage !== undefined && !acceptsStorage(method ?? '', index.storage)
  const storage = isRefused ? 'index storage' : null
  return spotInElements(world, table, index) ?? storage ?? spotInCondition(world, table, index)
}

function spotInElements(world: SimulatedSchema, table: IndexedTable, index: Index): string | null {
  const { columns, elements, method = 'btree', hasClasses } = index
  if (!columns.includes(null) && method === 'btree' && !hasClasses)
    return hasUnordered(world, table, columns) ? 'operator class' : null
  const general = method !== 'btree' || hasClasses ? 'operator class' : 'index expression'
  if (!elements || method === null) return general
  const names = namesIn(world, table)
  for (const text of elements) {
    const element = parseIndexElement(text)
    if (element === null) return general
    const { expression, operatorClass, isSorted } = element
    if (!supportsOptions(index, elements.length, isSorted)) return 'index options'
    const judged = typeOfExpression(expression, names)
    const isColumn = expression.kind === 'column'
    if (judged.kind !== 'fits' || judged.value.type === 'unknown') {
      // Accept plain columns of unknown type, as in an index without expressions.
      if (isColumn && method === 'btree' && operatorClass === null) continue
      return isColumn ? 'operator class' : 'index expression'
    }
    const { value } = judged
    if (!isColumn && (!value.immutable || (!value.safe && !table.isEmpty))) return 'index expression'
    if (isColumn && value.type === '?' && method === 'btree' && operatorClass === null) continue
    const proofs = [proofOf(method), operatorClass === null ? null : proofOf(operatorClass)]
    if (!proofs.every((type) => type === null || isExtensionType(world, type))) return 'operator class'
    const written = isColumn ? (table.columns.get(folded(world, expression.name))?.type ?? '') : ''
    if (!fitsVectorIndex(method, written)) return 'operator class'
    if (!canIndex(method, value.type, operatorClass)) return isColumn ? 'operator class' : 'index expression'
  }
  // Existing rows may have duplicate values for the expression.
  return index.unique && columns.includes(null) && !table.isEmpty ? 'index expression' : null
}

/**
 * Whether any of the columns may have no B-tree order. User-defined and unknown types are assumed to have one; domains
 * over built-in types aren't.
 */
export function hasUnordered(
  world: SimulatedSchema,
  table: TableColumns,
  columns: readonly (string | null)[],
): boolean {
  const names = namesIn(world, table)
  return columns.some((column) => {
    if (column === null) return false
    const type = names.column(null, column) ?? '?'
    const known = table.columns.get(folded(world, column))
    return (
      isOrdered(type) === false ||
      (type === '?' && known?.type != null && known.userType === null && !known.isEnum)
    )
  })
}

function spotInCondition(world: SimulatedSchema, table: IndexedTable, index: Index): string | null {
  if (!index.partial) return null
  const parsed = index.condition === undefined ? null : parseExpression(index.condition)
  const judged = parsed === null ? unknown : judgeCondition(parsed, namesIn(world, table))
  if (judged.kind !== 'fits' || !judged.value.immutable) return 'index condition'
  if (table.isEmpty || (judged.value.safe && (!index.unique || isAsked(world, table, index)))) return null
  return 'index condition'
}

/** True if the guard checks live rows against the index and no pending migration changes rows. */
function isAsked(
  { rowsSure }: SimulatedSchema,
  { existing }: IndexedTable,
  { columns, condition }: Index,
): boolean {
  if (existing === null || existing.origin === null || !rowsSure || columns.includes(null)) return false
  return filterOf(existing, condition) !== null
}

/** Whether PostgreSQL definitely accepts a CHECK constraint's condition. Ignores existing rows. */
export function acceptsCheck(world: SimulatedSchema, table: TableColumns, text: string): boolean {
  const parsed = parseExpression(text)
  return parsed !== null && judgeCondition(parsed, namesIn(world, table)).kind === 'fits'
}

/** A column that is being declared or altered. */
type Declared = Pick<SimulatedColumn, 'type' | 'userType' | 'isEnum' | 'enum'>

/** Infers whether the expression's value can be stored in a column of the declared type. */
function storedIn(
  world: SimulatedSchema,
  table: TableColumns,
  declared: Declared,
  text: string,
  isRun = true,
): Judged {
  // No real column has an empty name, so the empty name is free for the declared column.
  const columns = new Map([...table.columns, ['', declared] as const])
  const names = namesIn(world, { ...table, columns }, isRun)
  const parsed = parseExpression(text)
  const type = names.column(null, '')
  if (parsed === null || type === null || type === '?') return unknown
  const judged = typeOfExpression(parsed, names)
  if (judged.kind !== 'fits') return judged
  const written = isEnum(type) ? type : (declared.type ?? type)
  const typeOf = (name: string): string | null => (name === type ? type : names.typeOf(name))
  return judgeAssignment(judged.value, written, { ...names, typeOf })
}

const noColumns: TableColumns = { name: '', columns: new Map(), columnsSure: true }

/**
 * Whether PostgreSQL definitely accepts the default. `isEvaluated` is true if PostgreSQL computes the value right
 * away.
 */
export function acceptsDefault(
  world: SimulatedSchema,
  declared: Declared,
  text: string,
  isEvaluated: boolean,
): boolean | null {
  const stored = storedIn(world, noColumns, declared, text, isEvaluated)
  if (stored.kind === 'fits') return stored.value.safe || !isEvaluated
  const isKnown = declared.type !== null && typeNamed(declared.type) !== null
  const parsed = parseExpression(text)
  return !isKnown && (parsed?.kind === 'text' || parsed?.kind === 'null') ? null : false
}

/** Returns the failure caused by a default that calls a missing function; null if none is known. */
export function tryCalls(world: SimulatedSchema, given: ServerDefault | null): StatementOutcome {
  const parsed = given?.kind === 'present' && given.text !== null ? parseExpression(given.text) : null
  if (parsed === null || !world.dialect.verifiesConstraints) return null
  const judged = typeOfExpression(parsed, namesIn(world, noColumns))
  if (judged.kind !== 'refused' || judged.why.kind !== 'no function') return null
  return missingFunction(world, judged.why.name, judged.why.types)
}

/**
 * Says when the expression definitely yields a value of the declared type: `always`, `without rows` (only if the
 * table is empty), or null if unknown.
 */
export function computes(
  world: SimulatedSchema,
  table: TableColumns,
  declared: Declared,
  text: string,
  immutable: boolean,
): 'always' | 'without rows' | null {
  const stored = storedIn(world, table, declared, text)
  if (stored.kind !== 'fits') return null
  const { value } = stored
  if (immutable && !value.immutable) return null
  if (value.safe) return 'always'
  return value.usesRow ? 'without rows' : null
}
