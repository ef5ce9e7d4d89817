/** Wording shared by all drawings. Each format does its own escaping. */
import { fileNameOf } from '../core/text/python-text.ts'
import { counted, shown } from '../core/text/display.ts'
import type { MarkedGraph, MarkedRevision, RevisionState } from './marks.ts'
import type { Item } from './view.ts'

/** The kind of tag, which determines its color. */
export type TagKind =
  'row' | 'head' | 'label' | 'missing' | 'broken' | 'duplicate' | 'placeholder' | 'finding'

/** A short label next to a revision. */
export interface Tag {
  readonly kind: TagKind
  readonly text: string
}

/** Symbols that mark revisions. They can be told apart without color. */
export type StateSign =
  'plain' | 'applied' | 'pending' | 'outside' | 'unknown' | 'row' | 'missing' | 'broken' | 'fold'

/** The symbol for an item. Problems take precedence over version rows. */
export function signOf(item: Item): StateSign {
  if (item.kind === 'fold') return 'fold'
  const { kind, rows, state } = item.revision
  if (kind === 'missing') return 'missing'
  if (kind !== 'file') return 'broken'
  return rows.length > 0 ? 'row' : (state ?? 'plain')
}

/** Meaning of each symbol, in legend order. */
export const signWords: Readonly<Record<StateSign, string>> = {
  plain: 'revision',
  row: 'stamped in the database',
  applied: 'applied',
  pending: 'pending',
  outside: 'not applied and not needed',
  unknown: 'unknown',
  missing: 'no file defines it',
  broken: 'rejected or unreadable file',
  fold: 'folded',
}

/** Labels for links other than plain parent links. */
export const linkWords = {
  dependency: 'depends on',
  circular: 'closes a cycle',
  place: 'likely position of a lost revision',
} as const

/** Short descriptions of a revision's possible states. */
export const stateWords: Readonly<Record<RevisionState, string>> = {
  applied: 'applied',
  pending: 'pending',
  outside: 'not applied, and not needed by the target',
  unknown: 'unknown',
}

/** A revision's tags, most important first. */
export function tagsOf(one: MarkedRevision): readonly Tag[] {
  const tags: Tag[] = []
  const add = (kind: TagKind, text: string): void => void tags.push({ kind, text })
  if (one.rows.length > 0) {
    const spelled = one.rows.filter((row) => row !== one.id)
    add('row', spelled.length === 0 ? 'database' : `database, stored as ${spelled.map(shown).join(', ')}`)
  }
  if (one.head) add('head', 'head')
  if (one.kind === 'missing') add('missing', 'missing: no file defines it')
  if (one.kind === 'refused') add('broken', `rejected: ${shown(one.path ?? '')}`)
  if (one.kind === 'unreadable') add('broken', `unreadable: ${shown(one.path ?? '')}`)
  if (one.duplicate) add('duplicate', `duplicate: ${shown(fileNameOf(one.path ?? ''))}`)
  if (one.selfLoop) add('broken', 'refers to itself')
  if (one.placeholder) add('placeholder', 'placeholder')
  for (const label of one.labels) add('label', `label ${shown(label)}`)
  const codes = new Set(
    one.findings.filter(({ severity, ignored }) => severity !== 'note' && !ignored).map(({ code }) => code),
  )
  if (codes.size > 0) add('finding', [...codes].join(' '))
  return tags
}

/** A revision's id, or its file name if the file is unreadable. */
export function nameOf({ id, kind, path }: MarkedRevision): string {
  if (id === '' && kind === 'unreadable') return shown(fileNameOf(path ?? '?'))
  return shown(id)
}

/** Describes a fold, such as `212 revisions`. */
export function foldWords({
  where,
  count,
  heads = 0,
  rows = 0,
  problems = 0,
}: Extract<Item, { kind: 'fold' }>): string {
  const what = counted(count, 'revision')
  if (where !== 'rest') return where === 'run' ? what : `${what} ${where}`
  const among = [
    ...(heads > 0 ? [counted(heads, 'head')] : []),
    ...(rows > 0 ? [counted(rows, 'row')] : []),
    ...(problems > 0 ? [counted(problems, 'problem')] : []),
  ]
  return `${what} left out${among.length > 0 ? ` (${among.join(', ')})` : ''}`
}

/** A sentence about version rows that match no revision; null if all match. */
export function strayRowsSentence({ strayRows }: MarkedGraph): string | null {
  if (strayRows.length === 0) return null
  const rows = strayRows.map((row) => (row === 'NULL' ? row : shown(row))).join(', ')
  const what = strayRows.length === 1 ? "which isn't a revision" : "which aren't revisions"
  return `The version table also contains ${rows}, ${what}.`
}
