/** Converts the locations of findings to paths relative to the repository root, as code hosts require. */
import type { Span } from '../../core/history/migration-module.ts'
import type { Report } from './report.ts'
import type { SourceRoot } from './context.ts'

/**
 * A path relative to the repository root. If `outside` is true, the path is absolute instead. Line and column start at
 * 1.
 */
export interface ReportLocation extends Span {
  readonly outside: boolean
}

/** Makes a location relative to the repository root. */
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

/**
 * Returns the path to show for a finding about the database: the project's configuration file or, if there is none, the
 * migrations folder. Code hosts require a path.
 */
export function projectLocation({ repository }: Report, root: SourceRoot): ReportLocation {
  const path = repository?.config ?? repository?.scriptLocation ?? 'alembic.ini'
  return reportLocationOf({ path, line: 1, column: 1 }, root)
}
