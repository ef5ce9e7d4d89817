/** The shape of a command, and what it is given instead of a process. */
import type { Report, Tool } from '../../report/model/report.ts'
import type { ReportContext } from '../../report/model/context.ts'
import type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'
import type { Progress } from './progress.ts'
import type { OptionName } from './options.ts'
import type { Presentation } from './report-settings.ts'
import type { Settings } from './settings.ts'

export type { ForwardedSignal } from '../../adapters/scratch/child-process.ts'

/** Where a command may say what it is doing; goes to standard error. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** Everything of the outside world that a command may know. */
export interface Context {
  readonly tool: Tool
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Aborted when the user interrupts and nobody listens to `onSignal`. */
  readonly signal: AbortSignal
  /** The words after `--`. */
  readonly wrapped: readonly string[]
  /** Program and first words by which this command itself is started. */
  readonly self: readonly string[]
  /** There is a terminal at the process's input, output or error output. */
  readonly terminal: boolean
  /** Columns of the terminal at standard output; those of a log where there is none. */
  readonly width: number
  /** While somebody listens, signals go there and interrupt nothing. What it returns unsubscribes. */
  onSignal(listener: (signal: ForwardedSignal) => void): () => void
  /** Says on a terminal how far long work is; `tell` takes the line away. */
  readonly progress: Progress
  /** Says something to people before the command has ended. */
  tell(stream: 'stdout' | 'stderr', text: string, presentation: Presentation): void
}

/** What a command ends with. The exit code is decided here and nowhere later. */
export interface Outcome {
  readonly stdout: string
  readonly exitCode: number
  /** What the files of `--report` are written from; absent: the command makes no report, or has written them itself. */
  readonly telling?: Telling
  /** The same for a terminal, where it looks different there by more than coloured heads of lines. */
  readonly onTerminal?: (look: { readonly color: boolean }) => string
}

/** A report, and what its formats may draw on besides. */
export interface Telling {
  readonly report: Report
  readonly scene: ReportContext
}

/** One verb of the command line. */
export interface Command {
  readonly name: string
  readonly options: readonly OptionName[]
  /** What `--format` takes; the first is the default. */
  readonly formats: readonly string[]
  /** It takes a command of the user's after `--`. */
  readonly wraps?: boolean
  /** Command line and what it is for. */
  readonly examples: readonly (readonly [string, string])[]
  /** A verb declares only the settings that it takes. */
  run(context: Context, settings: Settings): Promise<Outcome>
}
