/** Appends text to `$GITHUB_STEP_SUMMARY`. */
import { appendFileSync, statSync } from 'node:fs'

/**
 * Appends the first of the given texts that fits. `most` is the maximum file size in bytes.
 * @returns null on success, or the reason for failure.
 */
export function appendStepSummary(
  path: string,
  texts: readonly (() => string)[],
  most: number,
): string | null {
  try {
    const room = most - (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
    for (const text of texts) {
      const bytes = Buffer.from(text())
      if (bytes.length > room) continue
      appendFileSync(path, bytes)
      return null
    }
    return 'it is full'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
