/**
 * Builds an in-memory image of a WAL-mode SQLite database from its file and log (https://sqlite.org/fileformat2.html,
 * section 4).
 */

const headerLength = 32
const frameHeaderLength = 24

/** Whether the file header indicates WAL mode. */
export function isWalMode(header: Uint8Array): boolean {
  return header[18] === 2 || header[19] === 2
}

/**
 * Returns a copy of `database` with the committed transactions from `wal`. The copy isn't in WAL mode, so it needs no
 * log. Like SQLite, ignores frames after the last commit or from an older log.
 */
export function imageOf(database: Uint8Array, wal: Uint8Array): Buffer {
  let image = Buffer.from(database)
  const { pageSize, pages, pageCount } = committedPages(wal)
  if (pageCount > 0) {
    const grown = Buffer.alloc(pageCount * pageSize)
    image.copy(grown)
    image = grown
    for (const [page, content] of pages) if (page <= pageCount) image.set(content, (page - 1) * pageSize)
  }
  if (image.length >= 20) image.fill(1, 18, 20)
  return image
}

interface Committed {
  readonly pageSize: number
  /** Latest committed contents of each page, by 1-based page number. */
  readonly pages: ReadonlyMap<number, Uint8Array>
  /** Database size in pages after the last commit; 0 if there was no commit. */
  readonly pageCount: number
}

function committedPages(wal: Uint8Array): Committed {
  const nothing: Committed = { pageSize: 0, pages: new Map(), pageCount: 0 }
  if (wal.length < headerLength) return nothing
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength)
  const magic = view.getUint32(0)
  if (magic !== 0x377f0682 && magic !== 0x377f0683) return nothing
  const littleEndian = magic === 0x377f0682
  const pageSize = view.getUint32(8)
  if (pageSize < 512 || pageSize > 65_536) return nothing
  let sum = checksum([0, 0], view, 0, 24, littleEndian)
  if (sum[0] !== view.getUint32(24) || sum[1] !== view.getUint32(28)) return nothing

  const pages = new Map<number, Uint8Array>()
  const pending = new Map<number, Uint8Array>()
  let pageCount = 0
  const frameLength = frameHeaderLength + pageSize
  for (let at = headerLength; at + frameLength <= wal.length; at += frameLength) {
    const sameLog =
      view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20)
    if (!sameLog) break
    sum = checksum(sum, view, at, 8, littleEndian)
    sum = checksum(sum, view, at + frameHeaderLength, pageSize, littleEndian)
    if (sum[0] !== view.getUint32(at + 16) || sum[1] !== view.getUint32(at + 20)) break
    pending.set(view.getUint32(at), wal.subarray(at + frameHeaderLength, at + frameLength))
    const sizeAfterCommit = view.getUint32(at + 4)
    if (sizeAfterCommit === 0) continue
    for (const [page, content] of pending) pages.set(page, content)
    pending.clear()
    pageCount = sizeAfterCommit
  }
  return { pageSize, pages, pageCount }
}

function checksum(
  [first, second]: readonly [number, number],
  view: DataView,
  from: number,
  length: number,
  littleEndian: boolean,
): [number, number] {
  let a = first
  let b = second
  for (let at = from; at < from + length; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) >>> 0
    b = (b + view.getUint32(at + 4, littleEndian) + a) >>> 0
  }
  return [a, b]
}
