/** The table of docs/faults.md, against what the tests of faults saw: each row was tried, and says what was printed. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

interface Row {
  /** At least so many times. */
  readonly cases: number
  /** What stands in code in the last column; `...` for whatever may stand there. */
  readonly says: readonly RegExp[]
}

function readTable(): ReadonlyMap<string, Row> {
  const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8')
  const [, table = ''] = /<!-- faults -->([^]*?)<!-- \/faults -->/.exec(page) ?? []
  const rows = table.split('\n').filter((line) => /^\|.*\|\s+\d+ \|/.test(line))
  return new Map(
    rows.map((line) => {
      const [, name = '', cases = '', seen = ''] = line.split('|').map((cell) => cell.trim())
      const says = [...seen.matchAll(/`([^`]+)`/g)].map(([, text = '']) => wordsOf(text))
      return [name, { cases: Number(cases), says }]
    }),
  )
}

function wordsOf(text: string): RegExp {
  return new RegExp(
    text
      .split('...')
      .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
      .join('.*'),
  )
}

const table = readTable()
const tried = new Map<string, number>()

/** One more time that the fault of this row was there, and what was printed then. */
export function expectAsDocumented(name: string, printed: string): void {
  const row = table.get(name)
  expect(row, `docs/faults.md has no row "${name}"`).toBeDefined()
  const words = printed.replaceAll(/\s+/g, ' ')
  expect(
    row?.says.some((one) => one.test(words)),
    `docs/faults.md says otherwise of "${name}": ${words}`,
  ).toBe(true)
  tried.set(name, (tried.get(name) ?? 0) + 1)
}

/** After everything: no row was left out or promises more. */
export function expectAllDocumented(): void {
  const promised = [...table].map(([name, { cases }]) => [name, cases] as const)
  expect(promised.length).toBeGreaterThan(0)
  expect(promised.filter(([name, cases]) => (tried.get(name) ?? 0) < cases)).toEqual([])
}

/** What was tried, for people. */
export function faultsTried(): string {
  return [...tried].map(([name, cases]) => `${String(cases).padStart(4)}  ${name}`).join('\n')
}
