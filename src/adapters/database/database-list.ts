/** Parses lists of databases. Labels never contain secrets. */
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { readGivenFile } from '../files/input-file.ts'

/** A labeled database in the list. */
export interface ListedDatabase {
  readonly label: string
  /** The URL, or the error if the URL is invalid. */
  readonly url: string | GuardError
}

/**
 * Reads the list from a file, or from standard input for `-`.
 * @throws GuardError (usage) if the input can't be read or lists no databases.
 */
export async function readDatabaseList(
  cwd: string,
  path: string,
  signal: AbortSignal,
): Promise<readonly ListedDatabase[]> {
  const where = path === '-' ? 'standard input' : shown(path)
  const read = await readGivenFile(cwd, path, signal)
  if ('code' in read) {
    throw new GuardError(
      'usage',
      `can't read the list of databases from ${where} (${read.code})`,
      'set --databases to a file with one URL per line, or to - for standard input',
    )
  }
  const databases = parseDatabaseList(read.text)
  if (databases.length === 0) {
    throw new GuardError(
      'usage',
      `${where} lists no databases`,
      'write one URL per line, optionally preceded by a label',
    )
  }
  return databases
}

/**
 * Parses one URL per line. Skips empty lines and `#` comments. A label may come before the URL, as in `eu
 * postgresql://...`. The default label is `name on host`; duplicates get a number.
 */
export function parseDatabaseList(text: string): readonly ListedDatabase[] {
  const used = new Map<string, number>()
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index): ListedDatabase[] => {
      const content = line.trim()
      if (content === '' || content.startsWith('#')) return []
      const { label = null, url = content } =
        /^(?<label>[^\s:/@]+)\s+(?<url>\S.*)$/.exec(content)?.groups ?? {}
      const known = nameOf(url)
      const name = label ?? (typeof known === 'string' ? known : `line ${index + 1}`)
      const count = (used.get(name) ?? 0) + 1
      used.set(name, count)
      return [
        {
          label: count === 1 ? name : `${name} (${count})`,
          url: typeof known === 'string' ? url : known,
        },
      ]
    })
}

/** Derives a label from a URL, leaving out secrets. */
function nameOf(url: string): string | GuardError {
  try {
    const parsed = parseDatabaseUrl(url)
    if (parsed.kind === 'file') return parsed.path
    const hosts = parsed.hosts.map(
      ({ host, port }) => `${host ?? 'localhost'}${port === null ? '' : `:${port}`}`,
    )
    return `${parsed.database ?? parsed.user ?? 'default'} on ${hosts.join(',') || 'localhost'}`
  } catch (error) {
    if (error instanceof GuardError) return error
    throw error
  }
}
