/** Error for a configuration that Alembic itself rejects. Doesn't contain Alembic's rules. */
import type { PythonError } from '../../core/history/migration-module.ts'
import { GuardError } from '../../errors.ts'

/** Location of an error that Alembic found: the file, as named by the user, and the option. */
export interface RefusedAt {
  /** The file that contains the option; null if the option came from the command line or there is no file. */
  readonly file: string | null
  readonly key: string | null
}

/**
 * Error for a configuration that makes Alembic fail before it reads any migration. `error` contains Alembic's message
 * without anything that might be a password: URLs, quoted lines, and the values of options that aren't Alembic's own.
 */
export class ConfigRefused extends GuardError {
  readonly error: PythonError

  /**
   * `problem` describes an error in the file itself, such as `doesn't exist`. In the message, `problem` replaces the
   * option's name.
   */
  constructor(at: RefusedAt, error: PythonError, hint: string | null, problem: string | null = null) {
    const safe = { type: error.type, message: withoutSecrets(error, at.key) }
    const where =
      problem === null
        ? [at.file, at.key].filter((part) => part !== null).join(', ')
        : `${at.file ?? ''} ${problem}`
    const words = `Alembic fails with ${safe.type}: ${safe.message.replace(/\s*\n\s*/g, ' ')}`
    super('usage', where === '' ? words : `${where}: ${words}`, hint)
    this.name = 'ConfigRefused'
    this.error = safe
  }
}

const url = /[a-z][a-z0-9+.-]*:\/\/[^\s'"]*/gi
/** In the message of an interpolation error, everything after one of these phrases is part of the option's value. */
const value = /(found: |Raw value: |variable reference )[^]*$/

function withoutSecrets(error: PythonError, key: string | null): string {
  const { type, message } = error
  if (type === 'ParsingError') return message.replace(/^(\t\[line +\d+\]:).*$/gm, '$1 …')
  // The message's third line quotes a line of the file, which may contain secrets.
  if (type === 'MissingSectionHeaderError') return message.split('\n').slice(0, 2).join('\n')
  if (type.startsWith('Interpolation') && key === null) return message.replace(value, '$1…')
  return message.replace(url, '…')
}
