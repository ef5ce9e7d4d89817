/** The nodes of the revision map and what is wrong with them. */
import type { Revision } from './revision.ts'
import type { PythonError } from './migration-module.ts'

/** One loaded revision with its links. Two files with one id are two nodes. */
export interface MapNode {
  readonly id: string
  readonly revision: Revision
  /** Its place among the loaded revisions. */
  readonly index: number
  /** Parents that exist, in the file's order, repetitions included. */
  readonly down: readonly string[]
  /** What `depends_on` resolves to (`_resolved_dependencies`). */
  dependencies: readonly string[]
  /** Those of them that no proper ancestor already depends on; from two on, Python's order is arbitrary. */
  ownDependencies: readonly string[]
  /** `down` and `ownDependencies` without repetitions (`_normalized_down_revisions`). */
  before: readonly string[]
  /** Ids whose `down_revision` names this one (`nextrev`). */
  readonly children: Set<string>
  /** Ids that name it as parent or dependency (`_all_nextrev`). */
  readonly dependents: Set<string>
  /** Length of the longest way down to a base; meaningless unless the map is orderly. */
  depth: number
}

/** What building the map raises. */
export interface MapProblem {
  readonly kind: MapProblemKind
  readonly error: PythonError
  /** Messages that Alembic may show instead, because it goes through sets; empty when it can only be this one. */
  readonly otherMessages: readonly string[]
  /** The revisions that it is about. */
  readonly ids: readonly string[]
}

/** What went wrong, in the words of the rules. */
export type MapProblemKind =
  'label-collision' | 'missing-dependency' | 'missing-down-revision' | 'wrong-type' | 'cycle'
