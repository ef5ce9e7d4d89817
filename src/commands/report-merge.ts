/** `report merge`: merges several reports into one verdict. */
import { readGivenFile } from '../adapters/files/input-file.ts'
import { shown } from '../core/text/display.ts'
import { GuardError } from '../errors.ts'
import { mergedReport } from '../report/model/fleet.ts'
import { reporters } from '../report/index.ts'
import { parseReports } from '../report/model/read-reports.ts'
import type { Report } from '../report/model/report.ts'
import { emptyReportContext } from '../report/model/context.ts'
import type { Command, Context } from './shell/command.ts'
import { tellingText } from './delivery/deliver.ts'
import { verdictReportOptions } from './shell/options.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { PositionalSettings } from './shell/verb-settings.ts'

export const reportMerge: Command = {
  name: 'report',
  options: [...verdictReportOptions],
  formats: Object.keys(reporters),
  examples: [['$0 report merge shard-*.jsonl', 'after a job with several shards']],
  async run(context, settings: PositionalSettings & FormatSettings) {
    const [action, ...files] = settings.positionals
    if (action !== 'merge' || files.length === 0) {
      throw new GuardError(
        'usage',
        'the only report command is "report merge"',
        'alembic-guard report merge FILE...',
      )
    }
    const reports: { readonly name: string; readonly report: Report }[] = []
    for (const file of files) {
      const read = parseReports(await readReport(context, file), shown(file))
      if (read !== null) {
        reports.push(...read)
        continue
      }
      throw new GuardError(
        'unavailable',
        `${shown(file)} isn't a complete alembic-guard report`,
        "merge files written by --format json or jsonl; a truncated report doesn't count as a pass",
      )
    }
    const report = mergedReport(context.tool, reports)
    const telling = { report, scene: emptyReportContext }
    return { stdout: await tellingText(telling, context, settings), exitCode: report.exitCode, telling }
  },
}

async function readReport({ cwd, signal }: Context, file: string): Promise<string> {
  const read = await readGivenFile(cwd, file, signal)
  if ('text' in read) return read.text
  // A missing report doesn't count as a pass, because its check may never have run.
  throw new GuardError(
    'unavailable',
    `the report ${shown(file)} can't be read (${read.code})`,
    "a missing report doesn't count as a pass",
  )
}
