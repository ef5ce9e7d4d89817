/** Files that a restore brings back or changes. */
import type { FileVersion } from './git-history.ts'

/** A `down_revision` that must name the restored revision instead of its current parent. */
export interface Relink {
  readonly child: string
  readonly path: string
  readonly from: string
  readonly to: string
}

/** Fields of a migration that determine its position in the graph. */
export type ReturningFile = Pick<FileVersion, 'revision' | 'downRevisions' | 'dependsOn'>
