/** Runs two steps in parallel. */

/**
 * Waits for both steps. If one fails, `stop` aborts the other. Throws only after both have ended, because a step that
 * is still running could create something after the cleanup.
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
