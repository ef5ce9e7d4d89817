/** Packing and unpacking a folder must not change its contents. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packFolder, readPacked } from '../../src/adapters/embedded/data-archive.ts'

test('files, duplicate files, empty files and empty folders are restored unchanged', () => {
  const work = mkdtempSync(join(tmpdir(), 'archive-'))
  onTestFinished(() => rmSync(work, { recursive: true, force: true }))
  const files = {
    PG_VERSION: '18\n',
    'base/1/112': 'a'.repeat(9000),
    'base/5/112': 'a'.repeat(9000),
    'base/5/empty': '',
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(work, 'in', path, '..'), { recursive: true })
    writeFileSync(join(work, 'in', path), content)
  }
  mkdirSync(join(work, 'in/pg_notify'))
  const archive = packFolder(join(work, 'in'))
  expect(archive.length).toBeLessThan(500)
  const packed = readPacked(archive)
  expect(packed.folders).toEqual(['base', 'base/1', 'base/5', 'pg_notify'])
  const read = packed.files.map(({ path, content }) => [path, Buffer.from(content).toString()])
  expect(Object.fromEntries(read)).toEqual(files)
})
