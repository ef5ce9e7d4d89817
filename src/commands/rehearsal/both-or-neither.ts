/** Waits for two steps that run in parallel. */

/**
 * Waits for both steps. If one fails, `stop` aborts the other, and the error is thrown only when the other has ended, so
 * that it creates nothing after the cleanup.
 */
export async function bothOrNeither<One, Other>(
  one: Promise<One>,
  other: Promise<Other>,
  stop: AbortController,
): Promise<readonly [One, Other]> {
  try {
    return await Promise.all([one, other])
  } catch (error) {
    stop.abort()
    await Promise.allSettled([one, other])
    throw error
  }
}
