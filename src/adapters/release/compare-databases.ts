/** Compares the databases that two URLs refer to, without connecting to them. */
import { posix } from 'node:path'
import { GuardError } from '../../errors.ts'
import type { ReleaseFacts } from '../../core/release/release-facts.ts'
import { parseDatabaseUrl } from '../database/database-url.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'

type Place =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'server'; readonly host: string; readonly port: number; readonly database: string }

/**
 * Ports and host names typical of connection poolers such as PgBouncer, Supavisor and RDS Proxy. Poolers may rename
 * a database.
 */
const poolerPorts: ReadonlySet<number> = new Set([6000, 6432, 6543])
const poolerHosts = /pool|bouncer|proxy/

/**
 * Returns how certain it is that two databases differ. Null if they're the same, or if it's unknown whether they
 * differ.
 */
export function databasesDiffer(
  tree: FileTree,
  one: string | null,
  other: string | null,
): ReleaseFacts['iniDiffers'] {
  const [a, b] = [placeOf(tree, one), placeOf(tree, other)]
  if (a === null || b === null) return null
  if (a.kind === 'file' || b.kind === 'file') {
    const same = a.kind === 'file' && b.kind === 'file' && a.path === b.path
    return same ? null : 'certainly'
  }
  const sameName = a.database === b.database
  if (sameName && a.host === b.host && a.port === b.port) return null
  const mayPool = [a, b].some(({ host, port }) => poolerPorts.has(port) || poolerHosts.test(host))
  // A DNS alias, a tunnel or a second port may lead to the same server.
  return mayPool || sameName ? 'apparently' : 'certainly'
}

/** Returns the database file or server database that a URL refers to; null if unknown. */
function placeOf(tree: FileTree, url: string | null): Place | null {
  if (url === null) return null
  try {
    const parsed = parseDatabaseUrl(url.replace(/^postgres:/, 'postgresql:'))
    if (parsed.kind === 'file') {
      const path = posix.normalize(joinPath(tree.cwd, parsed.decodedPath))
      return { kind: 'file', path: tree.realPath(path) ?? path }
    }
    const [server, ...others] = parsed.hosts
    if (!server?.host || others.length > 0 || parsed.database === null) return null
    const host = /^(?:localhost|127\.0\.0\.1|::1)$/i.test(server.host)
      ? 'localhost'
      : server.host.toLowerCase()
    return { kind: 'server', host, port: server.port ?? 5432, database: parsed.database }
  } catch (error) {
    if (error instanceof GuardError || error instanceof FileUnreadable) return null
    throw error
  }
}
