/** `check`, the main command: predicts whether `alembic upgrade` would fail. */
import { reporters } from '../report/index.ts'
import type { Command } from './shell/command.ts'
import type { FleetSettings, ReleaseSettings } from './shell/release-settings.ts'
import type { FormatSettings } from './shell/report-settings.ts'
import { tellingText } from './delivery/deliver.ts'
import { singleCheckOptions, verdictReportOptions } from './shell/options.ts'
import { checkRelease } from './checks/judge-release.ts'

export const check: Command = {
  name: 'check',
  options: [...singleCheckOptions, 'schemas', 'databases', 'jobs', ...verdictReportOptions],
  formats: Object.keys(reporters),
  examples: [
    ['$0 check && alembic upgrade head', 'in a release command'],
    ["$0 check --schemas 'tenant_*'", 'one version table per schema'],
    ['$0 check --databases fleet.txt', 'several databases, with one combined verdict'],
    ['$0 check --database-url sqlite:///app.db', 'against a file'],
    ['$0 check --format json', 'as JSON, for other programs'],
  ],
  async run(context, settings: ReleaseSettings & FleetSettings & FormatSettings) {
    if (settings.schemas.length > 0 || settings.databases !== null) {
      const { checkMany } = await import('./checks/check-many.ts')
      return checkMany(context, settings)
    }
    const { telling, exitCode } = await checkRelease('check', context, settings)
    return { stdout: await tellingText(telling, context, settings), exitCode, telling }
  },
}
