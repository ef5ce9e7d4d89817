/** Tests that a garbage collection starts on request. */
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { collectGarbage } from '../../../../src/commands/shell/collect-garbage.ts'

/** Leaves an object behind. The promise resolves to whether the object was collected soon after. */
async function isCollectedAfter(collect: () => void): Promise<boolean> {
  const leave = (): WeakRef<object> => new WeakRef({ text: 'x'.repeat(100) })
  const object = leave()
  await setTimeout(1)
  collect()
  // The collection takes several turns. Looking at the object meanwhile would keep it.
  await setTimeout(500)
  return object.deref() === undefined
}

test('garbage is collected for a long history only', async () => {
  expect(await isCollectedAfter(() => collectGarbage(1999))).toBe(false)
  expect(await isCollectedAfter(() => collectGarbage(2000))).toBe(true)
})

test('collecting garbage takes no memory', () => {
  const before = process.memoryUsage.rss()
  collectGarbage(10_000)
  expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 1024 * 1024)
})
