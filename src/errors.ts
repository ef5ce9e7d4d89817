/** The class for errors shown to users, and the exit codes. */

/** The guard's exit codes. Once `run` has started its command, the exit code is based on that command's status. */
export const exitCodes = {
  pass: 0,
  blocked: 1,
  usage: 2,
  unavailable: 3,
  bug: 4,
} as const

/**
 * Why the guard couldn't complete a check. `usage`: a wrong option or configuration. `unavailable`: a missing URL, a
 * failed connection, a denied permission or a timeout. `bug`: a defect in the guard itself.
 */
export type GuardErrorKind = 'usage' | 'unavailable' | 'bug'

/** A hint that includes a command. `core/findings/command-forms.ts` formats the command. */
interface HintedCommand {
  readonly before?: string
  readonly command: readonly string[]
  readonly after?: string
}

/**
 * An error shown to users. `message` states the problem in one sentence; `hint` says how to fix it. Neither may contain
 * a password or a database URL.
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
