/** Reads a file named on the command line; `-` is standard input. */
import { resolve } from 'node:path'
import { readRegularFile, readStandardInput } from './regular-file.ts'

/** Returns the text, or the reason why it can't be read, such as `ENOENT`. */
export async function readGivenFile(
  cwd: string,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly text: string } | { readonly code: string }> {
  try {
    const bytes = path === '-' ? await readStandardInput(signal) : readRegularFile(resolve(cwd, path))
    return bytes === null ? { code: 'not a regular file' } : { text: bytes.toString() }
  } catch (error) {
    return { code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown error' }
  }
}
