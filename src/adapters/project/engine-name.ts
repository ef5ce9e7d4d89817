/**
 * Finds out which of a project's databases a URL belongs to. Projects such as `multidb` have an ini section with a URL
 * for each database. Never returns URLs.
 */
import { posix } from 'node:path'
import type { Repository } from '../../core/history/repository.ts'
import { GuardError } from '../../errors.ts'
import { type Ini, parseIni, readOption } from '../../python/config/configparser.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import { parseDatabaseUrl } from '../database/database-url.ts'
import { type FileTree, readableBytes } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'

/** A project's engine names. `own` is the argument that env.py passes to `upgrade(engine_name)`. */
export interface EngineNames {
  readonly own: string
  readonly others: readonly string[]
}

/** Returns the engine names; null for a single database, or if it's unclear which database the URL belongs to. */
export function engineNamesFor(
  tree: FileTree,
  { config, section, env }: Repository,
  url: string | null,
): EngineNames | null {
  if (!env.runMigrationsKeywords.includes('engine_name') || config === null || url === null) return null
  const ini = config.endsWith('.toml') ? null : iniOf(tree, config)
  const names = ini && optionOf(ini, section, 'databases')?.split(/,\s*/)
  const wanted = names ? placeOf(tree, url) : null
  if (!ini || !names || wanted === null) return null
  const found = names.filter((name) => placeOf(tree, optionOf(ini, name, 'sqlalchemy.url')) === wanted)
  const [own] = names.length === 1 ? names : found
  if (own === undefined || found.length > 1) return null
  return { own, others: names.filter((name) => name !== own) }
}

function iniOf(tree: FileTree, path: string): Ini | null {
  const bytes = readableBytes(tree, path)
  const here = posix.dirname(joinPath(tree.cwd, path))
  try {
    return bytes && parseIni(new TextDecoder().decode(bytes), { here, source: path })
  } catch (error) {
    if (error instanceof PythonRaise) return null
    throw error
  }
}

function optionOf(ini: Ini, section: string, option: string): string | null {
  try {
    return readOption(ini, section, option)?.trim() ?? null
  } catch (error) {
    if (error instanceof PythonRaise) return null
    throw error
  }
}

/** Returns a key that identifies the database, ignoring the user name and password; null if unknown. */
function placeOf(tree: FileTree, url: string | null): string | null {
  if (url === null) return null
  try {
    const parsed = parseDatabaseUrl(url)
    if (parsed.kind === 'file') return posix.resolve(tree.cwd, parsed.path)
    const hosts = parsed.hosts.map(({ host, port }) => [host ?? 'localhost', port ?? 5432])
    return JSON.stringify([hosts.length === 0 ? [['localhost', 5432]] : hosts, parsed.database])
  } catch (error) {
    if (error instanceof GuardError) return null
    throw error
  }
}
