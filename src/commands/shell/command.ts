/** Interface of a command, and the context through which commands access the process. */
import type { Report, Tool } from '../../report/model/report.ts'
import type { ReportContext } from '../../report/model/context.ts'
import type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'
import type { Progress } from './progress.ts'
import type { OptionName } from './options.ts'
import type { Presentation } from './report-settings.ts'
import type { Settings } from './settings.ts'

export type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'

/** Logs what a command is doing. Writes to standard error. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** The environment of a command: everything outside the guard that the command can access. */
export interface Context {
  readonly tool: Tool
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Aborts when the process receives a signal during `untilDone`, unless `onSignal` has registered a listener. */
  readonly signal: AbortSignal
  /** Arguments that follow `--`. */
  readonly wrapped: readonly string[]
  /** Executable and leading arguments that start this program again. */
  readonly self: readonly string[]
  /** True if standard input, standard output or standard error is a terminal. */
  readonly terminal: boolean
  /**
   * Line width in columns: the terminal's width, up to a maximum, or the width for release logs if standard output
   * isn't a terminal.
   */
  readonly width: number
  /**
   * Registers a listener for signals. As long as there is a listener, signals don't interrupt the guard. Returns a
   * function that unsubscribes.
   */
  onSignal(listener: (signal: ForwardedSignal) => void): () => void
  /**
   * Runs work that must report its outcome or clean up after itself. During this work, a process signal only aborts
   * `signal`. At any other time, a signal ends the process at once, even during a long computation.
   */
  untilDone<Result>(work: () => Promise<Result>): Promise<Result>
  /** Shows the progress of long-running work on a terminal. `tell` clears the progress line. */
  readonly progress: Progress
  /** Prints a message while the command is still running. */
  tell(stream: 'stdout' | 'stderr', text: string, presentation: Presentation): void
}

/** Result of a command, with its final exit code. */
export interface Outcome {
  readonly stdout: string
  readonly exitCode: number
  /** Data for the `--report` files; undefined if the command has no report or has already written it. */
  readonly telling?: Telling
  /**
   * Returns the text for a terminal. Undefined if that text would differ from `stdout` only in its colored prefixes.
   */
  readonly onTerminal?: (look: { readonly color: boolean }) => string
}

/** A report, with additional data for some report formats. */
export interface Telling {
  readonly report: Report
  readonly scene: ReportContext
}

/** An `alembic-guard` command. */
export interface Command {
  readonly name: string
  readonly options: readonly OptionName[]
  /** Values that `--format` accepts. The first one is the default. */
  readonly formats: readonly string[]
  /** True if `--` and another command may follow on the command line. */
  readonly wraps?: boolean
  /** Example command lines, with descriptions. */
  readonly examples: readonly (readonly [string, string])[]
  /** Runs the command. Each command declares only the settings that it uses. */
  run(context: Context, settings: Settings): Promise<Outcome>
}
