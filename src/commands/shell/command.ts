/** Interface of a command, and the context that replaces direct access to the process. */
import type { Report, Tool } from '../../report/model/report.ts'
import type { ReportContext } from '../../report/model/context.ts'
import type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'
import type { Progress } from './progress.ts'
import type { OptionName } from './options.ts'
import type { Presentation } from './report-settings.ts'
import type { Settings } from './settings.ts'

export type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'

/** Logs what a command is doing, to standard error. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** The outside world as commands see it. */
export interface Context {
  readonly tool: Tool
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Aborted by a signal during `untilDone`, unless `onSignal` has a listener. */
  readonly signal: AbortSignal
  /** Arguments after `--`. */
  readonly wrapped: readonly string[]
  /** Executable and leading arguments that start this program again. */
  readonly self: readonly string[]
  /** True if standard input, output or error is a terminal. */
  readonly terminal: boolean
  /** Terminal width of standard output in columns, or the width of a release log. */
  readonly width: number
  /** Receives signals; while a listener is registered, they don't interrupt. Returns the function that unsubscribes. */
  onSignal(listener: (signal: ForwardedSignal) => void): () => void
  /**
   * Runs work that must report its outcome or clean up after itself: meanwhile, a signal aborts `signal`. At all other
   * times a signal ends the process at once, even during a long computation.
   */
  untilDone<Result>(work: () => Promise<Result>): Promise<Result>
  /** Shows the progress of long work on a terminal; `tell` clears its line. */
  readonly progress: Progress
  /** Prints a message to the user while the command is still running. */
  tell(stream: 'stdout' | 'stderr', text: string, presentation: Presentation): void
}

/** Result of a command. The exit code is final here. */
export interface Outcome {
  readonly stdout: string
  readonly exitCode: number
  /** Source of the `--report` files; absent if the command has no report or has already written it. */
  readonly telling?: Telling
  /** The text for a terminal, if it differs by more than colored prefixes. */
  readonly onTerminal?: (look: { readonly color: boolean }) => string
}

/** A report, and additional data for its formats. */
export interface Telling {
  readonly report: Report
  readonly scene: ReportContext
}

/** A command of the CLI. */
export interface Command {
  readonly name: string
  readonly options: readonly OptionName[]
  /** Values of `--format`; the first is the default. */
  readonly formats: readonly string[]
  /** True if the command takes another command after `--`. */
  readonly wraps?: boolean
  /** Command lines with descriptions. */
  readonly examples: readonly (readonly [string, string])[]
  /** A command declares only the settings that it uses. */
  run(context: Context, settings: Settings): Promise<Outcome>
}
