/** Commands run during a rehearsal, and their results. */
import type { ChildEnd, ChildOptions } from '../../adapters/scratch/child-process.ts'
import type { Watchdog } from '../../adapters/scratch/watchdog.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { WrappedUpgrade } from '../../core/release/upgrade-command.ts'
import type { RehearsalFailureReport, RehearsalPhaseReport } from '../../report/model/report.ts'
import type { Context } from '../shell/command.ts'
import type { RehearsalObservation } from './stage.ts'
import type { SafeCommand } from './environment.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'

/** Input for the phases of a rehearsal. */
export interface Script {
  /** Context whose working directory is Alembic's folder. */
  readonly context: Context
  /** The folder in which the command starts. The command may change to Alembic's folder. */
  readonly folder: string
  readonly guardian: Watchdog
  /** Aborts when the rehearsal is interrupted. */
  readonly signal: AbortSignal
  readonly command: SafeCommand
  /** Starts a command that can reach only the scratch database. */
  readonly start: (argv: readonly string[], options: ChildOptions) => Promise<ChildEnd>
  /** The upgrade that the command runs. Null if the command isn't recognized. */
  readonly upgrade: WrappedUpgrade | null
  readonly repository: Repository
  readonly prediction: Prediction
  /** Version rows before the rehearsal. */
  readonly versions: readonly string[]
  /** Whether the scratch database contains production's rows. */
  readonly withData: boolean
  readonly cycle: boolean
  readonly checkModels: boolean
}

/** A phase of a rehearsal, such as the upgrade. */
export type Phase = RehearsalPhaseReport['phase']

/** Result of one command on the scratch database. */
export interface Ran {
  readonly report: Omit<RehearsalPhaseReport, 'phase'>
  readonly seen: RehearsalObservation
  readonly status: number
  readonly problem: string | null
  readonly output: string
}

/** Result of one phase. */
export interface Played {
  readonly report: RehearsalPhaseReport
  readonly seen: RehearsalObservation
  readonly failure: RehearsalFailureReport | null
}
