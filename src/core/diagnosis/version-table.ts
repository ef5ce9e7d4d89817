/** The version table by name, for databases where it isn't Alembic's default. */
import { dialectOf } from '../dialect/index.ts'
import type { Finding } from '../findings/finding.ts'
import type { DatabaseState, VersionTable } from '../history/database-state.ts'
import { shown } from '../text/display.ts'

/** `public.alembic_version_shop`; null: the default name, in the schema where everybody has it. */
export function versionTableName(
  dialect: DatabaseState['dialect'],
  { schema, name }: Pick<VersionTable, 'schema' | 'name'>,
): string | null {
  const initial = dialectOf({ dialect }).schemas?.initial ?? null
  if (name === 'alembic_version' && (schema === null || schema === initial)) return null
  return schema === null ? shown(name) : `${shown(schema)}.${shown(name)}`
}

/** The label of the row that names it. */
export const versionTableLabel = 'Version table'

/**
 * Names the table among the evidence, for every rule and every format at once. Findings about files alone (AG1xx) and
 * about the release command (AG5xx) have nothing to do with it.
 */
export function withVersionTable(finding: Finding, { dialect, versionTable }: DatabaseState): Finding {
  const table = versionTableName(dialect, versionTable)
  if (table === null || !/^AG[23]/.test(finding.code)) return finding
  return { ...finding, evidence: [...finding.evidence, [versionTableLabel, table]] }
}
