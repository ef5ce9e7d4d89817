/** Limits the memory of processes with a cgroup, version 1 or 2. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A cgroup with a memory limit. */
export interface MemoryLimit {
  /**
   * Path of a file. If a process writes its id to this file, the limit applies to the process and to all children that
   * it starts afterward.
   */
  readonly procs: string
  /**
   * Returns the peak memory usage so far, in MB; null for cgroup version 2 before Linux 5.19, which doesn't record it.
   */
  peak(): number | null
  /** Removes the cgroup, which must be empty. */
  end(): void
}

const megabyte = 1024 * 1024

/** Creates a cgroup with this limit. Throws if this machine doesn't permit that. */
export function limitMemory(megabytes: number, root = '/sys/fs/cgroup'): MemoryLimit {
  const version2 = existsSync(join(root, 'cgroup.controllers'))
  const name = `alembic-guard-${process.pid}-${megabytes}`
  const folder = version2 ? join(root, name) : join(root, 'memory', name)
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text)
  // A cgroup below the root can have a memory limit only if the root enables the memory controller for its children.
  if (version2) writeFileSync(join(root, 'cgroup.subtree_control'), '+memory')
  mkdirSync(folder)
  try {
    if (version2) {
      write('memory.max', String(megabytes * megabyte))
      if (existsSync(join(folder, 'memory.swap.max'))) write('memory.swap.max', '0')
    } else write('memory.limit_in_bytes', String(megabytes * megabyte))
  } catch (error) {
    rmdirSync(folder)
    throw error
  }
  const peak = join(folder, version2 ? 'memory.peak' : 'memory.max_usage_in_bytes')
  return {
    procs: join(folder, 'cgroup.procs'),
    peak: () => (existsSync(peak) ? Number(readFileSync(peak, 'utf8')) / megabyte : null),
    end: () => rmdirSync(folder),
  }
}
