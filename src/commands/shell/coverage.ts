/** What a check has seen, and what nobody should believe it has. */
import type { CoverageReport } from '../../report/model/report.ts'

/** What was done, as far as coverage hangs on it. */
export interface CheckedSources {
  /** The database answered. */
  readonly database: boolean
  /** What the migrations left in the schema was compared with them. */
  readonly evidence: boolean
  /** The pending migrations were tried on what the schema holds. */
  readonly tried: boolean
  /** What became of unknown rows was looked for. */
  readonly provenance: boolean
  /** The release around the upgrade was read. */
  readonly release: boolean
}

/** Both lists, a few words each. */
export function coverageOf({
  database,
  evidence,
  tried,
  provenance,
  release,
}: CheckedSources): CoverageReport {
  const history = 'the revision graph'
  const live = ['the version rows', 'what Alembic would do']
  const around = 'the release around the upgrade'
  const schema = evidence || tried ? 'the rest of the live schema' : 'the live schema'
  const never = [
    schema,
    'whether the imports of env.py and the migrations are installed',
    'effects of the migrations on data and running queries',
  ]
  const seen = database ? live : []
  // Git is asked, and the schema read, where a row or a parent is unknown; otherwise nothing hangs on them.
  const asked = [
    ...(evidence ? ['traces of the migrations in the schema'] : []),
    ...(tried ? ['the pending migrations on the live schema'] : []),
    ...(provenance ? ['what became of lost revisions'] : []),
  ]
  return {
    checked: [history, ...seen, ...asked, ...(release ? [around] : [])],
    notChecked: [...(database ? [] : live), ...never, ...(release ? [] : [around])],
  }
}
