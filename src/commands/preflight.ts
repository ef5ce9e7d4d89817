/** `preflight`: everything that `check` does, by hand or in CI, against the database of the next release. */
import { filled, paragraph } from '../report/text/layout.ts'
import { check } from './check.ts'
import type { Command } from './shell/command.ts'
import { tellingText } from './delivery/deliver.ts'
import { checkRelease } from './checks/judge-release.ts'
import type { ReleaseSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import type { LintSettings } from './shell/verb-settings.ts'

/** The command. */
export const preflight: Command = {
  name: 'preflight',
  options: check.options,
  formats: check.formats,
  examples: [
    ['$0 preflight --app my-app', 'with the URL that the Heroku CLI tells'],
    ['$0 preflight --database-url-env HEROKU_POSTGRESQL_BRONZE_URL', 'with the URL in a variable'],
  ],
  async run(context, settings: ReleaseSettings & LintSettings & FormatSettings) {
    const { withPendingLinted } = await import('./lint-run/lint-migrations.ts')
    const release = await checkRelease('preflight', context, settings)
    const { telling, exitCode } = await withPendingLinted(context, settings, release)
    const { checked: seen, notChecked } = telling.report.coverage ?? { checked: [], notChecked: [] }
    const remarks = [`checked: ${seen.join(', ')}`, `not checked: ${notChecked.join(', ')}`]
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
