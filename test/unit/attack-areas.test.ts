/** The list of attack areas, the test files and SECURITY.md must match. */
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { areas } from '../attack/areas.ts'
import { tableOf } from '../attack/table.ts'

test('every area has its test file, and every file belongs to an area', () => {
  const files = readdirSync(new URL('../attack', import.meta.url)).filter((name) => name.endsWith('.test.ts'))
  expect(files.toSorted()).toEqual(
    Object.keys(areas)
      .map((area) => `${area}.test.ts`)
      .toSorted(),
  )
})

test('SECURITY.md has one row for each area, all marked as held', () => {
  const security = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')
  const rows = (tableOf(security) ?? '').split('\n').slice(2, -1)
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()))
  expect(cells.map(([, name]) => name)).toEqual(Object.values(areas))
  for (const [, name, tried, held] of cells) {
    expect(Number(tried), name).toBeGreaterThan(0)
    expect(held, name).toBe(tried)
  }
})
