/** Runs `check` on several databases or schemas and returns one verdict. Reads the history only once. */
import { readDatabaseList } from '../../adapters/database/database-list.ts'
import type { SchemaStates } from '../../adapters/database/database.ts'
import { findSourceRoot } from '../../adapters/files/source-root.ts'
import { GuardError } from '../../errors.ts'
import { type FleetGroup, fleetReport } from '../../report/model/fleet.ts'
import type { Report, FleetKind } from '../../report/model/report.ts'
import { emptyReportContext } from '../../report/model/context.ts'
import type { Context, Outcome } from '../shell/command.ts'
import { tellingText } from '../delivery/deliver.ts'
import { gatherHistory, type History } from '../gather/history.ts'
import { openFor } from '../gather/open-database.ts'
import { locateVersionTable } from '../gather/version-rows.ts'
import { type CallSettings, callOption } from '../shell/call-options.ts'
import { checkRelease, judgeRelease } from './judge-release.ts'
import type {
  DatabaseSettings,
  FleetSettings,
  ReleaseSettings,
  VerdictSettings,
} from '../shell/release-settings.ts'
import type { FormatSettings } from '../shell/report-settings.ts'

/**
 * Checks all selected schemas or databases.
 * @throws GuardError (usage, unavailable) if none can be checked.
 */
export async function checkMany(
  context: Context,
  settings: ReleaseSettings & FleetSettings & FormatSettings,
): Promise<Outcome> {
  const kind: FleetKind = settings.databases === null ? 'schema' : 'database'
  const history = await gatherHistory(context, settings)
  const groups =
    settings.databases === null
      ? await checkSchemas(context, settings, history)
      : await checkDatabases(context, settings, history, settings.databases)
  const report: Report = fleetReport({ tool: context.tool, command: 'check', kind, groups })
  const telling = { report, scene: { ...emptyReportContext, root: findSourceRoot(context.cwd) } }
  return { stdout: await tellingText(telling, context, settings), exitCode: report.exitCode, telling }
}

/** Checks the selected schemas. If several have the same state, checks only one of them. */
async function checkSchemas(
  context: Context,
  settings: ReleaseSettings & FleetSettings,
  history: History,
): Promise<readonly FleetGroup[]> {
  const question = locateVersionTable(history.repository, { ...settings, versionTableSchema: '' })
  if (question instanceof GuardError) throw question
  const database = await openFor(context, settings)
  if (database instanceof GuardError) throw database
  try {
    const states = await database.readStates({
      patterns: settings.schemas,
      versionTable: question.versionTable,
    })
    const judged: FleetGroup[] = []
    for (const { schemas, state } of states) {
      const own = { ...settings, ...callOfSchema(settings, schemas[0] ?? '') }
      const { telling } = await judgeState(context, own, history, state)
      judged.push({ names: schemas, report: telling.report })
    }
    return judged
  } finally {
    await database.close()
  }
}

/** Makes the commands suggested in the report apply to `schema`. */
function callOfSchema({ call }: CallSettings, schema: string): CallSettings {
  const others = call.options.filter(({ name }) => name !== 'schemas' && name !== 'version-table-schema')
  return { call: { ...call, options: [...others, callOption('version-table-schema', schema)] } }
}

async function judgeState(
  context: Context,
  settings: CallSettings & DatabaseSettings & VerdictSettings,
  history: History,
  state: SchemaStates['state'],
): ReturnType<typeof judgeRelease> {
  const seen =
    state instanceof GuardError
      ? ({ state: null, problem: state } as const)
      : ({ state, problem: null } as const)
  const pending =
    state instanceof GuardError || state.privileges?.createTables !== false
      ? null
      : (await import('./refused-creation.ts')).refusedCreation(context, history, state, settings)
  return judgeRelease(
    'check',
    context,
    settings,
    { ...history, live: null, pending, untrusted: null, traces: null, ...seen },
    null,
  )
}

/** Checks a list of databases, at most `--jobs` in parallel. Keeps the list's order. */
async function checkDatabases(
  context: Context,
  settings: ReleaseSettings & FleetSettings,
  history: History,
  path: string,
): Promise<readonly FleetGroup[]> {
  const databases = await readDatabaseList(context.cwd, path, context.signal)
  const groups: FleetGroup[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < databases.length; index = next++) {
      const { label, url } = databases[index] ?? { label: '', url: '' }
      const { telling } =
        url instanceof GuardError
          ? await judgeState(context, settings, history, url)
          : await checkRelease(
              'check',
              context,
              { ...settings, databaseUrl: { value: url, source: label } },
              { known: history },
            )
      groups[index] = { names: [label], report: telling.report }
    }
  }
  await Promise.all(Array.from({ length: Math.min(settings.jobs, databases.length) }, work))
  return groups
}
