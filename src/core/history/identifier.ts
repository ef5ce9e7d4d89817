/** Resolves revision identifiers as Alembic does, and suggests similar revisions. */
import { AlembicFailure, NotPredictable } from './alembic-failure.ts'
import type { RevisionGraph } from './revision-graph.ts'
import { namesBeginning, revisionFor } from './resolve-revision.ts'
import { fileNameOf } from '../text/python-text.ts'
import { withinEdits } from '../text/display.ts'

/** Result of resolving an identifier. */
export type ResolvedIdentifier =
  /** `exact` is true for a full id, and false for a prefix or label. */
  | { readonly kind: 'revision'; readonly id: string; readonly exact: boolean }
  /** A symbolic or relative identifier: `head`, `heads`, `base`, `label@…` or `-1`. */
  | { readonly kind: 'symbol'; readonly text: string }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] }
  | { readonly kind: 'unknown' }

/** How a known revision id resembles the given text. */
export type NearMissKind = 'case' | 'blanks' | 'prefix' | 'extends' | 'file-name' | 'typo'

/** A revision id that the user may have meant. */
export interface NearMiss {
  readonly id: string
  /**
   * How the text differs from the id. `case`: only in case. `blanks`: only in surrounding whitespace. `prefix`: it is a
   * prefix of the id. `extends`: the id is a prefix of it. `file-name`: it is the migration's file name. `typo`: the
   * edit distance is one or two.
   */
  readonly how: NearMissKind
}

/**
 * Resolves an identifier as Alembic does: exact names first, then unique prefixes. Ids and labels of fewer
 * than four characters can't be abbreviated.
 */
export function resolveIdentifier(graph: RevisionGraph, text: string): ResolvedIdentifier {
  if (
    text === 'head' ||
    text === 'heads' ||
    text === 'base' ||
    text.includes('@') ||
    /^\s*-\d+\s*$/.test(text)
  ) {
    return { kind: 'symbol', text }
  }
  if (text === '') return graph.get('') ? { kind: 'revision', id: '', exact: true } : { kind: 'unknown' }
  try {
    const found = revisionFor({ map: graph.map, target: text }, text)
    if (found) return { kind: 'revision', id: found.id, exact: graph.map.byId.has(text) }
  } catch (error) {
    if (!(error instanceof AlembicFailure) && !(error instanceof NotPredictable)) throw error
  }
  const candidates = namesBeginning(graph.map, text)
  return candidates.length > 1 ? { kind: 'ambiguous', candidates } : { kind: 'unknown' }
}

/** Returns up to five known ids that resemble the text, closest first. The text must not be an id itself. */
export function nearMisses(graph: RevisionGraph, text: string): readonly NearMiss[] {
  const found: NearMiss[] = []
  for (const { id, revision } of graph.map.byId.values()) {
    const how = resemblance(text, id, revision.path)
    if (how !== null) found.push({ id, how })
  }
  return found.sort((a, b) => closeness.indexOf(a.how) - closeness.indexOf(b.how)).slice(0, 5)
}

const closeness: readonly NearMissKind[] = ['blanks', 'case', 'file-name', 'prefix', 'extends', 'typo']

function resemblance(text: string, id: string, path: string): NearMissKind | null {
  const wanted = text.trim()
  if (text === id || wanted === '' || id.trim() === '') return null
  if (wanted === id.trim()) return 'blanks'
  if (wanted.toLowerCase() === id.trim().toLowerCase()) return 'case'
  const file = fileNameOf(path)
  if (wanted === file || `${wanted}.py` === file) return 'file-name'
  if (wanted.length >= 3 && id.startsWith(wanted)) return 'prefix'
  if (id.length >= 4 && wanted.startsWith(id)) return 'extends'
  const allowed = Math.min(wanted.length, id.length) < 6 ? 1 : 2
  return Math.min(wanted.length, id.length) >= 4 && withinEdits(wanted, id, allowed) ? 'typo' : null
}
