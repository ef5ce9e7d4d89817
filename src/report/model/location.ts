import type { Span } from '../../core/history/migration-module.ts'
import type { Report } from './report.ts'
import type { SourceRoot } from './context.ts'

/** A path relative to the root; absolute if `outside` is true. Positions start at 1. */
export interface ReportLocation extends Span {
  readonly outside: boolean
}

/** Makes a location relative to the repository root, as code hosts require. */
export function reportLocationOf(
  { path, line, column }: Span,
  { path: top, folder }: SourceRoot,
): ReportLocation {
  const at = { line: Math.max(1, line), column: Math.max(1, column) }
  if (!path.startsWith('/'))
    return { ...at, path: folder === '' ? path : `${folder}/${path}`, outside: false }
  const below = top === '/' ? '/' : `${top}/`
  return path.startsWith(below)
    ? { ...at, path: path.slice(below.length), outside: false }
    : { ...at, path, outside: true }
}

/** The location used for findings about the database, because code hosts require a location. */
export function projectLocation({ repository }: Report, root: SourceRoot): ReportLocation {
  const path = repository?.config ?? repository?.scriptLocation ?? 'alembic.ini'
  return reportLocationOf({ path, line: 1, column: 1 }, root)
}
