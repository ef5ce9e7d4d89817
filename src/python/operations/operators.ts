/** Operators and comparisons of values that were worked out, and texts with holes where a part is not known. */
import { combine } from '../header/evaluate.ts'
import { formatValue, percentFormat } from '../header/evaluate-format.ts'
import { hole } from './sql/tokens.ts'
import { fromValue, itemsOfTerm, keyOf, list, text, toValue } from './abstract-values.ts'
import type { Term } from './abstract-values.ts'

/** A text; a template when it has holes. */
export function textOrTemplate(whole: string): Term {
  return whole.includes(hole) ? { kind: 'template', text: whole } : text(whole)
}

/** `str(term)`, with holes where it is not known. */
export function toText(term: Term): string {
  if (term.kind === 'template') return term.text
  if (
    term.kind === 'made' &&
    /^(?:alembic\.op\.f|sqlalchemy\.text|sqlalchemy\.sql\..*text)$/.test(term.path)
  ) {
    const [first] = term.args
    return first === undefined ? hole : toText(first)
  }
  const shown = formatValue(toValue(term), '')
  return shown.kind === 'str' ? shown.value : hole
}

/** `left + right` and its like. */
export function operated(left: Term, operator: string, right: Term): Term {
  if (left.kind === 'items' && right.kind === 'items' && operator === 'Add') {
    return { ...list([...left.items, ...right.items], left.type), spoiled: left.spoiled || right.spoiled }
  }
  if (operator === 'Mod' && (left.kind === 'str' || left.kind === 'template')) return percent(left, right)
  const texts = ['str', 'template']
  if (operator === 'Add' && (texts.includes(left.kind) || texts.includes(right.kind))) {
    return textOrTemplate(toText(left) + toText(right))
  }
  if (left.kind === 'made' || right.kind === 'made') {
    return { kind: 'made', path: 'sqlalchemy.expression', args: [], keywords: new Map(), source: '' }
  }
  return fromValue(combine(toValue(left), operator, toValue(right)))
}

function percent(left: Extract<Term, { kind: 'str' | 'template' }>, right: Term): Term {
  const template = left.kind === 'str' ? left.value : left.text
  const value = percentFormat(template, toValue(right))
  if (value.kind === 'str') return textOrTemplate(value.value)
  return { kind: 'template', text: template.replace(/%(?:\(\w+\))?[\d.]*[a-z]/gi, hole) }
}

const comparable = new Set(['none', 'str', 'bool', 'int'])
const neverNone = new Set(['items', 'dict', 'bind', 'batch', 'context', 'function', 'class', 'template'])

/** `left == right`; null when that is not known. */
export function same(left: Term, right: Term): boolean | null {
  if (left.kind === 'none' && neverNone.has(right.kind)) return false
  if (right.kind === 'none' && neverNone.has(left.kind)) return false
  if (!comparable.has(left.kind) || !comparable.has(right.kind)) return null
  if (left.kind !== right.kind) return left.kind === 'bool' || right.kind === 'bool' ? null : false
  const key = keyOf(left)
  return key === null ? null : key === keyOf(right)
}

/** `item in container`; null when that is not known. */
export function contains(container: Term, item: Term): boolean | null {
  if (container.kind === 'str') return item.kind === 'str' ? container.value.includes(item.value) : null
  const items = container.kind === 'items' && !container.spoiled ? container.items : itemsOfTerm(container)
  if (items === null) return null
  const equal = items.map((each) => same(each, item))
  return equal.includes(true) ? true : equal.includes(null) ? null : false
}
