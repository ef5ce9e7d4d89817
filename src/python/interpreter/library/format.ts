/** Evaluates Python's string formatting: `%`, `.format` and f-strings. Unknown values become placeholders. */
import { type Dict, type Term, hole, isOpen } from '../values.ts'

/**
 * Evaluates `format(value, specification)` for a string or integer. Supports width, zero padding, and the types `d` and
 * `s`; null for anything else.
 */
export function formatValue(value: Term, specification: string): string | null {
  if (specification === '') return asText(value)
  const [whole, zero, width = '0', type] = /^(0)?(\d{1,3})?([ds])?$/.exec(specification) ?? []
  if (whole === undefined) return null
  if (value.kind === 'int' && type !== 's') {
    const sign = value.value < 0n ? '-' : ''
    const digits = value.value.toString().slice(sign.length)
    if (zero === undefined) return (sign + digits).padStart(Number(width))
    return sign + digits.padStart(Number(width) - sign.length, '0')
  }
  return value.kind === 'str' && type !== 'd' && zero === undefined ? value.value.padEnd(Number(width)) : null
}

/** Evaluates `str(value)`; null if unknown. */
function asText(value: Term): string | null {
  switch (value.kind) {
    case 'str':
      return value.value
    case 'int':
      return value.value.toString()
    case 'none':
      return 'None'
    case 'bool':
      return value.value ? 'True' : 'False'
    default:
      return null
  }
}

/** Evaluates `str(term)`. Unknown parts become placeholders. */
export function toText(term: Term): string {
  if (term.kind === 'template') return term.text
  const holdsText = /^(?:alembic\.op\.f|sqlalchemy\.text|sqlalchemy\.sql\..*text)$/
  if (term.kind === 'made' && holdsText.test(term.path)) {
    const [first] = term.args
    return first === undefined ? hole : toText(first)
  }
  return asText(term) ?? hole
}

/** Evaluates `repr(value)`; null if unknown or if characters need escaping. */
export function asRepr(value: Term): string | null {
  if (value.kind !== 'str') return asText(value)
  const { value: text } = value
  if (!/^[\u0020-\u007e]*$/.test(text) || text.includes('\\')) return null
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`
}

/** Evaluates `template % argument` with `%s` and `%d`; null for anything else. */
export function percentFormat(template: string, argument: Term): string | null {
  if (argument.kind === 'dict') return argument.spoiled ? null : percentNames(template, argument)
  const isTuple = argument.kind === 'items' && argument.type === 'tuple'
  if (isTuple && (argument.spoiled || isOpen(argument))) return null
  if (!isTuple && argument.kind !== 'str' && argument.kind !== 'int') return null
  const values: readonly Term[] = isTuple ? argument.items : [argument]
  return fill(template, /%(?:(%)|(0?\d{0,3})([sd])|([^]?))/g, values, (found, next) => {
    const [, percent, width = '', type = '', other] = found
    if (percent !== undefined) return '%'
    if (other !== undefined) return null
    const value = next()
    if (value === undefined) return null
    if (type === 'd') return value.kind === 'int' ? formatValue(value, width) : hole
    return width === '' ? toText(value) : hole
  })
}

/** Evaluates `template % {'name': value}`. */
function percentNames(template: string, { entries }: Dict): string | null {
  return fill(template, /%(?:\((\w+)\)s|(%)|([^]?))/g, [], (found) => {
    const [, name, percent] = found
    if (percent !== undefined) return '%'
    const value = name === undefined ? undefined : entries.get(`str:${name}`)?.value
    return value === undefined ? null : toText(value)
  })
}

/** Evaluates `template.format(…)`; null for unsupported placeholders. */
export function braceFormat(
  template: string,
  values: readonly Term[],
  keywords: ReadonlyMap<string, Term>,
): string | null {
  // If there are unknown arguments (`**`), the positions of known arguments may be unknown too.
  if (keywords.has('**')) return null
  return fill(template, /\{\{|\}\}|\{([^{}!:]*)(?::([^{}]*))?\}|[{}]/g, values, (found, next) => {
    const [whole, name, specification = ''] = found
    if (name === undefined) return whole === '{{' ? '{' : whole === '}}' ? '}' : null
    const value = name === '' ? next() : /^\d{1,3}$/.test(name) ? values[Number(name)] : keywords.get(name)
    if (value === undefined) return null
    return specification === '' ? toText(value) : (formatValue(value, specification) ?? hole)
  })
}

/** Replaces each match of `form`. Null if a replacement is null, or if a `%` template leaves values unused. */
function fill(
  template: string,
  form: RegExp,
  values: readonly Term[],
  replace: (found: readonly (string | undefined)[], next: () => Term | undefined) => string | null,
): string | null {
  let used = 0
  let failed = false
  const next = (): Term | undefined => values[used++]
  const value = template.replace(form, (...found: (string | undefined)[]) => {
    const part = replace(found, next)
    failed ||= part === null
    return part ?? ''
  })
  const leftOver = form.source.startsWith('%') && used !== values.length
  return failed || leftOver ? null : value
}
