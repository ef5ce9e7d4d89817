/** Renders a finding as unwrapped, printable lines: the cause, then the remedies. */
import { counted, printable } from '../../core/text/display.ts'
import { remedyCommand } from './layout.ts'
import type { FindingReport } from '../model/report.ts'

/** A finding's title, such as `AG201 unknown-revision`. */
export function titleOf({ code, name }: Pick<FindingReport, 'code' | 'name'>): string {
  return printable(`${code} ${name}`)
}

/** The message, evidence, consequence and details of a finding. */
export function causeLines({ message, evidence, why, details }: FindingReport): readonly string[] {
  return [message, ...evidence.map(({ label, value }) => `${label}: ${value}`), why, ...details]
    .filter((line) => line !== '')
    .map((line) => printable(/[.!?]$/.test(line) ? line : `${line}.`))
}

/** A `hint: …` line per remedy, then a warning and the documentation URL. */
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

/** Returns the number of findings of each kind, such as `2 errors, 1 note, 3 ignored`. */
export function findingCounts(findings: readonly FindingReport[]): string {
  const count = (kind: string): number =>
    findings.filter(({ ignored, severity }) => (ignored ? 'ignored' : severity) === kind).length
  const found = (['error', 'warning', 'note'] as const).flatMap((severity) =>
    count(severity) > 0 ? [counted(count(severity), severity)] : [],
  )
  return [...found, ...(count('ignored') > 0 ? [`${count('ignored')} ignored`] : [])].join(', ')
}

/** Truncates text to `most` UTF-16 code units, including the `...`. Never splits a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most - 3).replace(/[\ud800-\udbff]$/, '')}...`
}
