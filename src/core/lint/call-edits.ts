/** Edits calls in a migration's source code. Pure functions. */
import type { Span } from '../history/migration-module.ts'
import type { CallFact, SourceFacts } from '../history/python-source.ts'

/** Returns the call that starts at `span`; undefined if there is none in this file. */
export function callAt({ calls, path }: SourceFacts, span: Span): CallFact | undefined {
  if (span.path !== path) return undefined
  return calls.find(({ range }) => range.line === span.line && range.column === span.column)
}

/**
 * Returns the text that adds an argument at the end of a call, and the offset to insert it at. Returns null if the call
 * can't be extended safely.
 */
export function addedKeyword(
  { text }: SourceFacts,
  { range, args }: CallFact,
  keyword: string,
): { readonly at: number; readonly text: string } | null {
  const at = Math.max(...args.map((each) => each.range.end))
  if (args.length === 0 || args.some(({ keyword: name }) => name === '*' || name === '**')) return null
  // If the last argument is in parentheses, its range ends before the closing parenthesis.
  if (!/^\s*,?(?:\s*#[^\n]*\n)*\s*\)$/.test(text.slice(at, range.end))) return null
  const before = text.slice(range.start, at)
  const indent = /\n([ \t]*)\S[^\n]*$/.exec(before)?.[1]
  return { at, text: indent === undefined ? `, ${keyword}` : `,\n${indent}${keyword}` }
}
