/** Reads files of all sizes from a real git repository. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { openGit, readBlobs } from '../../../../src/adapters/git/git-queries.ts'
import { folderWith } from '../../../support/guard.ts'

const mebibyte = 1024 * 1024

/** Creates a repository that contains these blobs. Returns a reader and the blobs' ids. */
async function repositoryWith(contents: readonly Buffer[]) {
  const folder = folderWith({})
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1' }
  execFileSync('git', ['init', '-q'], { cwd: folder, env })
  const ids = contents.map((content) =>
    execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: folder, env, input: content })
      .toString()
      .trim(),
  )
  const git = await openGit({ directory: folder, env, signal: new AbortController().signal })
  const read = async (wanted: readonly string[]): Promise<(string | null)[]> => {
    const found: (string | null)[] = []
    for await (const { id, bytes } of readBlobs(git, wanted)) {
      expect(id).toBe(wanted[found.length])
      found.push(bytes && (bytes.length < 10 ? bytes.toString() : `${bytes.length} bytes`))
    }
    return found
  }
  return { ids, read }
}

describe('readBlobs', () => {
  test.each([
    ['just above the limit', 2 * mebibyte + 1],
    ['3 MiB', 3 * mebibyte],
    ['16 MiB', 16 * mebibyte],
  ])('returns null for contents of %s, and complete contents before and after', async (_, size) => {
    const { ids, read } = await repositoryWith([
      Buffer.from('before\n'),
      Buffer.alloc(size, 'x'),
      Buffer.from('after\n'),
    ])
    expect(await read(ids)).toEqual(['before\n', null, 'after\n'])
  })

  test('returns contents of exactly the limit, empty contents, and null for missing ones', async () => {
    const { ids, read } = await repositoryWith([Buffer.alloc(2 * mebibyte, 'y'), Buffer.alloc(0)])
    const [large = '', empty = ''] = ids
    const missing = '1'.repeat(40)
    expect(await read([large, missing, empty, large])).toEqual(['2097152 bytes', null, '', '2097152 bytes'])
  })
})
