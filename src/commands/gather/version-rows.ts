/** Determines the version table and rereads its rows. */
import type { Database, VersionTableQuestion } from '../../adapters/database/database.ts'
import { doubtAbout, doubtText, effectsOn, stateAfterEnv } from '../../core/history/env-effects.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import type { Repository } from '../../core/history/repository.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings, VersionTableSettings } from '../shell/release-settings.ts'
import type { History } from './history.ts'
import { openFor } from './open-database.ts'

/** Returns the version table specified by the options or by literal values in env.py. */
export function locateVersionTable(
  { env }: Pick<Repository, 'env'>,
  settings: VersionTableSettings,
): VersionTableQuestion | GuardError {
  const given = { version_table: settings.versionTable, version_table_schema: settings.versionTableSchema }
  const unknown = env.computed.find(
    ({ option }) =>
      (option === 'version_table' && given.version_table === null) ||
      (option === 'version_table_schema' && given.version_table_schema === null),
  )
  if (unknown) {
    return new GuardError(
      'unavailable',
      `${shown(unknown.span.path)}, line ${unknown.span.line}, computes ${unknown.option} (${shown(unknown.expression)}), so Alembic's version table is unknown`,
      `specify --${unknown.option.replaceAll('_', '-')}`,
    )
  }
  const { searchPath, role } = effectsOn(env, 'postgresql')
  return {
    versionTable: settings.versionTable ?? env.versionTable ?? 'alembic_version',
    versionTableSchema: settings.versionTableSchema ?? env.versionTableSchema,
    ...(searchPath || role !== undefined
      ? { session: { ...(searchPath && { searchPath }), ...(role !== undefined && { role }) } }
      : {}),
  }
}

/**
 * Reads the version rows again after a command.
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
    return await readKnownState(database, question, repository)
  } finally {
    await database.close()
  }
}

/**
 * Reads the state that Alembic will find. If the search path is unknown and only one schema has a version table, uses
 * that schema.
 * @throws GuardError (unavailable)
 */
export async function readKnownState(
  database: Database,
  question: VersionTableQuestion,
  { env }: Repository,
): Promise<DatabaseState> {
  const state = await database.readState(question)
  const doubt = doubtAbout(effectsOn(env, state.dialect), 'names')
  const { otherVersionTables, versionTable } = state
  const [other] = otherVersionTables
  if (state.rightsUnknown !== undefined && !versionTable.exists && other) {
    throw new GuardError(
      'unavailable',
      `${shown(state.rightsUnknown)}, so Alembic's version table is unknown`,
      "connect as the release's role, or make the current role a member of that role",
    )
  }
  if (!doubt || versionTable.exists || !other || question.versionTableSchema !== null)
    return stateAfterEnv(state, env)
  if (otherVersionTables.length > 1) {
    throw new GuardError(
      'unavailable',
      `${doubtText(doubt)}, and ${otherVersionTables.length} schemas have a table ${shown(versionTable.name)}, so it's unclear which of these tables Alembic uses`,
      'specify one schema with --version-table-schema, or check several with --schemas',
    )
  }
  return stateAfterEnv(await database.readState({ ...question, versionTableSchema: other.schema }), env)
}
