/** What a text could mean as a revision identifier: Alembic's answer, and what somebody may have meant instead. */
import { AlembicFailure, NotPredictable } from './alembic-failure.ts'
import type { RevisionGraph } from './revision-graph.ts'
import { namesBeginning, revisionFor } from './resolve-revision.ts'
import { fileNameOf } from '../text/python-text.ts'
import { withinEdits } from '../text/display.ts'

/** What Alembic makes of an identifier. */
export type ResolvedIdentifier =
  /** `exact`: the text is the id itself, not the beginning of one and not a label. */
  | { readonly kind: 'revision'; readonly id: string; readonly exact: boolean }
  /** `head`, `heads`, `base`, `label@…`, `-1`: a row or target that says where, not which. */
  | { readonly kind: 'symbol'; readonly text: string }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] }
  | { readonly kind: 'unknown' }

/** How a known id resembles a text. */
export type NearMissKind = 'case' | 'blanks' | 'prefix' | 'extends' | 'file-name' | 'typo'

/** An id that somebody may have meant. */
export interface NearMiss {
  readonly id: string
  /**
   * `case`: other upper and lower case; `blanks`: only spaces around it differ; `prefix`: the text begins the id;
   * `extends`: the id begins the text; `file-name`: the text is the file's name; `typo`: one or two edits.
   */
  readonly how: NearMissKind
}

/** Resolves as Alembic does: exact ids, then unique beginnings of ids and labels of at least four characters. */
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

/** Ids that come close to a text that is none of them, closest first, at most five. */
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
