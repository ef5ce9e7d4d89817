/** Python's three ways to put values into text, as far as identifiers need them: `%`, `.format`, f-strings. */
import { unreadable } from '../source/python-values.ts'
import type { Value } from '../source/python-values.ts'

const tooMuch = unreadable('a way of formatting that is not followed')

/** `format(value, specification)`: strings and integers, filled and aligned. */
export function formatValue(value: Value, specification: string): Value {
  if (value.kind === 'unreadable') return value
  if (specification === '') return asText(value)
  const form = /^(0)?(\d{1,3})?([ds])?$/.exec(specification)
  if (form === null) return tooMuch
  const [, zero, width = '0', type] = form
  if (value.kind === 'int' && type !== 's') {
    const sign = value.value < 0n ? '-' : ''
    const digits = value.value.toString().slice(sign.length)
    const padded = digits.padStart(Number(width) - sign.length, zero === undefined ? ' ' : '0')
    if (zero === undefined) return { kind: 'str', value: (sign + digits).padStart(Number(width)) }
    return { kind: 'str', value: sign + padded }
  }
  if (value.kind === 'str' && type !== 'd' && zero === undefined) {
    return { kind: 'str', value: value.value.padEnd(Number(width)) }
  }
  return tooMuch
}

/** `str(value)` */
export function asText(value: Value): Value {
  switch (value.kind) {
    case 'str':
      return value
    case 'int':
      return { kind: 'str', value: value.value.toString() }
    case 'none':
      return { kind: 'str', value: 'None' }
    case 'bool':
      return { kind: 'str', value: value.value ? 'True' : 'False' }
    case 'unreadable':
      return value
    default:
      return tooMuch
  }
}

/** `template % argument` with `%s` and `%d` (and widths such as `%03d`). */
export function percentFormat(template: string, argument: Value): Value {
  if (argument.kind === 'unreadable') return argument
  if (argument.kind !== 'tuple' && argument.kind !== 'str' && argument.kind !== 'int') return tooMuch
  const values: readonly Value[] = argument.kind === 'tuple' ? argument.items : [argument]
  return fill(template, /%(?:(%)|(0?\d{0,3})([sd])|([^]?))/g, values, (found, next) => {
    const [, percent, width = '', type = '', other] = found
    if (percent !== undefined) return '%'
    if (other !== undefined) return null
    const value = next()
    if (type === 'd') return value.kind === 'int' ? textOf(formatValue(value, width)) : null
    return width === '' ? textOf(asText(value)) : null
  })
}

/** `template.format(…)` with `{}`, `{0}`, `{name}` and their specifications. */
export function braceFormat(
  template: string,
  values: readonly Value[],
  keywords: ReadonlyMap<string, Value>,
): Value {
  return fill(template, /\{\{|\}\}|\{([^{}!:]*)(?::([^{}]*))?\}|[{}]/g, values, (found, next, all) => {
    const [whole, name, specification = ''] = found
    if (name === undefined) return whole === '{{' ? '{' : whole === '}}' ? '}' : null
    const value = name === '' ? next() : /^\d{1,3}$/.test(name) ? all[Number(name)] : keywords.get(name)
    return value === undefined ? null : textOf(formatValue(value, specification))
  })
}

/** Replaces each match; null from `replace` gives up. Every value must have been used by `%`, as Python demands. */
function fill(
  template: string,
  form: RegExp,
  values: readonly Value[],
  replace: (
    found: readonly (string | undefined)[],
    next: () => Value,
    all: readonly Value[],
  ) => string | null,
): Value {
  let used = 0
  let failed = false
  const next = (): Value => values[used++] ?? tooMuch
  const value = template.replace(form, (...found: (string | undefined)[]) => {
    const part = replace(found, next, values)
    failed ||= part === null
    return part ?? ''
  })
  const leftOver = form.source.startsWith('%') && used !== values.length
  return failed || leftOver ? tooMuch : { kind: 'str', value }
}

function textOf(value: Value): string | null {
  return value.kind === 'str' ? value.value : null
}
