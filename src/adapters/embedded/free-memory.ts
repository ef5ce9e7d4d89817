/** Measures how much memory this process can still use, taking container limits (cgroups) into account. */
import { readFirstBytes } from '../files/regular-file.ts'

/** Reads a file; null if it doesn't exist. */
export type ReadText = (path: string) => string | null

/** Free memory in bytes, and what limits it. */
export interface FreeMemory {
  readonly bytes: number
  readonly by: 'machine' | 'container'
}

/**
 * Returns the free memory of the machine (`MemAvailable`) or of the container, whichever is less. Counts reclaimable
 * file pages as free. Null if unknown, for example outside Linux.
 */
export function freeMemory(read: ReadText = readText): FreeMemory | null {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(read('/proc/meminfo') ?? '')?.[1]
  const machine = available === undefined ? null : Number(available) * 1024
  const container = Math.min(...cgroupFolders(read).map((folder) => freeIn(folder, read)))
  if (machine === null) return Number.isFinite(container) ? { bytes: container, by: 'container' } : null
  return container < machine ? { bytes: container, by: 'container' } : { bytes: machine, by: 'machine' }
}

/** Returns the folders of this process's cgroups (version 1 or 2), innermost first. */
function cgroupFolders(read: ReadText): readonly string[] {
  const lines = (read('/proc/self/cgroup') ?? '').split('\n')
  return lines.flatMap((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === '') return []
    if (controllers === '') return above('/sys/fs/cgroup', path)
    return controllers.split(',').includes('memory') ? above('/sys/fs/cgroup/memory', path) : []
  })
}

/** Returns the folders for a cgroup and its ancestors. Containers often mount their own cgroup at the root. */
function above(root: string, path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..')
  return [...parts.keys()]
    .toReversed()
    .map((last) => `${root}/${parts.slice(0, last + 1).join('/')}`)
    .concat(root)
}

function freeIn(folder: string, read: ReadText): number {
  const number = (name: string): number | null => {
    const text = read(`${folder}/${name}`)?.trim() ?? ''
    return /^\d+$/.test(text) ? Number(text) : null
  }
  const limit = number('memory.max') ?? number('memory.limit_in_bytes')
  const used = number('memory.current') ?? number('memory.usage_in_bytes')
  if (limit === null || used === null) return Infinity
  const pages = /^(?:total_)?inactive_file (\d+)$/m.exec(read(`${folder}/memory.stat`) ?? '')?.[1] ?? '0'
  return Math.max(0, limit - used + Number(pages))
}

/** Maximum number of bytes to read. Real cgroup files are smaller. */
const maxBytes = 64 * 1024

function readText(path: string): string | null {
  try {
    return readFirstBytes(path, maxBytes)?.toString('utf8') ?? null
  } catch {
    return null
  }
}
