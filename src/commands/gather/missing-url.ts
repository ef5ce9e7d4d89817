/** What to do where there is no database URL: the fix first, and the URL that the project's own configuration has. */
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

/** Releases of Heroku that have no URL. */
const herokuReleases =
  'While Heroku promotes a database (pg:promote), one release runs with DATABASE_URL detached: that one may fail, it is safe to ignore, and the next one has the new URL. A review app has a database only if "addons" in app.json names one, such as heroku-postgresql. --allow-missing-url passes such releases.'

/** The error for a missing URL, in the project that was read. */
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
    `Set ${variable} to the URL of the database, or name the variable that holds it: --database-url-env NAME.`,
    ...(onHeroku ? ['For an app on Heroku: --app NAME asks the Heroku CLI.'] : []),
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
 * The URL in the ini file, which is the developer's database most of the time. One that may hold a password is not
 * printed: the shell reads it.
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
    return { before: `${file} has a database too: ${variable}=${shellCommand([url.value])} `, command }
  const reads = `"$(sed -n ${shellCommand(['s/^sqlalchemy.url *= *//p'])} ${shellCommand([config])})"`
  return url.isWhole
    ? { before: `${file} has a database too: ${variable}=${reads} `, command }
    : { before: `${file} has a database too (sqlalchemy.url).`, command: null }
}

function parsedUrl(text: string): ReturnType<typeof parseDatabaseUrl> | null {
  try {
    return parseDatabaseUrl(text)
  } catch (error) {
    if (error instanceof GuardError) return null
    throw error
  }
}
