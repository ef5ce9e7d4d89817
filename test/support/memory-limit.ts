/** Limits the memory of processes with a cgroup (version 1 or 2). */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A cgroup with a memory limit. */
export interface MemoryLimit {
  /** A process joins the cgroup by writing its id to this file. */
  readonly procs: string
  /** Returns the peak memory usage in MB. Null for cgroup version 2 before Linux 5.19. */
  peak(): number | null
  /** Removes the cgroup, which must be empty. */
  end(): void
}

const megabyte = 1024 * 1024

/** Creates a cgroup with this limit. Throws if not permitted. */
export function limitMemory(megabytes: number, root = '/sys/fs/cgroup'): MemoryLimit {
  const version2 = existsSync(join(root, 'cgroup.controllers'))
  const name = `alembic-guard-${process.pid}-${megabytes}`
  const folder = version2 ? join(root, name) : join(root, 'memory', name)
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text)
  // A cgroup can limit memory only if its parent enables the memory controller.
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
