/** Tests the progress line with a fake screen and clock. */
import { expect, onTestFinished, test } from 'vitest'
import { type Progress, progressLine } from '../../../../src/commands/shell/progress.ts'

interface Watched {
  readonly progress: Progress
  readonly written: string[]
  readonly pass: (milliseconds: number) => void
}

function watched(columns = 80): Watched {
  const written: string[] = []
  let time = 5000
  const progress = progressLine({
    write: (text) => written.push(text),
    columns: () => columns,
    now: () => time,
  })
  onTestFinished(() => progress.clear())
  return { progress, written, pass: (milliseconds) => (time += milliseconds) }
}

const erase = '\r\u001b[K'

test('work of less than a second is not displayed', () => {
  const { progress, written, pass } = watched()
  progress.show(1, 10, 'reading')
  pass(999)
  progress.show(10, 10, 'reading')
  progress.clear()
  expect(written).toEqual([])
})

test('after a second it shows progress, at most ten times a second', () => {
  const { progress, written, pass } = watched()
  progress.show(1, 30, 'reading')
  pass(1000)
  progress.show(2, 30, 'reading')
  pass(50)
  progress.show(3, 30, 'reading')
  pass(50)
  progress.show(4, null, 'asking')
  progress.clear()
  expect(written).toEqual([
    `${erase}alembic-guard: reading: 2 of 30`,
    `${erase}alembic-guard: asking: 4`,
    erase,
  ])
})

test('it never fills the last column, so that no terminal wraps the line', () => {
  const { progress, written, pass } = watched(24)
  progress.show(0, null, 'waiting for the database')
  pass(1000)
  progress.show(0, null, 'waiting for the database')
  expect(written.at(-1)).toBe(`${erase}alembic-guard: waiting `)
})

test('the next piece of work has its own second', () => {
  const { progress, written, pass } = watched()
  progress.show(1, 2, 'one')
  pass(2000)
  progress.clear()
  progress.show(1, 2, 'two')
  pass(900)
  progress.show(2, 2, 'two')
  expect(written).toEqual([])
})

test('it is redrawn even without progress', async () => {
  const written: string[] = []
  const progress = progressLine({
    write: (text) => written.push(text),
    columns: () => 80,
    now: () => performance.now(),
  })
  progress.show(0, null, 'waiting')
  await expect.poll(() => written.length, { timeout: 10_000 }).toBeGreaterThan(0)
  progress.clear()
  expect(written.at(-1)).toBe(erase)
})
