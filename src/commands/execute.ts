/** Runs one command from given options to its outcome; whatever goes wrong becomes a report and an exit code. */
import { diskTree } from '../adapters/disk-tree.ts'
import { writeReportFile } from '../adapters/report-file.ts'
import type { Command, Context, Outcome } from './command.ts'
import { outcomeOf } from './error-report.ts'
import {
  type GivenOptions,
  type Presentation,
  type Settings,
  defaultPresentation,
  readSettings,
} from './settings.ts'

/** The outcome, and how the user wants to see it. */
export interface Executed extends Outcome {
  /** The text is for people, so it may be coloured. */
  readonly human: boolean
  readonly presentation: Presentation
}

/** Never throws. */
export async function execute(command: Command, given: GivenOptions, context: Context): Promise<Executed> {
  let settings: Settings | null = null
  let outcome: Outcome
  try {
    settings = await readSettings(given, context.env, diskTree(context.cwd), command.formats)
    outcome = await command.run(context, settings)
    if (settings.output !== null && outcome.stdout !== '') {
      writeReportFile(context.cwd, settings.output, outcome.stdout)
      outcome = { ...outcome, stdout: '' }
    }
  } catch (error) {
    if (error instanceof Error && error.stack) context.logger.debug(error.stack)
    const format = settings?.format ?? (typeof given.format === 'string' ? given.format : 'human')
    outcome = outcomeOf(error, context.tool, command.name, format)
  }
  const format = settings?.format ?? given.format ?? 'human'
  return {
    ...outcome,
    human: format === 'human',
    presentation: settings?.presentation ?? defaultPresentation,
  }
}
