/** `preflight`: everything that `check` does, by hand or in CI, against the database of the next release. */
import { readHerokuConfig } from '../adapters/heroku.ts'
import { shown } from '../core/text.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { paragraph } from '../report/layout.ts'
import { check, checkRelease, reportText } from './check.ts'
import type { CheckedRelease } from './check.ts'
import type { Command, Context } from './command.ts'
import type { Settings } from './settings.ts'

/** The command. */
export const preflight: Command = {
  name: 'preflight',
  options: [...check.options, 'app', 'remote'],
  formats: check.formats,
  examples: [
    ['$0 preflight --app my-app', 'with the URL that the Heroku CLI tells'],
    ['$0 preflight --database-url-env HEROKU_POSTGRESQL_BRONZE_URL', 'with the URL in a variable'],
  ],
  async run(context, given) {
    const settings = await withHerokuUrl(context, given)
    const { withPendingLinted } = await import('./lint-migrations.ts')
    const release = await checkRelease('preflight', context, settings)
    const checked = await withPendingLinted(context, settings, release)
    const { checked: seen, notChecked } = coverageOf(checked)
    const remarks = [`checked: ${seen.join(', ')}`, `not checked: ${notChecked.join(', ')}`]
    if (settings.format !== 'human') {
      const report = { ...checked.report, remarks: [...checked.report.remarks, ...remarks] }
      return { stdout: reportText(report, context, settings), exitCode: checked.exitCode }
    }
    const end = [
      ...paragraph(seen.join(', '), ' '.repeat(14), 'Checked:      '),
      ...paragraph(notChecked.join(', '), ' '.repeat(14), 'Not checked:  '),
    ]
    const text = reportText(checked.report, context, settings)
    return { stdout: `${text}${end.join('\n')}\n`, exitCode: checked.exitCode }
  },
}

/** Asks Heroku where an app or a remote is named; the answer lives in memory only. */
async function withHerokuUrl(context: Context, settings: Settings): Promise<Settings> {
  const { app, remote, databaseUrl } = settings
  if (app === null && remote === null) return settings
  if (!databaseUrl.source.startsWith('$')) {
    throw new GuardError('usage', 'give either --database-url or --app, not both')
  }
  const variable = databaseUrl.source.slice(1)
  context.logger.debug(`asking the Heroku CLI for ${shown(variable)}`)
  const value = await readHerokuConfig(
    { app, remote, variable },
    { env: context.env, cwd: context.cwd, signal: context.signal },
  )
  const which = app === null ? `remote ${shown(remote ?? '')}` : shown(app)
  return { ...settings, databaseUrl: { value, source: `${variable} of ${which}` } }
}

/** What a preflight has seen, and what nobody should believe it has. */
function coverageOf({
  gathered,
  exitCode,
  provenance,
  linted,
}: CheckedRelease & { readonly linted: boolean }): {
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
} {
  const history = ['the revision graph']
  const around = ['the release around the upgrade']
  const database = ['the version rows', 'what Alembic would do with them']
  const never = ['the live schema', 'what the migrations do to data and to running queries']
  const seen = gathered.state !== null && exitCode !== exitCodes.usage
  // Git is asked, and the schema read, where a row is unknown; otherwise nothing hangs on them.
  const asked = provenance !== null ? ['what became of the unknown rows'] : []
  const lint = linted ? ['the text of the pending migrations (lint)'] : []
  return seen
    ? { checked: [...history, ...database, ...asked, ...lint, ...around], notChecked: never }
    : { checked: [...history, ...around], notChecked: [...database, ...never] }
}
