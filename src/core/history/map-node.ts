/** Nodes of the revision map, and errors from building it. */
import type { Revision } from './revision.ts'
import type { PythonError } from './migration-module.ts'

/** One loaded revision with its links. Two files with the same id are two nodes. */
export interface MapNode {
  readonly id: string
  readonly revision: Revision
  /** Index of the file in load order. */
  readonly index: number
  /** Existing parents in file order, including duplicates. */
  readonly down: readonly string[]
  /** Resolved `depends_on` (`_resolved_dependencies`). */
  dependencies: readonly string[]
  /**
   * Dependencies that aren't already implied by another ancestor; if there are several, Python's order is arbitrary.
   */
  ownDependencies: readonly string[]
  /** `down` and `ownDependencies` without duplicates (`_normalized_down_revisions`). */
  before: readonly string[]
  /** Ids whose `down_revision` contains this one (`nextrev`). */
  readonly children: Set<string>
  /** Ids whose `down_revision` or `depends_on` contains this one (`_all_nextrev`). */
  readonly dependents: Set<string>
  /** Length of the longest path to a base; meaningless unless the map is orderly. */
  depth: number
}

/** An error raised while building the map. */
export interface MapProblem {
  readonly kind: MapProblemKind
  readonly error: PythonError
  /** Other possible messages, because Alembic iterates over sets; empty if the message is certain. */
  readonly otherMessages: readonly string[]
  /** The revisions involved. */
  readonly ids: readonly string[]
}

/** Kind of error, as used by rules. */
export type MapProblemKind =
  'label-collision' | 'missing-dependency' | 'missing-down-revision' | 'wrong-type' | 'cycle'
