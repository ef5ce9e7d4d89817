/** Finds listening Unix sockets. Sockets with a path in the file system remain visible inside a network namespace. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readFirstBytes } from '../files/regular-file.ts'

/**
 * Default socket folders for PostgreSQL and its proxies. Searched because /proc/net/unix doesn't list other
 * containers' sockets.
 */
const wellKnown = ['/var/run/postgresql', '/run/postgresql', '/tmp', '/cloudsql', '/var/run/cloudsql']

/** `__SO_ACCEPTCON` in /proc/net/unix (include/uapi/linux/net.h). */
const listening = 0x10000

/** Returns all listening sockets (Linux only), and the PostgreSQL sockets in `folders` and the default folders. */
export function findUnixSockets(folders: readonly string[]): readonly string[] {
  const named = [...wellKnown, ...folders].flatMap((folder) =>
    entriesOf(folder).flatMap((name) => {
      const path = join(folder, name)
      if (name.startsWith('.s.')) return [path]
      // Cloud SQL puts each instance's sockets in a separate folder.
      return folder.endsWith('cloudsql') ? entriesOf(path).map((one) => join(path, one)) : []
    }),
  )
  return [...new Set([...parseUnixSockets(readProc()), ...named])].sort()
}

/** Parses /proc/net/unix: `Num RefCount Protocol Flags Type St Inode Path`. */
export function parseUnixSockets(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const fields = /^[\da-f]+: \S+ \S+ ([\da-f]+) \S+ \S+ +\d+ (\/.*)$/i.exec(line)
    return fields?.[2] !== undefined && (Number.parseInt(fields[1] ?? '', 16) & listening) !== 0
      ? [fields[2]]
      : []
  })
}

/** Maximum number of bytes to read. Ten thousand sockets take about a megabyte. */
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
