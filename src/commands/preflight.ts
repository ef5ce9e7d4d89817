/** `preflight`: runs all checks from a terminal or in CI, against the database that the next release will use. */
import { diskTree } from '../adapters/files/disk-tree.ts'
import { locateProject } from '../adapters/project/locate-project.ts'
import { parseWrappedCommand } from '../core/release/wrapped-command.ts'
import { filled, paragraph } from '../report/text/layout.ts'
import { check } from './check.ts'
import { singleCheckOptions, verdictReportOptions } from './shell/options.ts'
import { upgradeWords } from './forms/own-command.ts'
import type { Command, Context } from './shell/command.ts'
import { tellingText } from './delivery/deliver.ts'
import { type CheckedRelease, checkRelease } from './checks/judge-release.ts'
import { type RehearsedRelease, rehearseIfNeeded } from './rehearsal/rehearse-mode.ts'
import { type FleetSettings, type ReleaseSettings, requireSingle } from './shell/release-settings.ts'
import type { ReportSettings } from './shell/report-settings.ts'
import {
  type LintSettings,
  type RehearseSettings,
  type RunSettings,
  requireRehearsal,
} from './shell/verb-settings.ts'

type PreflightSettings = ReleaseSettings &
  LintSettings &
  ReportSettings &
  RehearseSettings &
  Pick<RunSettings, 'rehearseMode'>

export const preflight: Command = {
  name: 'preflight',
  options: [
    ...singleCheckOptions,
    ...verdictReportOptions,
    'rehearse',
    'scratch-url',
    'scratch-server',
    'pg-dump',
    'exclude-schema',
    'allow-network',
    'pass-env',
    'max-lock',
    'cycle',
  ],
  formats: check.formats,
  examples: [
    ['$0 preflight --app my-app', 'with the database URL from the Heroku CLI'],
    ['$0 preflight --app my-app --rehearse always', 'also rehearse the upgrade on a copy of the schema'],
    ['$0 preflight --database-url-env HEROKU_POSTGRESQL_BRONZE_URL', 'with the database URL from a variable'],
  ],
  async run(context, settings: PreflightSettings & FleetSettings) {
    requireSingle('preflight', settings)
    requireRehearsal(settings)
    const { withPendingLinted } = await import('./lint-run/lint-migrations.ts')
    const checked = await checkRelease('preflight', context, settings)
    const { checked: release, notes } = await rehearsed(checked, context, settings)
    const { telling, exitCode } = await withPendingLinted(context, settings, release)
    const { checked: seen, notChecked } = telling.report.coverage ?? { checked: [], notChecked: [] }
    const remarks = [...notes, `checked: ${seen.join(', ')}`, `not checked: ${notChecked.join(', ')}`]
    if (settings.format !== 'human') {
      const report = { ...telling.report, remarks: [...telling.report.remarks, ...remarks] }
      return { stdout: await tellingText({ ...telling, report }, context, settings), exitCode, telling }
    }
    const end = [
      ...paragraph(seen.join(', '), ' '.repeat(14), 'Checked:      '),
      ...paragraph(notChecked.join(', '), ' '.repeat(14), 'Not checked:  '),
    ]
    const text = await tellingText(telling, context, settings)
    return { stdout: text + filled(end, context.width), exitCode, telling }
  },
}

/** Implements `--rehearse` with the project's own upgrade. */
async function rehearsed(
  checked: CheckedRelease,
  context: Context,
  settings: PreflightSettings,
): Promise<RehearsedRelease> {
  const mode = settings.rehearseMode ?? 'never'
  if (mode === 'never') return { checked, notes: [] }
  const tree = diskTree(context.cwd)
  const words = upgradeWords(tree, await locateProject(tree, settings.project), settings.target)
  return rehearseIfNeeded('preflight', mode, {
    wrapped: parseWrappedCommand(words),
    context,
    folder: context.cwd,
    settings,
    checked,
  })
}
