/**
 * Only files of template databases may share memory, because the embedded server writes to files in place.
 */
import type { PGlite } from '@electric-sql/pglite'
import { expect, test } from 'vitest'
import { memoryFiles } from '../../../../src/adapters/embedded/memory-files.ts'

test('only the template databases, which nothing writes to, share contents', async () => {
  const content = new Uint8Array([1, 2, 3])
  const paths = ['base/1/112', 'base/4/112', 'base/5/112', 'base/5/113', 'global/112']
  const fs = memoryFiles({
    folders: ['base', 'base/1'],
    files: paths.map((path) => ({ path, content })),
  })
  const made: string[] = []
  const written = new Map<string, Uint8Array>()
  const FS = {
    mkdirTree: (path: string) => made.push(path),
    writeFile: (path: string, bytes: Uint8Array) => written.set(path, bytes),
  }
  await fs.init({ Module: { FS } } as unknown as PGlite, {})
  await fs.initialSyncFs()
  expect(made).toEqual(['/pglite/data/base', '/pglite/data/base/1'])
  expect([...written.values()]).toEqual(paths.map(() => content))
  const shared = [...written].filter(([, bytes]) => bytes === content).map(([path]) => path)
  expect(shared).toEqual(['/pglite/data/base/1/112', '/pglite/data/base/4/112'])
  expect(new Set(written.values()).size).toBe(4)
})
