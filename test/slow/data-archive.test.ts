/** Extracting a folder from its archive must leave its contents unchanged. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packFolder, unpackFolder } from '../../src/adapters/embedded/data-archive.ts'

test("files, duplicate files, empty files and empty folders are restored unchanged, and others can't read them", () => {
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
  mkdirSync(join(work, 'out'))
  const archive = packFolder(join(work, 'in'))
  expect(archive.length).toBeLessThan(500)
  unpackFolder(archive, join(work, 'out'))
  expect(readdirSync(join(work, 'out'), { recursive: true }).sort()).toEqual(
    readdirSync(join(work, 'in'), { recursive: true }).sort(),
  )
  for (const [path, content] of Object.entries(files))
    expect(readFileSync(join(work, 'out', path), 'utf8')).toBe(content)
  expect(statSync(join(work, 'out/base/1/112')).mode & 0o777).toBe(0o600)
})
