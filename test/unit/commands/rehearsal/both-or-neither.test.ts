import { expect, test } from 'vitest'
import { bothOrNeither } from '../../../../src/commands/rehearsal/both-or-neither.ts'

test('returns both results', async () => {
  const stop = new AbortController()
  expect(await bothOrNeither(Promise.resolve(1), Promise.resolve('a'), stop)).toEqual([1, 'a'])
  expect(stop.signal.aborted).toBe(false)
})

test('a failure aborts the other step, and is reported when that step has ended', async () => {
  const stop = new AbortController()
  let ended = false
  const other = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => {
      setImmediate(() => {
        ended = true
        resolve()
      })
    })
  })
  await expect(bothOrNeither(Promise.reject(new Error('no server')), other, stop)).rejects.toThrow(
    'no server',
  )
  expect(ended).toBe(true)
})
