/** Infers types as PostgreSQL does. The outcome is unknown if it depends on the PostgreSQL version. */
import { assignmentCast } from './casts.ts'
import { type Expression, columnReferences } from './expression.ts'
import { Inference, truth } from './inference.ts'
import { Decided, type Judged, type Names, type Value, decided } from './judged.ts'
import { isNumber, isText, limitOf, takesText } from './types.ts'

/** Infers the type of an expression. */
export function typeOfExpression(expression: Expression, names: Names): Judged {
  return decided(() => {
    // PostgreSQL rejects every expression that refers to a missing column.
    for (const { table, name } of columnReferences(expression))
      if (names.column(table, name) === 'missing') throw new Decided({ kind: 'missing column', table, name })
    return new Inference(names).value(expression)
  })
}

/** Infers whether the expression can be used as a condition. */
export function judgeCondition(expression: Expression, names: Names): Judged {
  const judged = typeOfExpression(expression, names)
  return judged.kind === 'fits' ? decided(() => truth(judged.value)) : judged
}

/** Infers whether a column can store the value. `written` is the column's type, as the catalog prints it. */
export function judgeAssignment(value: Value, written: string, names: Names): Judged {
  return decided(() => {
    const type = names.typeOf(written)
    if (type === null || value.type === '?') throw new Decided(null)
    if (value.type === 'unknown') {
      const limit = limitOf(written)
      const isTooLong = limit !== null && [...(value.constant ?? '')].length > limit
      if (isTooLong || (isNumber(type) && written.includes('('))) throw new Decided(null)
      return new Inference(names).resolved(value, type)
    }
    const cast = assignmentCast(value.type, type)
    if (cast === null) throw new Decided(null)
    if (!cast.allowed) throw new Decided({ kind: 'no cast', from: value.type, to: type })
    // The current time is in the range of every date and time type.
    const isCasting = cast.safe || (!value.usesRow && !value.immutable) || isSmall(value, type)
    const safe = value.safe && isCasting && !mayExceed(value, type, written)
    return { ...value, type, immutable: value.immutable && cast.immutable, safe }
  })
}

/** Whether a numeric literal is in the type's range. */
function isSmall({ digits }: Value, type: string): boolean {
  if (digits === undefined || digits.length > 15) return false
  return takesText(type, String(BigInt(digits.replace(/\..*/, '')) + 1n))
}

/** Maximum length of each type's text form, in characters. */
const widths: Readonly<Record<string, number>> = {
  boolean: 5,
  smallint: 6,
  integer: 11,
  bigint: 20,
  uuid: 36,
}

/** Whether the value may be too large for the column's type. */
function mayExceed({ digits, width, type: from }: Value, type: string, written: string): boolean {
  const limit = limitOf(written)
  if (isText(type)) return limit !== null && (width ?? widths[from] ?? Infinity) > limit
  const [, precision, scale = '0'] = /\((\d+)(?:,(\d+))?\)/.exec(written) ?? []
  if (!isNumber(type) || precision === undefined) return false
  return digits === undefined || digits.replace(/\..*/, '').length > Number(precision) - Number(scale)
}
