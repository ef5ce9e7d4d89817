/** Reads regular files only. Reading a pipe or device could block in the kernel, where signal handlers can't run. */
import { createHash } from 'node:crypto'
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs'

/** Maximum size in bytes. Migrations, configuration files and reports are far smaller. */
const maxFileBytes = 16 * 1024 * 1024

/**
 * Reads a regular file, following symlinks. Null for a folder, pipe, device or socket.
 * @throws the operating system's error, or EFBIG if the file is larger than `limit` bytes.
 */
export function readRegularFile(path: string, limit = maxFileBytes): Buffer | null {
  return withRegularFile(path, (file, size) => {
    if (size > limit) throw tooLarge()
    return readBytes(file, size)
  })
}

/** Reads the first `count` bytes of a regular file, like `readRegularFile`. */
export function readFirstBytes(path: string, count: number): Buffer | null {
  return withRegularFile(path, (file) => readBytes(file, count))
}

/**
 * Returns a file's SHA-256 digest in hexadecimal; null if the file is empty or isn't a regular file. Has no size
 * limit.
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
 * Reads all of standard input without blocking the event loop.
 * @throws the operating system's error, or EFBIG above `limit` bytes.
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
  // Without O_NONBLOCK, opening a named pipe waits for a writer.
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
