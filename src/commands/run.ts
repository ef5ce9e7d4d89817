/**
 * `run -- COMMAND`: starts the command if the check passes, then compares the result with the prediction. Holds the
 * release lock throughout.
 */
import { runChild } from '../adapters/scratch/child-process.ts'
import { type ReleaseLock, takeReleaseLock } from '../adapters/postgres/release-lock.ts'
import { decideStart } from '../core/diagnosis/decide-start.ts'
import { parseWrappedCommand } from '../core/release/wrapped-command.ts'
import { GuardError, exitCodes } from '../errors.ts'
import { linesAt, logWidth, paragraph } from '../report/text/layout.ts'
import { human } from '../report/text/check.ts'
import type { FindingReport, Report } from '../report/model/report.ts'
import { check } from './check.ts'
import { singleCheckOptions, verdictReportOptions } from './shell/options.ts'
import type { Command, Context, Outcome } from './shell/command.ts'
import { dynoHint, quietText, tellingText, writeReports } from './delivery/deliver.ts'
import { readStateAgain } from './gather/version-rows.ts'
import {
  type DatabaseSettings,
  type FleetSettings,
  type ReleaseSettings,
  type VerdictSettings,
  type VersionTableSettings,
  requireSingle,
} from './shell/release-settings.ts'
import type { ReportSettings } from './shell/report-settings.ts'
import { type RehearseSettings, type RunSettings, requireRehearsal } from './shell/verb-settings.ts'
import { defaultMode, rehearseIfNeeded } from './rehearsal/rehearse-mode.ts'
import { verify } from './checks/verify.ts'
import { settleWrapped } from './shell/wrapped-settings.ts'
import { type CheckedRelease, checkRelease } from './checks/judge-release.ts'

export const run: Command = {
  name: 'run',
  wraps: true,
  options: [
    ...singleCheckOptions,
    ...verdictReportOptions,
    'lock',
    'lock-url',
    'lock-timeout',
    'verify',
    'rehearse',
    'scratch-url',
    'scratch-server',
    'pg-dump',
    'exclude-schema',
    'allow-network',
    'pass-env',
    'max-lock',
    'cycle',
  ],
  formats: check.formats,
  examples: [
    ['$0 run -- alembic upgrade head', 'in a release command'],
    ['$0 run -- flask db upgrade', 'with Flask-Migrate'],
    ['$0 run --no-lock -- alembic upgrade head', 'without taking the release lock'],
  ],
  async run(
    outside,
    given: ReleaseSettings & FleetSettings & RunSettings & RehearseSettings & ReportSettings,
  ) {
    requireSingle('run', given)
    const wrapped = parseWrappedCommand(outside.wrapped)
    if (wrapped.argv.length === 0) {
      throw new GuardError(
        'usage',
        'run needs a command after "--"',
        'alembic-guard run -- alembic upgrade head',
      )
    }
    const { context, settings, warnings } = settleWrapped(wrapped, outside, given)
    const mode = settings.rehearseMode ?? defaultMode(wrapped)
    requireRehearsal({ ...settings, rehearseMode: mode })
    const say = speaker(context, settings)
    const { lock, problem } = await lockOf(context, settings, say)
    try {
      const looked = await checkRelease('run', context, settings)
      const { checked, notes: remarks } = await rehearseIfNeeded('run', mode, {
        wrapped,
        context,
        folder: outside.cwd,
        settings,
        checked: looked,
      })
      const { telling } = checked
      const notes = [
        ...warnings.map((warning) => `WARNING: ${warning}`),
        ...remarks.map((note) => `note: ${note}`),
      ].flatMap((text) => logParagraph(text, indent, ''))
      const refused = refusalOf(checked, settings)
      if (refused) {
        const end = refused.note === null ? [] : logParagraph(refused.note, '      ', 'hint: ')
        if (settings.format === 'human') {
          const lines = [...fitting(telling.report, context, notes.length + end.length), ...notes, ...end]
          return { stdout: `${lines.join('\n')}\n`, exitCode: refused.exitCode, telling }
        }
        for (const line of [...notes, ...end]) say.note(line)
        return {
          stdout: await tellingText(telling, context, settings),
          exitCode: refused.exitCode,
          telling,
        }
      }
      if (problem) throw problem
      const report = await tellingText(telling, context, settings)
      const written = await writeReports(
        { stdout: report, exitCode: exitCodes.pass, telling },
        outside,
        settings,
      )
      if (written !== '') context.tell('stdout', quietText(written, telling, settings), settings.presentation)
      for (const line of notes) say.note(line)
      void lock?.lost.then(() => say.loud(lockLost))
      context.progress.clear()
      const end = await runChild(wrapped.argv, {
        cwd: outside.cwd,
        env: { ...outside.env, ...Object.fromEntries(wrapped.assignments) },
        onSignal: (listener) => outside.onSignal(listener),
        terminal: outside.terminal,
      })
      if (end.problem !== null) {
        say.loud([
          `ERROR: ${end.problem}`,
          "hint: nothing was changed. Check that the command is on the release's PATH.",
        ])
        return { stdout: '', exitCode: end.status }
      }
      const compares = settings.verify && wrapped.upgrade?.offline !== true
      return compares ? await compared(checked, end, context, settings) : silent(end.status)
    } finally {
      await lock?.release()
    }
  },
}

const indent = '       '

const lockLost = [
  'WARNING: the connection that held the release lock was lost, so another',
  '         release may start while this command is running.',
]

interface Speaker {
  /** Prints a line along with a human-readable report; for any other format, prints it to standard error. */
  note(line: string): void
  /** Prints a message that users must not miss. */
  loud(lines: readonly string[]): void
}

function speaker(context: Context, { format, output, presentation }: ReportSettings): Speaker {
  const beside = format === 'human' && output === null ? 'stdout' : 'stderr'
  return {
    note: (line) => context.tell(beside, `${line}\n`, presentation),
    loud: (lines) => context.tell('stderr', `${lines.join('\n')}\n`, presentation),
  }
}

/** Result of waiting for the release lock. `lock` is null if the guard doesn't hold it. */
interface Turn {
  readonly lock: ReleaseLock | null
  /** The connection error, if any. The check reports it together with its findings. */
  readonly problem: GuardError | null
}

const withoutLock: Turn = { lock: null, problem: null }

const lockAdvice =
  'Set ALEMBIC_GUARD_LOCK_URL (--lock-url) to a direct URL for the server. It is used only for the lock.'

/** Waits for the release lock, or explains why locking isn't possible. */
async function lockOf(
  context: Context,
  settings: RunSettings & DatabaseSettings,
  say: Speaker,
): Promise<Turn> {
  if (settings.lock === false || settings.databaseUrl.value === null) return withoutLock
  const dyno = context.env['DYNO']
  const { lockUrl } = settings
  const outcome = await takeReleaseLock(lockUrl ?? settings.databaseUrl.value, {
    env: context.env,
    cwd: context.cwd,
    timeoutMs: settings.timeoutMs,
    signal: context.signal,
    waitMs: settings.lockTimeoutMs,
    applicationName: `alembic-guard run${dyno ? ` ${dyno}` : ''}`,
    onWait: (holder) => {
      for (const line of logParagraph(`-----> waiting for another release: ${holder}`, indent, ''))
        say.note(line)
    },
  })
  if (outcome.kind === 'held') return { lock: outcome.lock, problem: null }
  if (outcome.kind === 'unreachable') {
    const { message, hint } = outcome.problem
    const problem = new GuardError(
      'unavailable',
      `can't connect to --lock-url for the release lock: ${message}`,
      hint,
    )
    return { lock: null, problem: lockUrl === null ? outcome.problem : problem }
  }
  if (lockUrl !== null) {
    throw new GuardError(
      outcome.kind === 'none' ? 'usage' : 'unavailable',
      outcome.kind === 'none'
        ? '--lock-url must be the URL of a PostgreSQL server'
        : '--lock-url also connects to a transaction pooler, where a lock has no effect.',
      'Use a direct URL for the PostgreSQL server.',
    )
  }
  if (settings.lock === true) {
    throw new GuardError(
      'unavailable',
      outcome.kind === 'pooler'
        ? '--lock has no effect behind a transaction pooler.'
        : '--lock is available only on PostgreSQL.',
      outcome.kind === 'pooler' ? lockAdvice : 'Remove --lock.',
    )
  }
  if (outcome.kind === 'pooler') {
    const what =
      "WARNING: the release lock doesn't work through a transaction pooler, so concurrent releases won't wait for each other."
    for (const line of [...logParagraph(what, indent, ''), ...logParagraph(lockAdvice, '      ', 'hint: ')])
      say.note(line)
  }
  return withoutLock
}

/** Returns null if the command may start. Otherwise, returns the exit status and sometimes an explanation. */
function refusalOf(
  { exitCode, facts }: CheckedRelease,
  { onAhead }: Pick<VerdictSettings, 'onAhead'>,
): { readonly exitCode: number; readonly note: string | null } | null {
  const passed = exitCode === exitCodes.pass
  const start = decideStart({ passed, outcome: facts?.prediction.outcome ?? null, onAhead })
  if (start === 'start') return null
  // If the check passed, a refusal to start is a bug in the guard.
  if (start === 'blocked') return { exitCode: passed ? exitCodes.unavailable : exitCode, note: null }
  const why =
    start === 'ahead'
      ? 'the database is ahead of this release (--on-ahead skip)'
      : 'there is no database (--allow-missing-url)'
  return { exitCode, note: `the command wasn't started: ${why}.` }
}

/**
 * Maximum number of lines that a report takes up in a release log. The output of `alembic-guard check` isn't
 * limited.
 */
const maxLines = 25

/** Wraps a paragraph to the line width of a release log. */
function logParagraph(...given: Parameters<typeof paragraph>): readonly string[] {
  return linesAt(paragraph(...given), logWidth)
}

/**
 * Shortens the report so that it fits in the log along with `others` more lines. First drops the details, then the
 * warning about a wrong fix, but never the cause or the remedy. If that isn't enough, truncates the text before the
 * final hints.
 */
function fitting(report: Report, context: Context, others: number): readonly string[] {
  const without = (leave: Partial<FindingReport>): Report => ({
    ...report,
    findings: report.findings.map((finding) => ({ ...finding, ...leave })),
  })
  const shorter = [report, without({ details: [] }), without({ details: [], notAdvised: null })]
  const texts = shorter.map((one) => human(one) + dynoHint(one, context))
  const found = texts.find((text) => text.trimEnd().split('\n').length <= maxLines - others)
  return shortened(found ?? texts.at(-1) ?? '', others)
}

function shortened(report: string, others: number): readonly string[] {
  const lines = report.trimEnd().split('\n')
  const most = maxLines - others
  if (lines.length <= most) return lines
  const end = lines.slice(lines.findLastIndex((line) => !line.startsWith('hint: ')) + 1)
  const kept = lines.slice(0, most - 1 - end.length)
  const left = lines.length - kept.length - end.length
  return [...kept, `${indent}... and ${left} more lines; run "alembic-guard check" to see them all`, ...end]
}

/**
 * Compares the version rows with the prediction. If the rows can't be read, prints a warning and keeps the command's
 * exit status.
 */
async function compared(
  { gathered, facts, telling }: CheckedRelease,
  end: Awaited<ReturnType<typeof runChild>>,
  context: Context,
  settings: DatabaseSettings & VersionTableSettings & ReportSettings,
): Promise<Outcome> {
  const say = speaker(context, settings)
  if (!gathered.state || !facts) return silent(end.status)
  try {
    const after = await readStateAgain(gathered, context, settings)
    const predicted = telling.report.prediction?.versionsAfter ?? []
    const { lines, stream, status } = verify({ before: gathered.state, predicted, after }, end)
    if (stream === 'stderr') say.loud(lines)
    else if (!settings.presentation.quiet) for (const line of lines) say.note(line)
    return silent(status)
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    const what = `WARNING: couldn't compare the version rows with the prediction: ${error.message}`
    say.loud(logParagraph(what, indent, ''))
    return silent(end.status)
  }
}

function silent(exitCode: number): Outcome {
  return { stdout: '', exitCode }
}
