/** The list of report formats. To add one: a file, and a line here. What a release log does not need is loaded on demand. */
import { human } from './human.ts'
import { json } from './json.ts'
import type { Report } from './report.ts'
import type { Reporter, Scene } from './scene.ts'

/** Every format by the name that `--format` and `--report` take. */
export const reporters = {
  human: async () => human,
  json: async () => json,
  jsonl: async () => (await import('./fleet.ts')).jsonLines,
  html: async () => (await import('./html.ts')).html,
  github: async () => (await import('./github.ts')).github,
  sarif: async () => (await import('./sarif.ts')).sarif,
  junit: async () => (await import('./junit.ts')).junit,
  gitlab: async () => (await import('./gitlab.ts')).gitlab,
} satisfies Record<string, () => Promise<Reporter>>

/** What `--format` takes. */
export type Format = keyof typeof reporters

/** The report in one of the formats; in the one for people where there is none of that name. */
export async function writeReport(format: string, report: Report, scene: Scene): Promise<string> {
  const reporter: Reporter = await reporters[format in reporters ? (format as Format) : 'human']()
  return reporter(report, scene)
}
