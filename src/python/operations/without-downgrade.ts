/** Omits `downgrade()` from a file, because parsing it is wasted time if only `upgrade()` is wanted. */

const opening = '\ndef downgrade('

/** Matches code at the start of a line, except closing brackets. */
const topLevel = /\n[^\s#)\]}]/

/** Matches words by which other code could find `downgrade`, and decorators. */
const mayUse = /downgrade|globals|locals|vars|eval|__dict__|modules|\n@/

/**
 * Returns the text before `downgrade()` if nothing follows that function and nothing else can use it; null otherwise.
 * If `def downgrade(` is part of a string, the result isn't valid Python, because the string isn't closed.
 */
export function withoutDowngrade(text: string): string | null {
  const at = text.indexOf(opening)
  if (at === -1 || topLevel.test(text.slice(at + 1))) return null
  const before = text.slice(0, at + 1)
  return mayUse.test(before) ? null : before
}
