/** Measures how much memory a long history's operations retain. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'

/** Collects garbage and returns the megabytes in use. */
function megabytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed / 1_000_000
}

test("operations don't keep the text of their files", () => {
  const comment = `    # ${'a long comment '.repeat(20)}\n`.repeat(700)
  const read = (number: number): unknown =>
    readUpgrade(
      new TextEncoder().encode(
        `from alembic import op\ndef upgrade():\n${comment}    op.drop_table('a_table_with_a_long_name_${number}')\n`,
      ),
      'a.py',
      'postgresql',
    )
  read(0)
  const before = megabytes()
  const kept = Array.from({ length: 100 }, (_, number) => read(number))
  expect(megabytes() - before).toBeLessThan(10)
  expect(kept).toHaveLength(100)
})
