/** Parses the output of `alembic check`, which compares the models with the migrated schema. */
import { parseFailure } from './traceback.ts'

/** `unavailable`: this Alembic version doesn't have the command. `failed`: the command failed. */
export interface ModelsCheck {
  readonly outcome: 'same' | 'differ' | 'unavailable' | 'failed'
  /** The error message, or the last line of output. */
  readonly said: string
}

/** Parses the output of `alembic check` (1.9 and later) or `flask db check` (Flask-Migrate 4). */
export function parseModelsCheck(status: number, output: string): ModelsCheck {
  const said = parseFailure(output).error ?? output.trimEnd().split('\n').at(-1) ?? ''
  if (status === 0) return { outcome: 'same', said }
  if (/invalid choice: '?check'?|No such command '?check'?/.test(output))
    return { outcome: 'unavailable', said }
  return { outcome: /New upgrade operations detected/.test(output) ? 'differ' : 'failed', said }
}
