/** Lists what a check covered and what it left out. */
import type { CoverageReport } from '../../report/model/report.ts'

/** The sources that were available to a check. */
export interface CheckedSources {
  /** Whether the database could be read. */
  readonly database: boolean
  /** Whether the objects of applied migrations were checked. */
  readonly evidence: boolean
  /** Whether the pending migrations were simulated in a dry run. */
  readonly tried: boolean
  /** Whether git and other sources were searched for unknown version rows. */
  readonly provenance: boolean
  /** Whether the release's configuration was read. */
  readonly release: boolean
}

/** Returns what the check covered and what it left out, as short phrases. */
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
    'whether the packages that env.py and the migrations import are installed',
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
