/** Edits calls in a migration's source code. */
import type { Span } from '../history/migration-module.ts'
import type { CallFact, SourceFacts } from '../history/python-source.ts'

/** Returns the call that starts at `span`; undefined if there's none in this file. */
export function callAt({ calls, path }: SourceFacts, span: Span): CallFact | undefined {
  if (span.path !== path) return undefined
  return calls.find(({ range }) => range.line === span.line && range.column === span.column)
}

/** Returns the text that adds an argument to a call; null if the edit isn't safe. */
export function addedKeyword(
  { text }: SourceFacts,
  { range, args }: CallFact,
  keyword: string,
): { readonly at: number; readonly text: string } | null {
  const at = Math.max(...args.map((each) => each.range.end))
  if (args.length === 0 || args.some(({ keyword: name }) => name === '*' || name === '**')) return null
  // The range of an argument excludes any parentheses around it.
  if (!/^\s*,?(?:\s*#[^\n]*\n)*\s*\)$/.test(text.slice(at, range.end))) return null
  const before = text.slice(range.start, at)
  const indent = /\n([ \t]*)\S[^\n]*$/.exec(before)?.[1]
  return { at, text: indent === undefined ? `, ${keyword}` : `,\n${indent}${keyword}` }
}
