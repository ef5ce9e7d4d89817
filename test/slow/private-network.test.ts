/** Rehearsed commands must not escape their isolation. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { closeNetwork } from '../../src/adapters/isolation/private-network.ts'

const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-walls-'))
afterAll(() => rmSync(folder, { recursive: true }))

const discarded = mkdtempSync(join(tmpdir(), 'alembic-guard-project-'))
afterAll(() => rmSync(discarded, { recursive: true }))
writeFileSync(join(discarded, 'kept'), 'kept')

const env = { PATH: process.env['PATH'] }
const isolation = await closeNetwork({
  folder,
  socketFolders: [],
  hosts: ['db.example'],
  readOnly: [],
  discarded: [discarded],
  env,
})

/** Attempts to escape, which must all fail. */
const ways: Readonly<Record<string, string>> = {
  'removing the mount': 'umount /etc/hosts',
  'removing the mount by force': 'umount -l /etc/hosts',
  'covering something': 'mount -t tmpfs none /mnt',
  'mounting over it': `mount --bind ${folder}/closed ${folder}/hosts`,
  'entering other network namespaces': 'nsenter --net=/proc/1/ns/net true',
  "entering the guard's network": `nsenter --net=/proc/${process.pid}/ns/net true`,
  'entering other mount namespaces': `nsenter --mount=/proc/${process.pid}/ns/mnt true`,
  'the files of an outside process': `ls /proc/${process.pid}/root/etc/hosts`,
  'the environment of an outside process':
    process.getuid?.() === 0 ? `cat /proc/${process.pid}/environ` : 'false',
  'regaining privileges': 'setpriv --bounding-set=+sys_admin true && umount /etc/hosts',
  'creating a network device': `mknod ${folder}/disk b 8 0`,
}

describe.skipIf(isolation.kind === 'open')('inside the isolated network', () => {
  test.each(Object.entries(ways))('%s is refused', (_way, command) => {
    if (isolation.kind === 'open') return
    const [program, ...words] = [...isolation.enter, ...isolation.drop, 'sh', '-c', command]
    const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8', cwd: '/' })
    expect(status, stderr).not.toBe(0)
  })

  test('files of this user and of others are read and written as before', () => {
    if (isolation.kind === 'open') return
    const file = join(folder, 'written')
    const command = `echo x > ${file} && cat ${file} && cat /etc/hosts`
    const [program, ...words] = [...isolation.enter, ...isolation.drop, 'sh', '-c', command]
    const { status, stdout } = spawnSync(program, words, { env, encoding: 'utf8', cwd: '/' })
    expect([status, stdout]).toEqual([0, expect.stringContaining('db.example')])
  })

  test.each([
    ['a new file', 'echo x > new && cat new'],
    ['a changed file', 'echo x > kept && cat kept'],
    ['a removed file', 'rm kept && ls'],
    ['a renamed file', 'mv kept moved && ls'],
  ])('%s in the project is gone afterwards', (_what, command) => {
    if (isolation.kind === 'open') return
    const words = [...isolation.enter, ...isolation.drop, 'sh', '-c', `cd ${discarded} && ${command}`]
    const { status, stdout } = spawnSync(words[0] ?? '', words.slice(1), { env, encoding: 'utf8', cwd: '/' })
    // Without overlayfs, the folder is read-only.
    if (status === 0) expect(stdout).not.toContain('kept')
    expect(readdirSync(discarded)).toEqual(['kept'])
    expect(readFileSync(join(discarded, 'kept'), 'utf8')).toBe('kept')
  })
})

test.skipIf(isolation.kind === 'open' || process.getuid?.() !== 0)(
  'without setpriv, root uses a user namespace, or runs unisolated',
  async () => {
    const programs = mkdtempSync(join(folder, 'bin-'))
    for (const name of ['unshare', 'sh', 'mount', 'nsenter', 'ip', 'perl', 'true']) {
      const found = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((one) => join(one, name)).find(existsSync)
      if (found !== undefined) symlinkSync(found, join(programs, name))
    }
    const wish = {
      folder,
      socketFolders: [],
      hosts: [],
      readOnly: [],
      discarded: [],
      env: { PATH: programs },
    }
    const other = await closeNetwork(wish)
    if (other.kind === 'open') expect(other.reason).toMatch(/setpriv|unshare/)
    else expect([other.enter[1], other.drop[0]]).toEqual(['-r', 'unshare'])
  },
)
