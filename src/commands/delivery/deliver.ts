/**
 * Writes a report to standard output, files and the GitHub step summary. A failure here can only turn a pass into an
 * error.
 */
import { appendStepSummary } from '../../adapters/files/step-summary-file.ts'
import { planReportFile } from '../../adapters/files/report-file.ts'
import { GuardError, exitCodes } from '../../errors.ts'
import { writeReport } from '../../report/index.ts'
import type { Report } from '../../report/model/report.ts'
import { verdictLine } from '../../report/text/verdict-line.ts'
import type { Context, Outcome, Telling } from '../shell/command.ts'
import { releaseDynoHint } from './heroku-dyno.ts'
import type { FormatSettings, ReportSettings } from '../shell/report-settings.ts'
import { safeOutput } from '../shell/redact.ts'

/** Renders the report in the requested format. */
export async function tellingText(
  { report, scene }: Telling,
  context: Context,
  { format, graphUrl }: FormatSettings & Partial<Pick<ReportSettings, 'graphUrl'>>,
): Promise<string> {
  const text = await writeReport(format, report, {
    ...scene,
    graphUrl: graphUrl ?? null,
    width: context.width,
  })
  return format === 'human' ? text + dynoHint(report, context) : text
}

/** Applies `--quiet`: replaces a human-readable report with its verdict line. */
export function quietText(text: string, { report }: Telling, settings: ReportSettings): string {
  const isShort = settings.presentation.quiet && settings.format === 'human' && text !== ''
  return isShort ? verdictLine(report) : text
}

/** Returns the hint to print if a release fails on a Heroku release dyno. */
export function dynoHint({ exitCode }: Report, { env }: Context): string {
  return exitCode === exitCodes.pass ? '' : releaseDynoHint(env)
}

/**
 * Writes all requested files and returns the text for standard output.
 * @throws GuardError (unavailable) if a file can't be written. The other files are still written.
 */
export async function writeReports(
  outcome: Outcome,
  context: Context,
  settings: ReportSettings,
): Promise<string> {
  const problems: GuardError[] = []
  const write = async (path: string, text: string): Promise<void> => {
    try {
      const { writeGuarded } = await import('../write-files/guarded-edits.ts')
      await writeGuarded(context, planReportFile(context.cwd, path, safeOutput(text)))
    } catch (error) {
      if (!(error instanceof GuardError)) throw error
      problems.push(error)
    }
  }
  const telling = outcome.telling && {
    ...outcome.telling,
    scene: { ...outcome.telling.scene, graphUrl: settings.graphUrl },
  }
  if (telling) {
    for (const { format, path } of settings.reports) {
      await write(path, await writeReport(format, telling.report, telling.scene))
    }
    const formats = [settings.format, ...settings.reports.map(({ format }) => format)]
    if (settings.stepSummary !== null && formats.includes('github')) {
      await summarize(telling, context, settings.stepSummary)
    }
  }
  const toFile = settings.output !== null && outcome.stdout !== ''
  if (settings.output !== null && toFile) await write(settings.output, outcome.stdout)
  const [first, ...others] = problems
  if (!first) return toFile ? '' : outcome.stdout
  const message = [first, ...others].map((problem) => problem.message).join('; ')
  throw new GuardError('unavailable', message, first.hint, { cause: first })
}

/**
 * Writes the report files. If the report on a failed check can't be written, prints it and keeps the exit code.
 * @throws GuardError (unavailable) if the report on a passing check can't be written.
 */
export async function deliver(
  outcome: Outcome,
  context: Context,
  settings: ReportSettings,
): Promise<Outcome> {
  try {
    return { ...outcome, stdout: await writeReports(outcome, context, settings) }
  } catch (error) {
    if (outcome.exitCode === exitCodes.pass || !(error instanceof GuardError)) throw error
    context.tell('stderr', `ERROR: ${error.message}\n`, settings.presentation)
    return outcome
  }
}

/** The step summary is optional, so a write error is only a warning. */
async function summarize({ report, scene }: Telling, context: Context, path: string): Promise<void> {
  const { maxSummaryBytes, stepSummary } = await import('../../report/formats/step-summary.ts')
  const details = ['everything', 'no picture', 'verdict'] as const
  const texts = details.map((detail) => () => safeOutput(stepSummary(report, scene, detail)))
  const problem = appendStepSummary(path, texts, maxSummaryBytes)
  if (problem !== null) context.logger.warn(`can't write the step summary: ${problem}`)
}
