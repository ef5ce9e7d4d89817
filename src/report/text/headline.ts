import { counted, shown } from '../../core/text/display.ts'
import { positionCounts } from '../model/fleet.ts'
import type { PredictionReport, Report } from '../model/report.ts'

/** The headline, such as `release blocked before "alembic upgrade head"`. Safe to print, but not truncated. */
export function headline(report: Report): string {
  const { verdict, prediction, error, reason, findings } = report
  if (verdict === 'blocked') {
    const blocking = findings.filter(({ blocks }) => blocks).length
    return prediction
      ? `release blocked before "${upgradeOf(prediction)}"`
      : `blocked by ${counted(blocking, 'finding')}`
  }
  if (verdict === 'pass') return passedWords(report) ?? 'passed, although the upgrade would fail'
  return error?.message ?? `the outcome of the upgrade is unknown: ${reason ?? 'no reason given'}`
}

/** The upgrade command, as it is run in this project. */
export function upgradeOf({ command, typedCommand = command }: PredictionReport): string {
  return typedCommand
}

/** Summarizes a check that passed. Null if the upgrade would fail, unless the database is ahead. */
export function passedWords(report: Report): string | null {
  const { prediction, database, standing, repository, command, findings, fleet } = report
  if (fleet) return `${counted(fleet.members.length, fleet.kind)}: ${positionCounts(fleet.members)}`
  if (!database || !prediction) {
    return repository && command !== 'lint'
      ? 'no database URL, so only the revision graph was checked'
      : findings.length === 0
        ? 'nothing found'
        : `${counted(findings.length, 'finding')}, none blocking`
  }
  if (prediction.outcome === 'fails') {
    return standing?.kind === 'ahead'
      ? `the database is ahead of this release; skip "${upgradeOf(prediction)}"`
      : null
  }
  const { steps } = prediction
  const first = steps[0]
  return first === undefined
    ? `"${upgradeOf(prediction)}" has nothing to run`
    : `"${upgradeOf(prediction)}" would run ${counted(steps.length, 'migration')}, ${steps.length === 1 ? '' : 'first '}${shown(first)}`
}
