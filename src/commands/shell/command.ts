/** Interface of a command, and the context for accessing the process. */
import type { Report, Tool } from '../../report/model/report.ts'
import type { ReportContext } from '../../report/model/context.ts'
import type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'
import type { Progress } from './progress.ts'
import type { OptionName } from './options.ts'
import type { Presentation } from './report-settings.ts'
import type { Settings } from './settings.ts'

export type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'

/** Logs to standard error what a command is doing. */
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
  /** Aborts on a process signal during `untilDone`, unless `onSignal` has a listener. */
  readonly signal: AbortSignal
  /** Arguments after `--`. */
  readonly wrapped: readonly string[]
  /** Executable and arguments that start this program again. */
  readonly self: readonly string[]
  /** Whether any standard stream is a terminal. */
  readonly terminal: boolean
  /** Line width in columns: the terminal's, up to a maximum, or that of release logs. */
  readonly width: number
  /** Registers a listener for signals, which then don't interrupt the guard. Returns a function that unsubscribes. */
  onSignal(listener: (signal: ForwardedSignal) => void): () => void
  /**
   * Runs work that must clean up or report its outcome: a signal only aborts `signal`. At other times, a signal ends
   * the process at once.
   */
  untilDone<Result>(work: () => Promise<Result>): Promise<Result>
  /** Shows progress on a terminal. `tell` clears the line. */
  readonly progress: Progress
  /** Prints a message while the command is running. */
  tell(stream: 'stdout' | 'stderr', text: string, presentation: Presentation): void
}

/** Result of a command, with its final exit code. */
export interface Outcome {
  readonly stdout: string
  readonly exitCode: number
  /** Data for the `--report` files; undefined if there is none or it was already written. */
  readonly telling?: Telling
  /** Returns the text for a terminal. Undefined if only colored prefixes differ from `stdout`. */
  readonly onTerminal?: (look: { readonly color: boolean }) => string
}

/** A report, with additional data for some formats. */
export interface Telling {
  readonly report: Report
  readonly scene: ReportContext
}

/** An `alembic-guard` command. */
export interface Command {
  readonly name: string
  readonly options: readonly OptionName[]
  /** Values of `--format`. The first one is the default. */
  readonly formats: readonly string[]
  /** Whether another command may follow after `--`. */
  readonly wraps?: boolean
  readonly examples: readonly (readonly [string, string])[]
  /** Runs the command. Each one declares only the settings that it uses. */
  run(context: Context, settings: Settings): Promise<Outcome>
}
