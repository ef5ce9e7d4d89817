/** Tests what makes V8 start a garbage collection. `npm run bench:broken` shows the effect. */
import { expect, test } from 'vitest'
import { collectGarbage } from '../../../../src/commands/shell/collect-garbage.ts'

/** Returns by how many megabytes a call changes the size of all buffers, and the memory that the process takes. */
function growthBy(call: () => void): { readonly buffers: number; readonly memory: number } {
  const before = process.memoryUsage()
  call()
  const after = process.memoryUsage()
  return {
    buffers: Math.round((after.arrayBuffers - before.arrayBuffers) / 2 ** 20),
    memory: (after.rss - before.rss) / 2 ** 20,
  }
}

test('only a long history reserves a buffer, which takes no memory', () => {
  expect(growthBy(() => collectGarbage(1999)).buffers).toBe(0)
  const { buffers, memory } = growthBy(() => collectGarbage(2000))
  expect(buffers).toBeGreaterThan(64)
  expect(memory).toBeLessThan(buffers / 2)
})
