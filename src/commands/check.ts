/** `check`: will `alembic upgrade` fail on this database with this release? The main job. */
import { diagnose, type Diagnosis } from '../core/diagnose.ts'
import type { DatabaseFacts } from '../core/rule.ts'
import { standingOf } from '../core/standing.ts'
import { predictUpgrade } from '../core/upgrade.ts'
import { exitCodes } from '../errors.ts'
import { type Format, reporters } from '../report/index.ts'
import { buildReport } from '../report/report.ts'
import { fallbackRule, rules } from '../rules/index.ts'
import type { Command } from './command.ts'
import { type Gathered, gather } from './gather.ts'
import { errorReportOf } from './error-report.ts'
import type { Settings } from './settings.ts'

/** The command. */
export const check: Command = {
  name: 'check',
  options: [
    'config',
    'name',
    'directory',
    'script-location',
    'version-location',
    'alembic-version',
    'database-url',
    'database-url-env',
    'version-table',
    'version-table-schema',
    'timeout',
    'target',
    'strict',
    'ignore',
    'on-ahead',
    'format',
    'output',
    'color',
    'log-level',
    'log-format',
  ],
  formats: Object.keys(reporters),
  examples: [
    ['$0 check && alembic upgrade head', 'in the release command'],
    ['$0 check --database-url sqlite:///app.db', 'against a file'],
    ['$0 check --format json', 'for machines'],
  ],
  async run(context, settings) {
    const gathered = await gather(context, settings)
    const { diagnosis, facts } = decide(gathered, settings)
    const { problem } = gathered
    const exitCode = problem
      ? exitCodes.unavailable
      : { pass: exitCodes.pass, blocked: exitCodes.blocked, undetermined: exitCodes.unavailable }[
          diagnosis.verdict
        ]
    for (const { code, error } of diagnosis.crashes) context.logger.error(`rule ${code} failed: ${error}`)
    const report = buildReport({
      tool: context.tool,
      command: 'check',
      target: settings.target,
      exitCode,
      diagnosis,
      repository: gathered.repository,
      graph: gathered.graph,
      database: facts,
      error: problem && errorReportOf(problem),
      remarks: gathered.repository.remarks,
    })
    return { stdout: reporters[settings.format as Format](report), exitCode }
  },
}

/** Prediction, standing and rules over what was gathered. */
function decide(
  { repository, graph, state, live }: Gathered,
  settings: Settings,
): { diagnosis: Diagnosis; facts: DatabaseFacts | null } {
  const { target } = settings
  let facts: DatabaseFacts | null = null
  if (state) {
    const prediction = predictUpgrade(repository, graph, state, target)
    facts = { state, prediction, standing: standingOf(graph, state, prediction), live }
  }
  return {
    diagnosis: diagnose({ repository, graph, target, database: facts }, rules, fallbackRule, settings),
    facts,
  }
}
