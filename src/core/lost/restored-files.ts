/** Types for the files that a restore creates or changes. */
import type { FileVersion } from './git-history.ts'

/** A migration whose `down_revision` changes to the restored revision. */
export interface Relink {
  readonly child: string
  readonly path: string
  readonly from: string
  readonly to: string
}

/** The fields that determine a migration's position in the graph. */
export type ReturningFile = Pick<FileVersion, 'revision' | 'downRevisions' | 'dependsOn'>
