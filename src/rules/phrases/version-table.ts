/** The version table by name, for databases where it isn't Alembic's default. */
import { dialectOf } from '../../core/dialect/index.ts'
import type { DatabaseState, VersionTable } from '../../core/history/database-state.ts'
import { shown } from '../../core/text/display.ts'

/** `public.alembic_version_shop`; null: the default name, in the schema where everybody has it. */
export function versionTableName(
  dialect: DatabaseState['dialect'],
  { schema, name }: Pick<VersionTable, 'schema' | 'name'>,
): string | null {
  const initial = dialectOf({ dialect }).schemas?.initial ?? null
  if (name === 'alembic_version' && (schema === null || schema === initial)) return null
  return schema === null ? shown(name) : `${shown(schema)}.${shown(name)}`
}

/** ` (in shop.alembic_version)`, behind a row; empty for the usual table. */
export function inVersionTable({ dialect, versionTable }: DatabaseState): string {
  const table = versionTableName(dialect, versionTable)
  return table === null ? '' : ` (in ${table})`
}
