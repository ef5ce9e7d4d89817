/**
 * Packs a folder into one file. Stores identical files only once, because a new data directory contains the same
 * database three times.
 */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { readRegularFile } from '../files/regular-file.ts'

/** Header of the archive: JSON, preceded by its length in four bytes. */
interface Index {
  readonly folders: readonly string[]
  /** Pairs of a path and an index into `lengths`. */
  readonly files: readonly (readonly [path: string, content: number])[]
  /** Lengths of the distinct file contents, in storage order. */
  readonly lengths: readonly number[]
}

/** Packs all files in a folder. */
export function packFolder(folder: string): Buffer {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const pathOf = (entry: (typeof entries)[number]): string =>
    join(entry.parentPath, entry.name).slice(folder.length + 1)
  const contents: Buffer[] = []
  const known = new Map<string, number>()
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const content = readRegularFile(join(folder, pathOf(entry))) ?? Buffer.alloc(0)
      const digest = createHash('sha256').update(content).digest('hex')
      const number = known.get(digest) ?? contents.length
      if (number === contents.length) {
        known.set(digest, number)
        contents.push(content)
      }
      return [pathOf(entry), number] as const
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(pathOf)
    .sort()
  const index: Index = { folders, files, lengths: contents.map(({ length }) => length) }
  const head = Buffer.from(JSON.stringify(index))
  const size = Buffer.alloc(4)
  size.writeUInt32BE(head.length)
  return brotliCompressSync(Buffer.concat([size, head, ...contents]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
}

/** Contents of an archive created by {@link packFolder}. */
export interface PackedFolder {
  /** Relative paths, parents before children. */
  readonly folders: readonly string[]
  /** Identical files share one view, so callers must not modify it. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[]
}

/** Unpacks an archive from {@link packFolder}. */
export function readPacked(archive: Buffer): PackedFolder {
  const plain = brotliDecompressSync(archive)
  const start = 4 + plain.readUInt32BE(0)
  const { folders, files, lengths } = JSON.parse(plain.toString('utf8', 4, start)) as Index
  let at = start
  const contents = lengths.map((length) => plain.subarray(at, (at += length)))
  return {
    folders,
    files: files.map(([path, number]) => ({ path, content: contents[number] ?? new Uint8Array() })),
  }
}
