/** Frees memory before a step that needs a lot of it. */

/** Number of revisions below which commands need so little memory that collecting garbage would only take time. */
const longHistory = 2000

/** Size in bytes. V8 starts a collection after 64 MB of new buffers (`kExternalAllocationSoftLimit` in heap.h). */
const bufferBytes = 100 * 1024 * 1024

/**
 * Starts a garbage collection if the history is long. Otherwise, V8 would let the heap grow to three times its size
 * first. The collection runs mostly in other threads, and takes about 20 ms of this one with 10,000 revisions.
 */
export function collectGarbage(revisions: number): void {
  if (revisions < longHistory) return
  try {
    // The operating system assigns memory only when it's written to, so this buffer takes none.
    void new ArrayBuffer(bufferBytes)
  } catch (error) {
    // The process may not reserve that much.
    if (!(error instanceof RangeError)) throw error
  }
}
