/** What `alembic check` said: whether the models differ from what the migrations make. Text in, data out. */
import { parseFailure } from './traceback.ts'

/** `unavailable`: this Alembic has no such command; `failed`: it has one, which could not tell. */
export interface ModelsCheck {
  readonly outcome: 'same' | 'differ' | 'unavailable' | 'failed'
  /** The error of the command, or the last line that it printed. */
  readonly said: string
}

/** Reads the end of `alembic check` (1.9 and newer) or `flask db check` (Flask-Migrate 4). */
export function parseModelsCheck(status: number, output: string): ModelsCheck {
  const said = parseFailure(output).error ?? output.trimEnd().split('\n').at(-1) ?? ''
  if (status === 0) return { outcome: 'same', said }
  if (/invalid choice: '?check'?|No such command '?check'?/.test(output))
    return { outcome: 'unavailable', said }
  return { outcome: /New upgrade operations detected/.test(output) ? 'differ' : 'failed', said }
}
