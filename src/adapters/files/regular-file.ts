/**
 * The one place where adapters read a file. A path may lead to a pipe, a device or something endless; reading that
 * would hang the process so deep in the kernel that no signal handler runs.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs'

/** Maximum bytes of a file read whole; no migration, configuration or report comes near. */
const maxFileBytes = 16 * 1024 * 1024

/**
 * The bytes of a regular file, links followed; null for a folder, a pipe, a device or a socket.
 * @throws the operating system's error; one with the code EFBIG for a file larger than `limit` bytes.
 */
export function readRegularFile(path: string, limit = maxFileBytes): Buffer | null {
  return withRegularFile(path, (file, size) => {
    if (size > limit) throw tooLarge()
    return readBytes(file, size)
  })
}

/** The first bytes of a regular file, as many as there are; null and errors as for `readRegularFile`. */
export function readFirstBytes(path: string, count: number): Buffer | null {
  return withRegularFile(path, (file) => readBytes(file, count))
}

/**
 * The SHA-256 digest of a regular file of any size, in hexadecimal; null for an empty one and for what is no regular file.
 * @throws the operating system's error.
 */
export function digestRegularFile(path: string): string | null {
  return withRegularFile(path, (file, size) => {
    if (size === 0) return null
    const hash = createHash('sha256')
    const part = Buffer.allocUnsafe(1024 * 1024)
    for (let count = readSync(file, part); count > 0; count = readSync(file, part))
      hash.update(part.subarray(0, count))
    return hash.digest('hex')
  })
}

/**
 * Everything that comes from standard input, as long as it is no more than a file may hold. Leaves the event loop free.
 * @throws the operating system's error; EFBIG where there is more.
 */
export async function readStandardInput(signal: AbortSignal, limit = maxFileBytes): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of createReadStream('', { fd: 0, autoClose: false, signal })) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > limit) throw tooLarge()
  }
  return Buffer.concat(chunks)
}

function withRegularFile<T>(path: string, read: (file: number, size: number) => T): T | null {
  // Without O_NONBLOCK the opening of a pipe would wait for a writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const status = fstatSync(file)
    return status.isFile() ? read(file, status.size) : null
  } finally {
    closeSync(file)
  }
}

function readBytes(file: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count)
  let filled = 0
  while (filled < count) {
    const more = readSync(file, bytes, filled, count - filled, null)
    if (more === 0) break
    filled += more
  }
  return filled === count ? bytes : bytes.subarray(0, filled)
}

function tooLarge(): Error {
  return Object.assign(new Error('EFBIG: file too large'), { code: 'EFBIG' })
}
