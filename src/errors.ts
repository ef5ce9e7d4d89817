/** The one error class of this program, and the table of exit codes. */

/** What a process of the guard ends with. `run` adds the status of the command that it started. */
export const exitCodes = {
  pass: 0,
  blocked: 1,
  usage: 2,
  unavailable: 3,
  bug: 4,
} as const

/**
 * Why the guard could not do its work: `usage` for a wrong option or configuration, `unavailable` when it could
 * not look (no URL, no connection, no permission, a timeout), `bug` when the guard itself is at fault.
 */
export type GuardErrorKind = 'usage' | 'unavailable' | 'bug'

/** A hint around a command, which is spelled as it is typed where the error is read: `core/findings/command-forms.ts`. */
interface HintedCommand {
  readonly before?: string
  readonly command: readonly string[]
  readonly after?: string
}

/**
 * An error that a person reads: `message` is one sentence that names the thing, `hint` the way out.
 * Neither ever holds a password or a database URL.
 */
export class GuardError extends Error {
  readonly kind: GuardErrorKind
  readonly hint: string | HintedCommand | null

  constructor(
    kind: GuardErrorKind,
    message: string,
    hint: string | HintedCommand | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'GuardError'
    this.kind = kind
    this.hint = hint
  }
}
