/** Opens the configured database. */
import type { Database } from '../../adapters/database/database.ts'
import { openDatabase } from '../../adapters/open-database.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings } from '../shell/release-settings.ts'

/** Returns the open database, or the error if it couldn't be opened. */
export async function openFor(
  context: Context,
  { databaseUrl: { value, source, isTyped }, timeoutMs }: DatabaseSettings,
): Promise<Database | GuardError> {
  if (value === null) {
    return new GuardError(
      'unavailable',
      `${source} isn't set, so there is no database to check`,
      'Set DATABASE_URL to the URL of the database, or specify another variable with --database-url-env NAME.',
    )
  }
  try {
    return await openDatabase(value, {
      timeoutMs,
      signal: context.signal,
      env: context.env,
      cwd: context.cwd,
      mustExist: isTyped === true,
    })
  } catch (error) {
    if (error instanceof GuardError) return error
    throw error
  }
}
