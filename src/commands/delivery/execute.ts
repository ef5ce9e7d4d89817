/** Runs a command. Turns every error into a report and an exit code. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { Command, Context, Outcome } from '../shell/command.ts'
import { deliver, quietText } from './deliver.ts'
import { withHerokuUrl } from '../shell/heroku-url.ts'
import { readCall } from '../shell/call-options.ts'
import { guardForms } from '../forms/guard-forms.ts'
import { fromFolder, inProject } from './working-folder.ts'
import { outcomeOf } from '../shell/error-report.ts'
import type { OptionInputs } from '../shell/option-values.ts'
import { type Presentation, defaultPresentation } from '../shell/report-settings.ts'
import { type Settings, readSettings } from '../shell/settings.ts'

/** The outcome of a command, and how to present it. */
export interface Executed extends Outcome {
  /** Whether the text is meant for people and may be colored. */
  readonly human: boolean
  readonly presentation: Presentation
}

/** Runs the command. If a Heroku app is given, first fetches the database URL from Heroku. */
async function run(command: Command, context: Context, settings: Settings): Promise<Outcome> {
  const known = command.options.includes('app') ? await withHerokuUrl(context, settings) : settings
  return command.run(context, known)
}

function quietly(outcome: Outcome, settings: Settings): Outcome {
  const { telling, stdout } = outcome
  return telling ? { ...outcome, stdout: quietText(stdout, telling, settings) } : outcome
}

/** Runs a command. Never throws. */
export async function execute(command: Command, given: OptionInputs, outside: Context): Promise<Executed> {
  let context = outside
  let settings: Settings | null = null
  const failed = (error: unknown): Promise<Outcome> => {
    if (error instanceof Error && error.stack) context.logger.debug(error.stack)
    const format = settings?.format ?? (typeof given.format === 'string' ? given.format : 'human')
    return outcomeOf(
      error,
      context.tool,
      command.name,
      format,
      guardForms(context, readCall(given, context.env)),
    )
  }
  let outcome: Outcome
  try {
    context = await inProject(outside, command, given)
    const said = await readSettings(given, context.env, diskTree(context.cwd), command.formats)
    const read = context === outside ? said : fromFolder(said, outside.cwd, command)
    settings = read
    const done = await run(command, context, read).catch(failed)
    outcome = quietly(await deliver(done, context, settings), settings)
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
