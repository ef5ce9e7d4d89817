/** What `alembic check` said: whether the models differ from what the migrations make. Text in, data out. */
import { parseFailure } from './traceback.ts'

/** `unavailable`: this Alembic has no such command; `failed`: it has one, which could not tell. */
export interface ModelsCheck {
  readonly outcome: 'same' | 'differ' | 'unavailable' | 'failed'
  /** One sentence. */
  readonly message: string
}

/** Reads the end of `alembic check` (1.9 and newer) or `flask db check` (Flask-Migrate 4). */
export function parseModelsCheck(status: number, output: string): ModelsCheck {
  if (status === 0) return { outcome: 'same', message: '"alembic check" finds nothing to generate' }
  if (/invalid choice: '?check'?|No such command '?check'?/.test(output)) {
    return {
      outcome: 'unavailable',
      message:
        'the models were not compared: the installed Alembic has no "alembic check" (1.9 and newer have it)',
    }
  }
  const last = parseFailure(output).error ?? output.trimEnd().split('\n').at(-1) ?? ''
  if (/New upgrade operations detected/.test(output)) return { outcome: 'differ', message: last }
  return { outcome: 'failed', message: `"alembic check" could not tell: ${last}` }
}
