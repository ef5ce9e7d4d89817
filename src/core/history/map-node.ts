/** Nodes in the revision map, and errors that occur while building it. */
import type { Revision } from './revision.ts'
import type { PythonError } from './migration-module.ts'

/** A loaded revision and its links. Two files with the same id have separate nodes. */
export interface MapNode {
  readonly id: string
  readonly revision: Revision
  /** Index of the revision's file in load order. */
  readonly index: number
  /** Ids of the existing parents, in the order given in the file, including duplicates. */
  readonly down: readonly string[]
  /** Ids that `depends_on` resolves to (`_resolved_dependencies`). */
  dependencies: readonly string[]
  /** Dependencies that no ancestor already has. Unordered, as in Alembic. */
  ownDependencies: readonly string[]
  /** `down` and `ownDependencies`, without duplicates (`_normalized_down_revisions`). */
  before: readonly string[]
  /** Ids of the revisions whose `down_revision` contains this one (`nextrev`), without duplicates. */
  children: readonly string[]
  /** Ids of the revisions that list this one in `down_revision` or `depends_on` (`_all_nextrev`). */
  dependents: readonly string[]
  /** Length of the longest path to a base. Meaningless if the map contains cycles or duplicate ids. */
  depth: number
}

/** An error that Alembic raises while it builds the revision map. */
export interface MapProblem {
  readonly kind: MapProblemKind
  readonly error: PythonError
  /** Other possible messages, if the message depends on the iteration order of a set. */
  readonly otherMessages: readonly string[]
  /** Ids of the revisions involved. */
  readonly ids: readonly string[]
}

/** Kind of error. Rules use it to describe the cause. */
export type MapProblemKind =
  'label-collision' | 'missing-dependency' | 'missing-down-revision' | 'wrong-type' | 'cycle'
