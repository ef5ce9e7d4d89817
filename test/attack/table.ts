/** The table of attacks in SECURITY.md: its rows, and its place between two markers. */
import { type Area, areas } from './areas.ts'

/** How often an area was attacked, and how often that changed, started, leaked or hung nothing. */
export interface Result {
  readonly tried: number
  readonly held: number
}

const place = /(?<=<!-- attacks -->\n)[^]*?(?=<!-- \/attacks -->)/

/** What stands between the markers; undefined where there are none. */
export function tableOf(security: string): string | undefined {
  return place.exec(security)?.[0]
}

/** What the table says of an area; null: nothing. */
export function readResult(security: string, area: Area): Result | null {
  const rows = (tableOf(security) ?? '').split('\n').map((row) => row.split('|').map((cell) => cell.trim()))
  const row = rows.find(([, name]) => name === areas[area])
  return row ? { tried: Number(row[2]), held: Number(row[3]) } : null
}

function rowOf(area: Area, { tried, held }: Result): string {
  return `| ${areas[area]} | ${tried} | ${held} |`
}

/** The text with the table written anew. */
export function withTable(security: string, results: ReadonlyMap<Area, Result>): string {
  const rows = [...results].map(([area, result]) => rowOf(area, result))
  return security.replace(place, ['| Area | Tried | Held |', '|---|--:|--:|', ...rows, ''].join('\n'))
}
