/** Renders the verdict and the finding codes on one line, for `--quiet`. */
import type { Report } from '../model/report.ts'
import { headline } from './headline.ts'

/** Returns a line such as `ERROR: release blocked before "alembic upgrade head"  [AG201, AG301]`. */
export function verdictLine(report: Report): string {
  const codes = new Set(report.findings.filter(({ ignored }) => !ignored).map(({ code }) => code))
  return `${wordOf(report)}: ${headline(report)}${codes.size === 0 ? '' : `  [${[...codes].join(', ')}]`}\n`
}

function wordOf({ verdict, database, repository, fleet, command }: Report): string {
  if (verdict !== 'pass') return 'ERROR'
  const unchecked = repository !== null && database === null && !fleet && command !== 'lint'
  return unchecked ? 'WARNING' : 'SUCCESS'
}
