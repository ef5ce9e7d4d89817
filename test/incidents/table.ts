/** Formats the incidents' results as a table. */

/**
 * Results of one incident on one kind of database. In `marks`, null means that the incident doesn't test the
 * property.
 */
export interface Played {
  readonly name: string
  readonly thread: string
  readonly dialect: string
  readonly layout: string
  readonly code: string
  readonly marks: Readonly<Record<Mark, boolean | null>>
  /** The problems found, one sentence each. */
  readonly problems: readonly string[]
}

/** The properties checked in each incident. */
export type Mark = 'alembic' | 'verdict' | 'cause' | 'hint' | 'cure' | 'harmless'

const marks: readonly Mark[] = ['alembic', 'verdict', 'cause', 'hint', 'cure', 'harmless']

/** Returns the table with its totals. */
export function tableOf(played: readonly Played[]): string {
  const head = ['incident', 'database', 'layout', 'code', ...marks]
  const sign = (value: boolean | null): string => (value === null ? '' : value ? 'ok' : 'NO')
  const rows = played.map(({ name, dialect, layout, code, marks: given }) => [
    name,
    dialect,
    layout,
    code,
    ...marks.map((mark) => sign(given[mark])),
  ])
  const totals = [
    `${played.length} played`,
    '',
    '',
    '',
    ...marks.map((mark) => {
      const judged = played.filter(({ marks: given }) => given[mark] !== null)
      return `${judged.filter(({ marks: given }) => given[mark]).length}/${judged.length}`
    }),
  ]
  const all = [head, ...rows, totals]
  const widths = head.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  const right = played.filter(({ problems }) => problems.length === 0).length
  return [
    line(head),
    rule,
    ...rows.map(line),
    rule,
    line(totals),
    `${right} of ${played.length} right in everything`,
  ].join('\n')
}
