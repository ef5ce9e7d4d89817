/** Opens the database of the settings. */
import type { Database } from '../../adapters/database/database.ts'
import { openDatabase } from '../../adapters/open-database.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings } from '../shell/release-settings.ts'

/** The two releases of Heroku that have no URL, and what else there is to do. */
const missingUrlHint =
  'While Heroku promotes a database (pg:promote), one release runs with DATABASE_URL detached: that one may fail, it is safe to ignore, and the next one has the new URL. A review app has a database only if "addons" in app.json names one, such as heroku-postgresql. Elsewhere: set DATABASE_URL, or give --database-url-env NAME. --allow-missing-url passes such releases.'

/** The open database, or the reason why there is none. */
export async function openFor(
  context: Context,
  { databaseUrl: { value, source }, timeoutMs }: DatabaseSettings,
): Promise<Database | GuardError> {
  if (value === null) {
    return new GuardError(
      'unavailable',
      `${source} is not set or empty, so there is no database to look at`,
      missingUrlHint,
    )
  }
  try {
    return await openDatabase(value, {
      timeoutMs,
      signal: context.signal,
      env: context.env,
      cwd: context.cwd,
    })
  } catch (error) {
    if (error instanceof GuardError) return error
    throw error
  }
}
