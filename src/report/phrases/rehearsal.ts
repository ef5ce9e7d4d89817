/** Describes the results of a rehearsal, in sentences. */
import type { ModelsCheck } from '../../core/rehearsal/models-check.ts'

/** Describes the result of `alembic check`, in one sentence. */
export function modelsMessage({ outcome, said }: ModelsCheck): string {
  switch (outcome) {
    case 'same':
      return '"alembic check" finds no differences'
    case 'differ':
      return said
    case 'unavailable':
      return 'can\'t compare the models: "alembic check" requires Alembic 1.9 or newer'
    case 'failed':
      return `"alembic check" failed: ${said}`
    default:
      return outcome satisfies never
  }
}
