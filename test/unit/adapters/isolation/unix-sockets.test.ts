/** Tests reading the kernel's list of listening Unix sockets. */
import { createServer } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findUnixSockets, parseUnixSockets } from '../../../../src/adapters/isolation/unix-sockets.ts'

test('returns only listening sockets with a path', () => {
  const text = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 18451 /run/postgresql/.s.PGSQL.5432
0000000000000000: 00000003 00000000 00000000 0001 03 18452 /run/postgresql/.s.PGSQL.5432
0000000000000000: 00000002 00000000 00010000 0001 01 18453 @abstract
0000000000000000: 00000002 00000000 00010000 0005 01     7 /a b/c
0000000000000000: 00000002 00000000 00000000 0002 01 18455 /run/datagram
`
  expect(parseUnixSockets(text)).toEqual(['/run/postgresql/.s.PGSQL.5432', '/a b/c'])
})

test.runIf(process.platform === 'linux')('finds a socket of this process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sockets-'))
  const path = join(folder, '.s.PGSQL.1')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  expect(findUnixSockets([])).toContain(path)
  expect(findUnixSockets([folder]).filter((one) => one === path)).toHaveLength(1)
})
