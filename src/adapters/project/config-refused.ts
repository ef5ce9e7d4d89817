/** Error for a configuration that Alembic rejects. */
import type { PythonError } from '../../core/history/migration-module.ts'
import { GuardError } from '../../errors.ts'

/** The file and the option that Alembic's error refers to. */
export interface RefusedAt {
  /** Null for an option from the command line, or if there is no file. */
  readonly file: string | null
  readonly key: string | null
}

/**
 * Error for a configuration that makes Alembic fail before it reads any migration. `error` contains Alembic's
 * message, except for parts that may be passwords.
 */
export class ConfigRefused extends GuardError {
  readonly error: PythonError

  /** `problem` says what is wrong with the file itself, such as `doesn't exist`. */
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
/** In an interpolation error, each of these phrases is followed by the option's value. */
const value = /(found: |Raw value: |variable reference )[^]*$/

function withoutSecrets(error: PythonError, key: string | null): string {
  const { type, message } = error
  if (type === 'ParsingError') return message.replace(/^(\t\[line +\d+\]:).*$/gm, '$1 …')
  // The third line of the message quotes the file, which may contain secrets.
  if (type === 'MissingSectionHeaderError') return message.split('\n').slice(0, 2).join('\n')
  if (type.startsWith('Interpolation') && key === null) return message.replace(value, '$1…')
  return message.replace(url, '…')
}
