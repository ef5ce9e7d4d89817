/** A finding as plain lines without width or indentation, for formats that hold text. Printable, cause before cure. */
import { counted, printable } from '../../core/text/display.ts'
import { remedyCommand } from './layout.ts'
import type { FindingReport } from '../model/report.ts'

/** `AG201 unknown-revision` */
export function titleOf({ code, name }: Pick<FindingReport, 'code' | 'name'>): string {
  return printable(`${code} ${name}`)
}

/** What is wrong, both sides, what happens if the release goes on, what else was found out. */
export function causeLines({ message, evidence, why, details }: FindingReport): readonly string[] {
  return [message, ...evidence.map(({ label, value }) => `${label}: ${value}`), why, ...details]
    .filter((line) => line !== '')
    .map((line) => printable(/[.!?]$/.test(line) ? line : `${line}.`))
}

/** `hint: …` for each way out, with its command, what is none, and where to read more. */
export function remedyLines({ remedies, notAdvised, documentation }: FindingReport): readonly string[] {
  const ways = remedies.map((remedy) => {
    const command = remedyCommand(remedy)
    return command === null ? `hint: ${remedy.title}` : `hint: ${remedy.title.replace(/:$/, '')}: ${command}`
  })
  return [
    ...ways,
    ...(notAdvised === null ? [] : [`Not advised: ${notAdvised}`]),
    `See ${documentation}`,
  ].map(printable)
}

/** `2 errors, 1 note, 3 ignored`; empty where nothing was found. */
export function findingCounts(findings: readonly FindingReport[]): string {
  const count = (kind: string): number =>
    findings.filter(({ ignored, severity }) => (ignored ? 'ignored' : severity) === kind).length
  const found = (['error', 'warning', 'note'] as const).flatMap((severity) =>
    count(severity) > 0 ? [counted(count(severity), severity)] : [],
  )
  return [...found, ...(count('ignored') > 0 ? [`${count('ignored')} ignored`] : [])].join(', ')
}

/** At most so many UTF-16 code units, ending with `...` where something is cut; no character is cut in half. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 3).replace(/[\ud800-\udbff]$/, '')}...`
}
