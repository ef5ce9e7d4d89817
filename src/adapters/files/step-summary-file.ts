/** Appends to the file behind `$GITHUB_STEP_SUMMARY`. Knows no Markdown. */
import { appendFileSync, statSync } from 'node:fs'

/**
 * Appends the first of the texts that fits into `most` bytes together with what the file holds.
 * @returns why nothing was written; null when it was.
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
    return 'there is no room left in it'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
