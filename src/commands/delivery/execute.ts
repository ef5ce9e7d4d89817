/** Runs one command from given options to its outcome; whatever goes wrong becomes a report and an exit code. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { Command, Context, Outcome } from '../shell/command.ts'
import { deliver } from './deliver.ts'
import { outcomeOf } from '../shell/error-report.ts'
import type { OptionInputs } from '../shell/option-values.ts'
import { type Presentation, defaultPresentation } from '../shell/report-settings.ts'
import { type Settings, readSettings } from '../shell/settings.ts'

/** The outcome, and how the user wants to see it. */
export interface Executed extends Outcome {
  /** The text is for people, so it may be coloured. */
  readonly human: boolean
  readonly presentation: Presentation
}

/** Never throws. */
export async function execute(command: Command, given: OptionInputs, context: Context): Promise<Executed> {
  let settings: Settings | null = null
  const failed = (error: unknown): Promise<Outcome> => {
    if (error instanceof Error && error.stack) context.logger.debug(error.stack)
    const format = settings?.format ?? (typeof given.format === 'string' ? given.format : 'human')
    return outcomeOf(error, context.tool, command.name, format)
  }
  let outcome: Outcome
  try {
    settings = await readSettings(given, context.env, diskTree(context.cwd), command.formats)
    const done = await command.run(context, settings).catch(failed)
    outcome = await deliver(done, context, settings)
  } catch (error) {
    outcome = await failed(error)
  }
  const format = settings?.format ?? given.format ?? 'human'
  return {
    ...outcome,
    human: format === 'human',
    presentation: settings?.presentation ?? defaultPresentation,
  }
}
