/** Describes the version table if it doesn't have Alembic's default name. */
import { dialectOf } from '../dialect/index.ts'
import type { Finding } from '../findings/finding.ts'
import type { DatabaseState, VersionTable } from '../history/database-state.ts'
import { shown } from '../text/display.ts'

/**
 * Returns the name of the version table, such as `public.alembic_version_shop`; null for Alembic's default name in the
 * default schema.
 */
export function versionTableName(
  dialect: DatabaseState['dialect'],
  { schema, name }: Pick<VersionTable, 'schema' | 'name'>,
): string | null {
  const initial = dialectOf({ dialect }).schemas?.initial ?? null
  if (name === 'alembic_version' && (schema === null || schema === initial)) return null
  return schema === null ? shown(name) : `${shown(schema)}.${shown(name)}`
}

export const versionTableLabel = 'Version table'

/**
 * Names a non-default version table in the finding's evidence. Findings about files (AG1xx) or the release command
 * (AG5xx) don't involve the version table.
 */
export function withVersionTable(finding: Finding, { dialect, versionTable }: DatabaseState): Finding {
  const table = versionTableName(dialect, versionTable)
  if (table === null || !/^AG[23]/.test(finding.code)) return finding
  return { ...finding, evidence: [...finding.evidence, [versionTableLabel, table]] }
}
