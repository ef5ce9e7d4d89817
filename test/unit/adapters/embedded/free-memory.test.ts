/** Tests reading the amount of free memory from /proc and from both cgroup versions. */
import { expect, test } from 'vitest'
import { freeMemory } from '../../../../src/adapters/embedded/free-memory.ts'

const mega = 1024 * 1024
const meminfo = { '/proc/meminfo': `MemTotal: 8000000 kB\nMemAvailable:   ${2000 * 1024} kB\n` }

function free(files: Readonly<Record<string, string>>): string | null {
  const found = freeMemory((path) => files[path] ?? null)
  return found && `${found.by} ${found.bytes / mega}`
}

test.each([
  ['a machine without cgroups', meminfo, 'machine 2000'],
  ['unreadable memory information', {}, null],
  [
    'version 2, from inside the container',
    {
      ...meminfo,
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${512 * mega}\n`,
      '/sys/fs/cgroup/memory.current': `${300 * mega}\n`,
      '/sys/fs/cgroup/memory.stat': `anon 1\ninactive_file ${50 * mega}\n`,
    },
    'container 262',
  ],
  [
    'version 2, a limit further up',
    {
      ...meminfo,
      '/proc/self/cgroup': '0::/app/web\n',
      '/sys/fs/cgroup/app/web/memory.max': 'max\n',
      '/sys/fs/cgroup/app/memory.max': `${256 * mega}\n`,
      '/sys/fs/cgroup/app/memory.current': `${100 * mega}\n`,
    },
    'container 156',
  ],
  [
    'version 1',
    {
      ...meminfo,
      '/proc/self/cgroup': '9:cpu:/x\n5:memory:/dyno\n',
      '/sys/fs/cgroup/memory/dyno/memory.limit_in_bytes': `${512 * mega}`,
      '/sys/fs/cgroup/memory/dyno/memory.usage_in_bytes': `${600 * mega}`,
      '/sys/fs/cgroup/memory/dyno/memory.stat': `total_inactive_file ${100 * mega}\n`,
    },
    'container 12',
  ],
  [
    'version 1 without a limit',
    {
      ...meminfo,
      '/proc/self/cgroup': '5:memory:/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1',
    },
    'machine 2000',
  ],
])('%s', (_what, files, expected) => expect(free(files)).toBe(expected))
