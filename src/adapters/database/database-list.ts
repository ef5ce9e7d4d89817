/**
 * Reads a list of databases: a URL in a line, with a label before it if there is one. Knows no database; what it
 * gives back as a label never holds a part of a URL that could be secret.
 */
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { readGivenFile } from '../files/input-file.ts'

/** One database of the list. */
export interface ListedDatabase {
  readonly label: string
  /** The URL, or why the line holds none. */
  readonly url: string | GuardError
}

/**
 * Reads a file, or standard input for `-`.
 * @throws GuardError (usage) when it can't be read or lists nothing.
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
      `the list of databases can't be read from ${where} (${read.code})`,
      'give --databases a file with one URL per line, or - for standard input',
    )
  }
  const databases = parseDatabaseList(read.text)
  if (databases.length === 0) {
    throw new GuardError(
      'usage',
      `${where} lists no database`,
      'write one URL per line; a label may come first',
    )
  }
  return databases
}

/**
 * Empty lines and lines that begin with `#` are passed over. `label URL` names the database; without a label it is
 * `name on host`, and the second of the same name is `name on host (2)`.
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

/** What may be said of where a URL leads. */
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
