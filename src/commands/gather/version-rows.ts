/** Which version table is read, and reading its rows once more. */
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Repository } from '../../core/history/repository.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings, VersionTableSettings } from '../shell/release-settings.ts'
import type { History } from './history.ts'
import { openFor } from './open-database.ts'

/** Which table Alembic would use: options first, then what env.py says in so many words. */
export function locateVersionTable(
  { env }: Pick<Repository, 'env'>,
  settings: VersionTableSettings,
): { versionTable: string; versionTableSchema: string | null } | GuardError {
  const given = { version_table: settings.versionTable, version_table_schema: settings.versionTableSchema }
  const unknown = env.computed.find(
    ({ option }) =>
      (option === 'version_table' && given.version_table === null) ||
      (option === 'version_table_schema' && given.version_table_schema === null),
  )
  if (unknown) {
    return new GuardError(
      'unavailable',
      `${shown(unknown.span.path)}, line ${unknown.span.line}, computes ${unknown.option} (${shown(unknown.expression)}), so the guard can't tell which table Alembic uses`,
      `give --${unknown.option.replaceAll('_', '-')}`,
    )
  }
  return {
    versionTable: settings.versionTable ?? env.versionTable ?? 'alembic_version',
    versionTableSchema: settings.versionTableSchema ?? env.versionTableSchema,
  }
}

/**
 * The version rows once more, after something may have changed them.
 * @throws GuardError (unavailable)
 */
export async function readStateAgain(
  { repository }: History,
  context: Context,
  settings: DatabaseSettings & VersionTableSettings,
): Promise<DatabaseState> {
  const question = locateVersionTable(repository, settings)
  const database = question instanceof GuardError ? question : await openFor(context, settings)
  if (question instanceof GuardError) throw question
  if (database instanceof GuardError) throw database
  try {
    return await database.readState(question)
  } finally {
    await database.close()
  }
}
