/** The list of report formats. To add one: a file, and a line here. */
import { jsonLines } from './fleet.ts'
import { human } from './human.ts'
import { json } from './json.ts'
import type { Report } from './report.ts'

/** Report in, text out. No reporter can change the verdict. */
export type Reporter = (report: Report) => string

/** Every format by the name that `--format` takes. */
export const reporters = { human, json, jsonl: jsonLines } satisfies Record<string, Reporter>

/** What `--format` takes. */
export type Format = keyof typeof reporters
