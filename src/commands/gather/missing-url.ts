/** Error for a missing database URL: first the fix, then the URL found in the project's own configuration. */
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

/** Heroku releases that run without a URL. */
const herokuReleases =
  'While Heroku promotes a database (pg:promote), one release runs with DATABASE_URL detached: that one may fail, it is safe to ignore, and the next one has the new URL. A review app has a database only if "addons" in app.json names one, such as heroku-postgresql. --allow-missing-url passes such releases.'

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
    `Set ${variable} to the URL of the database, or name the variable that holds it: --database-url-env NAME.`,
    ...(onHeroku ? ['For an app on Heroku: --app NAME asks the Heroku CLI.'] : []),
    ...(onDyno || config === null ? [] : [ownUrl(cwd, config, section, variable)]),
    ...(onDyno ? [herokuReleases] : []),
  ]
  return new GuardError(
    'unavailable',
    `${source} isn't set, so there is no database to check`,
    hints.filter((hint) => hint !== null).join(' '),
  )
}

/**
 * Finds the URL in the ini file, usually that of the developer's database. A URL that may contain a password isn't
 * printed; the hint uses `sed` to read it instead.
 */
function ownUrl(cwd: string, config: string, section: string, variable: string): string | null {
  const url = readIniUrlText(diskTree(cwd), config, section)
  if (url === null) return null
  const parsed = parsedUrl(url.value)
  if (parsed === null) return null
  const file = shown(config)
  if (dialectOf(parsed).isFile)
    return `${file} has a database too: ${variable}=${shellCommand([url.value])} alembic-guard check`
  const reads = `"$(sed -n ${shellCommand(['s/^sqlalchemy.url *= *//p'])} ${shellCommand([config])})"`
  return url.isWhole
    ? `${file} has a database too: ${variable}=${reads} alembic-guard check`
    : `${file} has a database too (sqlalchemy.url).`
}

function parsedUrl(text: string): ReturnType<typeof parseDatabaseUrl> | null {
  try {
    return parseDatabaseUrl(text)
  } catch (error) {
    if (error instanceof GuardError) return null
    throw error
  }
}
