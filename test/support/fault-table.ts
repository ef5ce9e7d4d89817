/** Compares docs/faults.md with the fault tests. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

interface Row {
  /** Minimum number of tested cases. */
  readonly cases: number
  /** Expected strings from the table's last column. `...` matches anything. */
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

/** Checks the output for one case and counts the case. */
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

/** Asserts that each fault was tested often enough. Call this last. */
export function expectAllDocumented(): void {
  const promised = [...table].map(([name, { cases }]) => [name, cases] as const)
  expect(promised.length).toBeGreaterThan(0)
  expect(promised.filter(([name, cases]) => (tried.get(name) ?? 0) < cases)).toEqual([])
}

/** Returns a summary of the tested faults. */
export function faultsTried(): string {
  return [...tried].map(([name, cases]) => `${String(cases).padStart(4)}  ${name}`).join('\n')
}
