/** Interface of a command, and the context through which it accesses the process. */
import type { Report, Tool } from '../../report/model/report.ts'
import type { ReportContext } from '../../report/model/context.ts'
import type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'
import type { Progress } from './progress.ts'
import type { OptionName } from './options.ts'
import type { Presentation } from './report-settings.ts'
import type { Settings } from './settings.ts'

export type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'

/** Logs a command's progress to standard error. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** Everything outside the guard that a command can access. */
export interface Context {
  readonly tool: Tool
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Aborts if a process signal arrives during `untilDone`, unless a listener is registered with `onSignal`. */
  readonly signal: AbortSignal
  /** Arguments after `--`. */
  readonly wrapped: readonly string[]
  /** Executable and arguments that start this program again. */
  readonly self: readonly string[]
  /** Whether any standard stream is a terminal. */
  readonly terminal: boolean
  /**
   * Line width in columns. In a terminal, this is the terminal's width, up to a maximum; otherwise, the width of a
   * release log.
   */
  readonly width: number
  /**
   * Registers a listener for signals. Until it is removed, signals don't interrupt the guard. Returns a function
   * that removes it.
   */
  onSignal(listener: (signal: ForwardedSignal) => void): () => void
  /**
   * Runs work that must clean up or report its outcome. While it runs, a process signal only aborts `signal`; at any
   * other time, it ends the process immediately.
   */
  untilDone<Result>(work: () => Promise<Result>): Promise<Result>
  /** Shows progress on a terminal. Calling `tell` clears the line. */
  readonly progress: Progress
  /** Prints a message while the command is running. */
  tell(stream: 'stdout' | 'stderr', text: string, presentation: Presentation): void
}

/** Result of a command, with its final exit code. */
export interface Outcome {
  readonly stdout: string
  readonly exitCode: number
  /** Data for the `--report` files. Undefined if there is none, or if the files have already been written. */
  readonly telling?: Telling
  /** Returns the text for a terminal. Undefined if it differs from `stdout` only in colored prefixes. */
  readonly onTerminal?: (look: { readonly color: boolean }) => string
}

/** A report, along with additional data that some formats need. */
export interface Telling {
  readonly report: Report
  readonly scene: ReportContext
}

/** An `alembic-guard` command. */
export interface Command {
  readonly name: string
  readonly options: readonly OptionName[]
  /** Accepted values of `--format`. The first one is the default. */
  readonly formats: readonly string[]
  /** Whether another command may be given after `--`. */
  readonly wraps?: boolean
  readonly examples: readonly (readonly [string, string])[]
  /** Runs the command. Each implementation declares only the settings that it uses. */
  run(context: Context, settings: Settings): Promise<Outcome>
}
