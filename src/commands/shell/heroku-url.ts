/** Gets a Heroku app's database URL from the Heroku CLI, for `--app` or `--remote`. */
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from './command.ts'
import type { DatabaseSettings } from './release-settings.ts'
import type { HerokuSettings } from './verb-settings.ts'

/** Gets the URL from the Heroku CLI if an app or remote is given. The URL is kept only in memory. */
export async function withHerokuUrl<S extends DatabaseSettings & HerokuSettings>(
  context: Context,
  settings: S,
): Promise<S> {
  const { app, remote, databaseUrl } = settings
  if (app === null && remote === null) return settings
  if (!databaseUrl.source.startsWith('$')) {
    throw new GuardError('usage', '--database-url and --app are mutually exclusive')
  }
  const variable = databaseUrl.source.slice(1)
  const { readHerokuConfig } = await import('../../adapters/release/heroku-cli.ts')
  context.logger.debug(`asking the Heroku CLI for ${shown(variable)}`)
  const { env, cwd, signal } = context
  // An interrupt must also terminate the Heroku CLI.
  const value = await context.untilDone(() =>
    readHerokuConfig({ app, remote, variable }, { env, cwd, signal }),
  )
  const which = app === null ? `remote ${shown(remote ?? '')}` : shown(app)
  return { ...settings, databaseUrl: { value, source: `${variable} of ${which}` } }
}
