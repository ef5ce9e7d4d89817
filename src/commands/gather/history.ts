/** What the files of the repository say. */
import type { Repository } from '../../core/history/repository.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'

/** A repository and its graph. */
export interface History {
  readonly repository: Repository
  readonly graph: RevisionGraph
}
