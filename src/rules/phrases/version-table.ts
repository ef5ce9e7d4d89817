/** The version table by name, for databases where it isn't Alembic's default. */
import { dialectOf } from '../../core/dialect/index.ts'
import type { DatabaseState } from '../../core/history/database-state.ts'
import { shown } from '../../core/text/display.ts'

/** `public.alembic_version_shop`; null: the default name in the default schema. */
export function versionTableName({ dialect, versionTable, searchPath }: DatabaseState): string | null {
  const { schema, name } = versionTable
  const initial = dialectOf({ dialect }).schemas?.initial ?? null
  const usual = schema === null || schema === initial || schema === (searchPath[0] ?? initial)
  if (name === 'alembic_version' && usual) return null
  return schema === null ? shown(name) : `${shown(schema)}.${shown(name)}`
}
