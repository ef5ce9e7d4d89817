/** Reads the body of a `LANGUAGE sql` function, if it selects a single expression. */
import type { NewFunction } from '../../../../core/history/operation.ts'
import { hole } from '../../../interpreter/values.ts'
import { otherFunctions } from '../named-columns.ts'
import { tokensOfSql } from '../tokens.ts'

/**
 * Returns the expression in `SELECT expression`, with `$1` written as `"$1"`; null for other bodies. `parameters` are
 * the function's parameter names.
 */
export function selectedExpression(
  body: string,
  parameters: readonly string[],
): Pick<NewFunction, 'expression' | 'writes' | 'mayFill' | 'calls'> | null {
  const text = /^\s*select\s([^;]*);?\s*$/i.exec(body)?.[1]
  // `%` may be a driver's placeholder.
  if (text === undefined || text.includes(hole) || /["%]/.test(text)) return null
  if (parameters.some((name) => /[^a-z_]/.test(name))) return null
  const parts = text.split("'").map((part, at) => (at % 2 === 0 ? outside(part) : inside(part)))
  const tokens = tokensOfSql(text)
  if (tokens === null || parts.includes(null)) return null
  return { expression: parts.join("'"), writes: [], mayFill: false, calls: otherFunctions(tokens, []) }
}

function outside(part: string): string | null {
  return part.includes('\\') ? null : part.replaceAll(/\$\d+/g, '"$&"')
}

/** Removes backslashes from a constant. They aren't escapes here, and most of them belong to regular expressions. */
function inside(part: string): string | null {
  return /\\(?:[\duUxX:]|$)/.test(part) ? null : part.replaceAll('\\', '')
}
