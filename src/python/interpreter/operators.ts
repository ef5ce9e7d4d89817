/** Evaluates operators and comparisons, including strings with unknown parts (holes). */
import { joinedPath } from './library/files.ts'
import { percentFormat, toText } from './library/format.ts'
import {
  type Items,
  type Made,
  type Term,
  bool,
  hole,
  isOpen,
  itemsOfTerm,
  dictKeyOf,
  list,
  textTerm,
  unknown,
  unorderedItems,
} from './values.ts'

/** Returns a string term, or a template if the text has holes. */
export function textOrTemplate(whole: string): Term {
  return whole.includes(hole) ? { kind: 'template', text: whole } : textTerm(whole)
}

/** Returns an operation that yields an SQL expression, such as a comparison with a column. */
export function expressionOf(...operands: readonly Term[]): Made {
  return { kind: 'made', path: 'sqlalchemy.expression', args: operands, keywords: new Map(), source: '' }
}

/** Whether applying operators to this term yields an SQL expression. */
export function isExpression(term: Term): boolean {
  let root = term
  while (root.kind === 'member') root = root.owner
  return root.kind === 'made' || (term.kind === 'member' && root.kind === 'class')
}

/** Evaluates a binary operation such as `left + right`. */
export function operated(left: Term, operator: string, right: Term): Term {
  if (left.kind === 'items' && right.kind === 'items') return combined(left, operator, right)
  if (left.kind === 'path' && operator === 'Div') return joinedPath(left, [right]) ?? unknown
  const isBelow = left.kind === 'file' && right.kind === 'str' && right.value.startsWith('/')
  if (isBelow && operator === 'Add')
    return joinedPath(left, [textTerm(right.value.replace(/^\/+/, ''))]) ?? unknown
  if (operator === 'Mod' && (left.kind === 'str' || left.kind === 'template')) return percent(left, right)
  if (left.kind === 'int' && right.kind === 'int') {
    if (operator === 'Add') return { kind: 'int', value: left.value + right.value }
    return operator === 'Sub' ? { kind: 'int', value: left.value - right.value } : unknown
  }
  const isText = (term: Term): boolean => term.kind === 'str' || term.kind === 'template'
  if (operator === 'Add' && (isText(left) || isText(right)) && ![left.kind, right.kind].some(isNoText)) {
    return textOrTemplate(toText(left) + toText(right))
  }
  if (isExpression(left) || isExpression(right)) return expressionOf(left, right)
  const unsure = [left, right].filter((term) => term.kind === 'unknown')
  return unsure.find(({ plain }) => !plain) ?? unsure[0] ?? unknown
}

function isNoText(kind: Term['kind']): boolean {
  return ['none', 'bool', 'int', 'other', 'items', 'dict'].includes(kind)
}

function combined(left: Items, operator: string, right: Items): Term {
  const isSequence = left.type === 'list' || left.type === 'tuple'
  if (isOpen(left) || isOpen(right)) return unknown
  if (left.type !== right.type || operator !== 'Add' || !isSequence) return unknown
  return { ...list([...left.items, ...right.items], left.type), spoiled: left.spoiled || right.spoiled }
}

function percent(left: Extract<Term, { kind: 'str' | 'template' }>, right: Term): Term {
  const template = left.kind === 'str' ? left.value : left.text
  const value = percentFormat(template, right)
  if (value !== null) return textOrTemplate(value)
  return { kind: 'template', text: template.replace(/%(?:\(\w+\))?[\d.]*[a-z]/gi, hole) }
}

const comparable = new Set(['none', 'str', 'bool', 'int'])
const neverNone = new Set(['items', 'dict', 'bind', 'batch', 'context', 'function', 'class', 'instance', 'template', 'inspector', 'rows']) // prettier-ignore

/** Evaluates `left == right`; null if unknown. */
function same(left: Term, right: Term): boolean | null {
  if (left.kind === 'none' && neverNone.has(right.kind)) return false
  if (right.kind === 'none' && neverNone.has(left.kind)) return false
  // A truthy value can't be None.
  const other = left.kind === 'none' ? right : right.kind === 'none' ? left : null
  if (other?.kind === 'unknown' && other.truth === true) return false
  if (left.kind === 'items' && right.kind === 'items') return sameItems(left, right)
  if (!comparable.has(left.kind) || !comparable.has(right.kind)) return null
  if (left.kind !== right.kind) {
    return left.kind === 'none' || right.kind === 'none' || left.kind === 'str' || right.kind === 'str'
      ? false
      : null
  }
  const key = dictKeyOf(left)
  return key === null ? null : key === dictKeyOf(right)
}

/** Whether two lists, tuples or sets have the same items; null if unknown. */
function sameItems(left: Items, right: Items): boolean | null {
  const isSet = ({ type }: Items): boolean => type === 'set' || type === 'frozenset'
  const isSequence = ({ type }: Items): boolean => type === 'list' || type === 'tuple'
  if ([left, right].some((one) => one.spoiled || isOpen(one))) return null
  if (isSequence(left) && isSequence(right)) {
    if (left.type !== right.type || left.items.length !== right.items.length) return false
    const equal = left.items.map((item, index) => same(item, right.items[index] ?? unknown))
    return equal.includes(false) ? false : equal.includes(null) ? null : true
  }
  if (!isSet(left) || !isSet(right)) return null
  const keys = [left, right].map(({ items }) => items.map((item) => dictKeyOf(item)))
  const [one = [], other = []] = keys
  if ([...one, ...other].includes(null)) return null
  return one.length === other.length && one.every((key) => other.includes(key))
}

/** Evaluates `item in container`; null if unknown. */
function contains(container: Term, item: Term): boolean | null {
  if (container.kind === 'str') return item.kind === 'str' ? container.value.includes(item.value) : null
  if (container.kind === 'dict' && container.open && !container.spoiled) {
    const key = dictKeyOf(item)
    return key !== null && container.entries.has(key) ? true : null
  }
  const isIncomplete = container.kind === 'items' && isOpen(container) && !container.spoiled
  const items = isIncomplete ? container.items : unorderedItems(container)
  if (items === null) return null
  const equal = items.map((each) => same(each, item))
  if (equal.includes(true)) return true
  if (equal.includes(null)) return null
  if (!isIncomplete) return false
  const { perhaps = [] } = container
  return perhaps !== 'any' && perhaps.every((each) => same(each, item) === false) ? false : null
}

/** Whether both terms are the same reflected column; null if unknown. */
function sameColumn(left: Term, right: Term): boolean | null {
  const [one, other] = [left, right].map(reflectedColumn)
  if (!one || !other || one.metadata !== other.metadata) return null
  return one.table === other.table && one.column === other.column
}

/** Describes a column that SQLAlchemy reflected from the default schema. */
function reflectedColumn(
  term: Term,
): { readonly metadata: Term; readonly table: string; readonly column: string } | null {
  if (term.kind !== 'member' || term.owner.kind !== 'member' || !/^(?:c|columns)$/.test(term.owner.name))
    return null
  const { owner } = term.owner
  // Tables declared in code have source text; reflected ones don't.
  if (owner.kind !== 'made' || owner.source !== '' || owner.keywords.size > 0) return null
  const [table, metadata] = owner.args
  return table?.kind === 'str' && metadata ? { metadata, table: table.value, column: term.name } : null
}

/** Evaluates a comparison. Chained comparisons yield an unknown result. */
export function compared(left: Term, operators: readonly string[], others: readonly Term[]): Term {
  const [operator] = operators
  const [right] = others
  if (others.length !== 1 || right === undefined || operator === undefined) return unknown
  const version = versionTest(left, operator, right)
  if (version !== null) return bool(version)
  if (/^Is(?:Not)?$/.test(operator) && right.kind === 'none' && isObject(left))
    return bool(operator === 'IsNot')
  const isSame = operator === 'Eq' ? sameColumn(left, right) : null
  // In SQLAlchemy, a column equals itself.
  if (isSame !== null) return { ...expressionOf(left, right), keywords: new Map([['truth', bool(isSame)]]) }
  if (isExpression(left) || isExpression(right)) return expressionOf(left, right)
  if (operator === 'In' || operator === 'NotIn') {
    const held = contains(right, left)
    return held === null ? unknown : bool(held === (operator === 'In'))
  }
  if (left.kind === 'int' && right.kind === 'int') {
    const order = left.value < right.value ? -1 : left.value > right.value ? 1 : 0
    if (operator === 'Lt' || operator === 'GtE') return bool(order < 0 === (operator === 'Lt'))
    if (operator === 'Gt' || operator === 'LtE') return bool(order > 0 === (operator === 'Gt'))
  }
  const equal = same(left, right)
  if (equal === null) return unknown
  if (operator === 'Eq' || operator === 'Is') return bool(equal)
  return operator === 'NotEq' || operator === 'IsNot' ? bool(!equal) : unknown
}

/** Whether the term is a SQLAlchemy object, which can't be None. */
function isObject(term: Term): boolean {
  return term.kind === 'made' && !term.method && /^sqlalchemy\.(?:\w+\.)*[A-Z]\w*$/.test(term.path)
}

/** Evaluates `sys.version_info >= (3,)`. Versions before 3.6 don't matter, because Alembic 1.5 requires 3.6. */
function versionTest(left: Term, operator: string, right: Term): boolean | null {
  if (left.kind !== 'imported' || left.path !== 'sys.version_info' || right.kind !== 'items') return null
  const [major, minor] = (itemsOfTerm(right) ?? []).map((item) =>
    item.kind === 'int' ? Number(item.value) : null,
  )
  if (major === undefined || major === null || minor === null || right.items.length > 2) return null
  const surely = major < 3 || (major === 3 && (minor ?? 0) <= 6)
  const never = major > 3
  if (!surely && !never) return null
  if (operator === 'GtE' || operator === 'Gt') return surely
  return operator === 'Lt' || operator === 'LtE' ? never : null
}
