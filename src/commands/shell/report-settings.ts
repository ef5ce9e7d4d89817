/** Settings about the report: its formats, where they go and how they look, each with how it is read. */
import { resolve } from 'node:path'
import { shown } from '../../core/text/display.ts'
import { reporters } from '../../report/index.ts'
import { type Env, type OptionReader, oneOfWords } from './option-reader.ts'

/** How the report is written. */
export interface FormatSettings {
  readonly format: string
}

/** The report, and what is said besides. */
export interface ReportSettings extends FormatSettings {
  /** A file for the report; null: standard output. */
  readonly output: string | null
  /** `--report`: further reports, each in a file of its own. */
  readonly reports: readonly RequestedReport[]
  /** The file behind `$GITHUB_STEP_SUMMARY`. */
  readonly stepSummary: string | null
  readonly presentation: Presentation
}

/** `sarif=out.sarif` */
interface RequestedReport {
  readonly format: string
  readonly path: string
}

/** How things look and what is logged. */
export interface Presentation {
  readonly color: 'auto' | 'always' | 'never'
  /** A pass without warnings is not printed. */
  readonly quiet: boolean
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  readonly logFormat: 'pretty' | 'json'
}

/** What holds until the settings are read, and when they can't be. */
export const defaultPresentation: Presentation = {
  color: 'auto',
  quiet: false,
  logLevel: 'warn',
  logFormat: 'pretty',
}

/** One of `formats`; the first is the default. */
export function readFormat(options: OptionReader, formats: readonly string[]): string {
  const format = options.text('format') ?? formats[0] ?? 'human'
  if (!formats.includes(format)) {
    options.mistakes.push(`--format takes ${formats.join(', ')}, not ${shown(format)}`)
  }
  return format
}

export function readReport(options: OptionReader, format: string, env: Env): ReportSettings {
  const output = options.text('output')
  return {
    format,
    output,
    reports: parseReports(options.strings('report'), output, options.mistakes),
    stepSummary: env['GITHUB_STEP_SUMMARY'] || null,
    presentation: {
      color: oneOfWords(['auto', 'always', 'never'], options.text('color')),
      quiet: options.flag('quiet'),
      logLevel: oneOfWords(
        ['warn', 'silent', 'error', 'info', 'debug'],
        options.text('log-level') ?? (options.flag('verbose') ? 'debug' : null),
      ),
      logFormat: oneOfWords(['pretty', 'json'], options.text('log-format')),
    },
  }
}

/** Every format that there is, each file at most once. */
function parseReports(
  entries: readonly string[],
  output: string | null,
  mistakes: string[],
): readonly RequestedReport[] {
  const taken = new Set(output === null ? [] : [resolve(output)])
  return entries.flatMap((entry) => {
    const at = entry.indexOf('=')
    const [format, path] = at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
    if (!Object.hasOwn(reporters, format) || path.trim() === '') {
      const known = Object.keys(reporters).join(', ')
      mistakes.push(`--report takes FORMAT=FILE with one of ${known}, not ${shown(entry)}`)
      return []
    }
    if (taken.has(resolve(path))) mistakes.push(`two reports can't both go to ${shown(path)}`)
    taken.add(resolve(path))
    return [{ format, path }]
  })
}
