/** Reads and writes the table of attacks in SECURITY.md. */
import { type Area, areas } from './areas.ts'

/** Number of attacks tried in an area, and how many of them failed. */
export interface Result {
  readonly tried: number
  readonly held: number
}

const place = /(?<=<!-- attacks -->\n)[^]*?(?=<!-- \/attacks -->)/

/** Returns the text between the markers; undefined if there are no markers. */
export function tableOf(security: string): string | undefined {
  return place.exec(security)?.[0]
}

/** Returns an area's row; null if there is none. */
export function readResult(security: string, area: Area): Result | null {
  const rows = (tableOf(security) ?? '').split('\n').map((row) => row.split('|').map((cell) => cell.trim()))
  const row = rows.find(([, name]) => name === areas[area])
  return row ? { tried: Number(row[2]), held: Number(row[3]) } : null
}

function rowOf(area: Area, { tried, held }: Result): string {
  return `| ${areas[area]} | ${tried} | ${held} |`
}

/** Returns the text with the table updated. */
export function withTable(security: string, results: ReadonlyMap<Area, Result>): string {
  const rows = [...results].map(([area, result]) => rowOf(area, result))
  return security.replace(place, ['| Area | Tried | Held |', '|---|--:|--:|', ...rows, ''].join('\n'))
}
