/** Lists what a check covered and what it left out. */
import type { CoverageReport } from '../../report/model/report.ts'

/** The parts of a check that determine its coverage report. */
export interface CheckedSources {
  /** True if the database could be read. */
  readonly database: boolean
  /** True if the guard checked that the objects created by applied migrations still exist. */
  readonly evidence: boolean
  /** True if the pending migrations were tried in a dry run on the live schema. */
  readonly tried: boolean
  /** True if git and other sources were searched for the origin of unknown version rows. */
  readonly provenance: boolean
  /** True if the release's configuration was read, in addition to the migrations. */
  readonly release: boolean
}

/** Returns two lists of short phrases: what the check covered, and what it left out. */
export function coverageOf({
  database,
  evidence,
  tried,
  provenance,
  release,
}: CheckedSources): CoverageReport {
  const history = 'the revision graph'
  const live = ['the version rows', 'what Alembic would do']
  const around = 'the release configuration'
  const schema = evidence || tried ? 'the rest of the live schema' : 'the live schema'
  const never = [
    schema,
    'whether the imports of env.py and the migrations are installed',
    'effects of the migrations on data and on running queries',
  ]
  const seen = database ? live : []
  // If every row and parent is known, git and the schema aren't needed, so skipping them doesn't reduce coverage.
  const asked = [
    ...(evidence ? ['objects that the applied migrations created'] : []),
    ...(tried ? ['the pending migrations against the live schema'] : []),
    ...(provenance ? ['what happened to lost revisions'] : []),
  ]
  return {
    checked: [history, ...seen, ...asked, ...(release ? [around] : [])],
    notChecked: [...(database ? [] : live), ...never, ...(release ? [] : [around])],
  }
}
