import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeServerFolder } from '../../../../src/adapters/scratch/folder.ts'

const inMemory = mkdtempSync(join(tmpdir(), 'memory-'))
const made: string[] = [inMemory]
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

function placeFor(bytes: number | null, files = inMemory, temporary = '/tmp'): string {
  const memory = bytes === null ? null : { bytes, by: 'machine' as const }
  const folder = makeServerFolder(memory, files, temporary)
  made.push(folder)
  return dirname(folder)
}

const gigabyte = 1024 ** 3

test("a server's data is kept in memory if there is plenty", () => {
  expect(placeFor(2 * gigabyte)).toBe(inMemory)
})

test.each([
  ['too little memory', gigabyte / 2, inMemory, '/tmp'],
  ['an unknown amount of memory', null, inMemory, '/tmp'],
  ['no file system in memory', 2 * gigabyte, join(inMemory, 'missing'), '/tmp'],
  ['a TMPDIR', 2 * gigabyte, inMemory, '/var/tmp'],
])('with %s, it is kept in the temporary folder', (_why, bytes, files, temporary) => {
  expect(placeFor(bytes, files, temporary)).toBe(tmpdir())
})
