/** Lists the report formats. Rarely used formats are loaded on demand. */
import { human } from './text/check.ts'
import { json } from './formats/json.ts'
import type { Report } from './model/report.ts'
import type { Reporter, ReportContext } from './model/context.ts'

/** All formats, keyed by their names in `--format` and `--report`. */
export const reporters = {
  human: async () => human,
  json: async () => json,
  jsonl: async () => (await import('./formats/jsonl.ts')).jsonLines,
  html: async () => (await import('./formats/html.ts')).html,
  github: async () => (await import('./formats/github.ts')).github,
  markdown: async () => (await import('./formats/markdown.ts')).markdown,
  sarif: async () => (await import('./formats/sarif.ts')).sarif,
  junit: async () => (await import('./formats/junit.ts')).junit,
  gitlab: async () => (await import('./formats/gitlab.ts')).gitlab,
} satisfies Record<string, () => Promise<Reporter>>

/** A value of `--format`. */
export type Format = keyof typeof reporters

/** Renders a report; unknown formats fall back to `human`. */
export async function writeReport(format: string, report: Report, scene: ReportContext): Promise<string> {
  const reporter: Reporter = await reporters[format in reporters ? (format as Format) : 'human']()
  return reporter(report, scene)
}
