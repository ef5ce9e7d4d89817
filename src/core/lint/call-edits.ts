/** Edits of a call in a migration's source. Pure. */
import type { Span } from '../history/migration-module.ts'
import type { CallFact, SourceFacts } from '../history/python-source.ts'

/** The call that an operation was read from; undefined: it is in another file. */
export function callAt({ calls, path }: SourceFacts, span: Span): CallFact | undefined {
  if (span.path !== path) return undefined
  return calls.find(({ range }) => range.line === span.line && range.column === span.column)
}

/** Text to insert behind the last argument of a call, and where; null if the call can't be extended safely. */
export function addedKeyword(
  { text }: SourceFacts,
  { range, args }: CallFact,
  keyword: string,
): { readonly at: number; readonly text: string } | null {
  const at = Math.max(...args.map((each) => each.range.end))
  if (args.length === 0 || args.some(({ keyword: name }) => name === '*' || name === '**')) return null
  // A bracket around the last argument would end behind it.
  if (!/^\s*,?(?:\s*#[^\n]*\n)*\s*\)$/.test(text.slice(at, range.end))) return null
  const before = text.slice(range.start, at)
  const indent = /\n([ \t]*)\S[^\n]*$/.exec(before)?.[1]
  return { at, text: indent === undefined ? `, ${keyword}` : `,\n${indent}${keyword}` }
}
