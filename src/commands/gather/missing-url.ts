/** Explains how to provide a database URL. */
import { dialectOf } from '../../core/dialect/index.ts'
import { posix } from 'node:path'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { readIniUrlText, topFolder } from '../../adapters/release/release-files.ts'
import { parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import type { Repository } from '../../core/history/repository.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings } from '../shell/release-settings.ts'

/** Explains which Heroku releases run without a database URL. */
const herokuReleases =
  'While Heroku promotes a database (pg:promote), one release runs without DATABASE_URL. If that release fails, the failure is safe to ignore: the next release has the new URL. A review app has a database only if "addons" in app.json lists one, such as heroku-postgresql. To let such releases pass, use --allow-missing-url.'

/** Returns the error for a missing URL. */
export function missingUrl(
  { env, cwd }: Context,
  { databaseUrl: { source } }: DatabaseSettings,
  { config, section }: Pick<Repository, 'config' | 'section'>,
): GuardError {
  const onDyno = (env['DYNO'] ?? '') !== ''
  const variable = /^\$(\w+)$/.exec(source)?.[1] ?? 'DATABASE_URL'
  const tree = diskTree(cwd)
  const onHeroku = !onDyno && tree.kindOf(posix.join(topFolder(tree), 'Procfile')) === 'file'
  const hints = [
    `Set ${variable} to the URL of the database, or specify another variable with --database-url-env NAME.`,
    ...(onHeroku ? ['For a Heroku app, --app NAME gets the URL from the Heroku CLI.'] : []),
    ...(onDyno ? [herokuReleases] : []),
  ]
  const own = onDyno || config === null ? null : ownUrl(cwd, config, section, variable)
  return new GuardError(
    'unavailable',
    `${source} isn't set, so there is no database to check`,
    own === null || own.command === null
      ? [...hints, ...(own ? [own.before] : [])].join(' ')
      : { before: [...hints, own.before].join(' '), command: own.command },
  )
}

/**
 * Looks for a URL in the ini file. It's usually the URL of a developer's database and may contain a password, so the
 * hint reads it with `sed`, except for SQLite.
 */
function ownUrl(
  cwd: string,
  config: string,
  section: string,
  variable: string,
): { readonly before: string; readonly command: readonly string[] | null } | null {
  const url = readIniUrlText(diskTree(cwd), config, section)
  if (url === null) return null
  const parsed = parsedUrl(url.value)
  if (parsed === null) return null
  const file = shown(config)
  const command = ['alembic-guard', 'check']
  if (dialectOf(parsed).isFile)
    return { before: `${file} configures a database: ${variable}=${shellCommand([url.value])} `, command }
  const reads = `"$(sed -n ${shellCommand(['s/^sqlalchemy.url *= *//p'])} ${shellCommand([config])})"`
  return url.isWhole
    ? { before: `${file} configures a database: ${variable}=${reads} `, command }
    : { before: `${file} configures a database (sqlalchemy.url).`, command: null }
}

function parsedUrl(text: string): ReturnType<typeof parseDatabaseUrl> | null {
  try {
    return parseDatabaseUrl(text)
  } catch (error) {
    if (error instanceof GuardError) return null
    throw error
  }
}
