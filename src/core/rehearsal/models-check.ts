/**
 * Parses the result of `alembic check`: whether the models differ from the migrated schema. Input and output are plain
 * data.
 */
import { parseFailure } from './traceback.ts'

/** `unavailable`: this Alembic version doesn't have the command; `failed`: the command failed. */
export interface ModelsCheck {
  readonly outcome: 'same' | 'differ' | 'unavailable' | 'failed'
  /** The command's error, or the last line it printed. */
  readonly said: string
}

/** Parses the output of `alembic check` (1.9 and newer) or `flask db check` (Flask-Migrate 4). */
export function parseModelsCheck(status: number, output: string): ModelsCheck {
  const said = parseFailure(output).error ?? output.trimEnd().split('\n').at(-1) ?? ''
  if (status === 0) return { outcome: 'same', said }
  if (/invalid choice: '?check'?|No such command '?check'?/.test(output))
    return { outcome: 'unavailable', said }
  return { outcome: /New upgrade operations detected/.test(output) ? 'differ' : 'failed', said }
}
