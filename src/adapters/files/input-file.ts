/** Reads a file that the user named on the command line; `-` is standard input. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The text, or the code of the refusal (`ENOENT`). */
export function readGivenFile(
  cwd: string,
  path: string,
): { readonly text: string } | { readonly code: string } {
  try {
    return { text: readFileSync(path === '-' ? 0 : resolve(cwd, path), 'utf8') }
  } catch (error) {
    return { code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown error' }
  }
}
