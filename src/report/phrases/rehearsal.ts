/** What a rehearsal found, in sentences. */
import type { ModelsCheck } from '../../core/rehearsal/models-check.ts'

/** What `alembic check` found out about the models, in one sentence. */
export function modelsMessage({ outcome, said }: ModelsCheck): string {
  switch (outcome) {
    case 'same':
      return '"alembic check" finds nothing to generate'
    case 'differ':
      return said
    case 'unavailable':
      return 'the models were not compared: the installed Alembic has no "alembic check" (1.9 and newer have it)'
    case 'failed':
      return `"alembic check" failed: ${said}`
    default:
      return outcome satisfies never
  }
}
