/** Types for the files that a restore creates or changes. */
import type { FileVersion } from './git-history.ts'

/** A migration whose `down_revision` must change from its current parent to the restored revision. */
export interface Relink {
  readonly child: string
  readonly path: string
  readonly from: string
  readonly to: string
}

/** The fields of a migration that determine its position in the graph. */
export type ReturningFile = Pick<FileVersion, 'revision' | 'downRevisions' | 'dependsOn'>
