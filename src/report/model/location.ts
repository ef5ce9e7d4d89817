/** Where a finding stands, as hosts of repositories want it: relative to the repository's top. Knows no format. */
import type { Span } from '../../core/history/migration-module.ts'
import type { Report } from './report.ts'
import type { SourceRoot } from './context.ts'

/** A path from the repository's top with a line and a column from 1; `outside`: the path is absolute. */
export interface ReportLocation extends Span {
  readonly outside: boolean
}

/** The same place, seen from the top of the repository. */
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
 * What stands in for the place of a finding that is about a database, for hosts that insist on a file: the project's
 * configuration, else its folder of migrations.
 */
export function projectLocation({ repository }: Report, root: SourceRoot): ReportLocation {
  const path = repository?.config ?? repository?.scriptLocation ?? 'alembic.ini'
  return reportLocationOf({ path, line: 1, column: 1 }, root)
}
