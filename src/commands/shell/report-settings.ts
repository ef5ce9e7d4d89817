/** Settings for the report's format, destinations and presentation. */
import { resolve } from 'node:path'
import { shown } from '../../core/text/display.ts'
import { reporters } from '../../report/index.ts'
import { graphPageUrl } from '../../report/model/graph-link.ts'
import { type Env, type OptionReader, oneOfWords } from './option-reader.ts'

/** Settings for the report's format. */
export interface FormatSettings {
  readonly format: string
}

/** The report's format, and where to write the report. */
export interface ReportSettings extends FormatSettings {
  /** File for the report; null for standard output. */
  readonly output: string | null
  /** `--report`: additional reports, each in its own file. */
  readonly reports: readonly RequestedReport[]
  /** `--graph-url`: where the page from `graph --format html` is published. Reports link to it. */
  readonly graphUrl: string | null
  /** Path from `$GITHUB_STEP_SUMMARY`, if any. */
  readonly stepSummary: string | null
  readonly presentation: Presentation
}

/** A value of `--report`, such as `sarif=out.sarif`. */
interface RequestedReport {
  readonly format: string
  readonly path: string
}

/** Settings for output and logging. */
export interface Presentation {
  readonly color: 'auto' | 'always' | 'never'
  /** Whether to print only the verdict and the codes of the findings. */
  readonly quiet: boolean
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  readonly logFormat: 'pretty' | 'json'
}

/** Default settings, used until the real ones have been read. */
export const defaultPresentation: Presentation = {
  color: 'auto',
  quiet: false,
  logLevel: 'warn',
  logFormat: 'pretty',
}

/** Returns the selected format, defaulting to the first one. */
export function readFormat(options: OptionReader, formats: readonly string[]): string {
  const format = options.text('format') ?? formats[0] ?? 'human'
  if (!formats.includes(format)) {
    options.mistakes.push(`--format must be one of ${formats.join(', ')}, not ${shown(format)}`)
  }
  return format
}

export function readReport(options: OptionReader, format: string, env: Env): ReportSettings {
  const output = options.text('output')
  return {
    format,
    output,
    graphUrl: readGraphUrl(options),
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

function readGraphUrl(options: OptionReader): string | null {
  const given = options.text('graph-url')
  if (given === null) return null
  const url = graphPageUrl(given)
  if (url === null)
    options.mistakes.push(
      '--graph-url must be an http or https URL or a relative path, without credentials or a # fragment',
    )
  return url
}

/** Parses the values of `--report`. Each report must go to a different file. */
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
      mistakes.push(`--report must be FORMAT=FILE, not ${shown(entry)} (FORMAT is one of ${known})`)
      return []
    }
    if (taken.has(resolve(path))) mistakes.push(`can't write two reports to ${shown(path)}`)
    taken.add(resolve(path))
    return [{ format, path }]
  })
}
