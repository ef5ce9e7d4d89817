/**
 * Finds the Unix sockets on which somebody on this machine listens. A network namespace doesn't hide them, because
 * they are files, so whoever closes the network has to close these as well.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readFirstBytes } from '../files/regular-file.ts'

/** Folders in which PostgreSQL and its proxies put sockets; another container's don't show up in /proc/net/unix. */
const wellKnown = ['/var/run/postgresql', '/run/postgresql', '/tmp', '/cloudsql', '/var/run/cloudsql']

/** `__SO_ACCEPTCON` in the flags of /proc/net/unix (include/uapi/linux/net.h). */
const listening = 0x10000

/**
 * Paths of all listening sockets, and of those named as PostgreSQL names them in the well-known folders and in
 * `folders`. Only Linux lists them; elsewhere the list is empty.
 */
export function findUnixSockets(folders: readonly string[]): readonly string[] {
  const named = [...wellKnown, ...folders].flatMap((folder) =>
    entriesOf(folder).flatMap((name) => {
      const path = join(folder, name)
      if (name.startsWith('.s.')) return [path]
      // Cloud SQL makes a folder for each instance.
      return folder.endsWith('cloudsql') ? entriesOf(path).map((one) => join(path, one)) : []
    }),
  )
  return [...new Set([...parseUnixSockets(readProc()), ...named])].sort()
}

/** Reads /proc/net/unix: `Num RefCount Protocol Flags Type St Inode Path`. */
export function parseUnixSockets(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const fields = /^[\da-f]+: \S+ \S+ ([\da-f]+) \S+ \S+ +\d+ (\/.*)$/i.exec(line)
    return fields?.[2] !== undefined && (Number.parseInt(fields[1] ?? '', 16) & listening) !== 0
      ? [fields[2]]
      : []
  })
}

/** Ten thousand sockets take about a megabyte. */
const maxProcBytes = 8 * 1024 * 1024

function readProc(): string {
  try {
    return readFirstBytes('/proc/net/unix', maxProcBytes)?.toString('utf8') ?? ''
  } catch {
    return ''
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
