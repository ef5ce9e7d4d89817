import { withoutColumnsOf } from '../core/evidence/object-labels.ts'
import type { LiveEvidence } from '../core/evidence/applied-revisions.ts'
import { type Discovery, type Remedy, advice, command, discovery } from '../core/findings/finding.ts'
import { type RevisionGraph, descendantsOf } from '../core/history/revision-graph.ts'
import { positionFact } from './phrases/schema-evidence.ts'
import { transactionLines } from './phrases/transaction-summary.ts'
import type { PositionFact } from '../core/lost/choose-position.ts'
import { judgePlaceholder } from '../core/judge/judge-files.ts'
import { type NearMiss, nearMisses, resolveIdentifier } from '../core/history/identifier.ts'
import { provenanceText } from './remedies/provenance-remedies.ts'
import { lostRowRemedies } from './remedies/lost-row-remedies.ts'
import { restampCommand, rightDatabase } from './remedies/remedy-text.ts'
import { strangerOf } from './remedies/stranger-remedies.ts'
import { type JudgeFacts, untrustingEvidence } from '../core/judge/judge-facts.ts'
import type { Provenance } from '../core/lost/provenance.ts'
import { mainCause } from '../core/lost/provenances.ts'
import { type Facts, type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

/** Reports version rows with a revision id that no file defines. */
const rule: Rule = {
  code: 'AG201',
  name: 'unknown-revision',
  severity: 'error',
  summary: 'The database is stamped with a revision that no file in this release defines.',
  explanation: `Before it does anything else, Alembic resolves every row of the version table. If no file defines a
row's revision, every \`upgrade\`, \`current\`, \`stamp\` and \`downgrade\` fails with "Can't locate revision identified
by". The usual causes, most frequent first: the file was deleted, moved or squashed after it was applied; this release
is older than the database (a rollback); an unmerged branch ran against this database; \`migrations/\` was recreated;
the migration was generated on a dyno whose disk no longer exists; its id was edited; the files weren't shipped;
or the URL points at the wrong database.`,
  cure: `Run \`alembic-guard explain REVISION\` in a clone of the repository (\`uvx alembic-guard …\` works without installing).
If git has the file, restore it with \`alembic-guard restore REVISION --write\`: that is the safest fix. If the release is older than the database,
deploy the newer release. As a last resort, if the file can't be recovered, create a placeholder (\`alembic-guard placeholder REVISION --write\`): a migration with that id and
an empty \`upgrade()\`. Put it at the one point in the history that matches the database, and set the next
migration's \`down_revision\` to it. If the placeholder is too early, the next upgrade fails with "already exists". If it is too late, migrations
are silently skipped. \`alembic stamp head\` skips all of them.`,
  examples: {
    bad: {
      files: twoMigrations,
      versions: ['guest_lockout_001'],
      schema: liveTables('tables', 'guests', 'lockouts'),
    },
    good: {
      files: twoMigrations,
      versions: ['b2'],
      schema: liveTables('tables', 'guests'),
    },
  },
  explains: ['unknown-row'],
  inspect(facts) {
    const { graph, database, provenance } = facts
    // A file that names a lost parent breaks the graph, but the live schema may still show where the parent was.
    if (!database || (graph.problem && !database.live)) return []
    return database.state.versions.flatMap((row) => {
      if (row.kind !== 'text' || row.value === '') return []
      const resolved = resolveIdentifier(graph, row.value)
      if (resolved.kind !== 'unknown' && resolved.kind !== 'ambiguous') return []
      const near = similarIds(graph, row.value)
      if (near.some((miss) => miss.how === 'case' || miss.how === 'blanks')) return []
      const cause = mainCause(provenance, row.value)
      // AG202 or AG208 already reports this row in more detail.
      if (!graph.problem && (cause?.kind === 'ahead' || cause?.kind === 'foreign')) return []
      return [unknownRow(row.value, facts, cause, near)]
    })
  },
}

function unknownRow(
  row: string,
  facts: Facts,
  cause: Provenance | null,
  near: readonly NearMiss[],
): Discovery {
  const { graph, database, provenance } = facts
  const place = placeEvidence(facts)
  const judge = judgeFactsOf(facts)
  const stranger = cause?.from === 'git' && cause.kind !== 'never-here' ? null : strangerOf(facts, row)
  const proposed = judge && !stranger ? lostRowRemedies(judge, row, cause) : { remedies: [], otherwise: [] }
  const nowhere = cause === null || cause.kind === 'never-here' || cause.kind === 'near-miss'
  const text = cause && provenance && !nowhere ? provenanceText(cause, provenance.place) : null
  const stamped = `The database is stamped with ${shown(row)}`
  const message = stranger
    ? `${stamped}, which no migration in this release defines. ${stranger.message}`
    : text
      ? `${stamped}. ${text.message}`
      : `${stamped}; no migration in this release defines it, ${near.length === 0 ? 'and no similar id exists' : `but ${listed(near.map((miss) => miss.id))} ${near.length === 1 ? 'is' : 'are'} similar`}.`
  const live = database?.live ?? null
  const causes = causeRemedies(row, cause, facts)
  // Without git, a rollback is the likeliest cause, so the remedy for a rollback comes first.
  const withoutGit = provenance ? provenance.unavailable.length > 0 : false
  const mayBeRollback = withoutGit && (cause === null || cause.from === 'files')
  return discovery({
    severity: 'error',
    message,
    why: wouldStop(graph, row),
    evidence: [
      ['This release has', `${counted(graph.revisions.length, 'revision')}, head ${listed(graph.heads)}`],
      ...(stranger?.evidence ?? []),
      ...(text?.evidence ?? []),
      ...(cause?.kind === 'never-here' && cause.from === 'git'
        ? [['In git', `no file has ever defined ${shown(row)}`] as [string, string]]
        : []),
      ...(judge && !stranger ? partialRows(judge) : []),
      ...lacking(provenance?.unavailable ?? []),
    ],
    details: place && !stranger ? schemaLines(row, place, live) : live ? transactionSentences(row, live) : [],
    revisions: [row],
    remedies: stranger
      ? stranger.remedies
      : [
          ...(mayBeRollback ? causes : []),
          // A restamp is proposed only if the schema matches this release exactly.
          ...proposed.remedies.filter(({ action }) => action?.kind === 'restamp'),
          ...(mayBeRollback ? [] : causes),
          ...(text?.remedies ?? []).filter(({ action }) => action?.kind !== 'placeholder'),
          ...proposed.remedies.filter(({ action }) => action?.kind !== 'restamp'),
          ...similarRemedies(row, near, judge !== null),
        ],
    otherwise: proposed.otherwise,
    notAdvised:
      stranger?.notAdvised ?? text?.notAdvised ?? stampAdvice(live, database?.state.versions.length ?? 0),
  })
}

/** Evidence of partially applied revisions, which version rows can't represent. */
function partialRows(judge: JudgeFacts): readonly [string, string][] {
  const about = [...(untrustingEvidence(judge)?.revisions.values() ?? [])]
  return about
    .filter(({ present, missing }) => present > 0 && missing.length > 0)
    .slice(0, 3)
    .map(({ id, present, effects, missing }) => [
      `${shown(id)} lacks`,
      `${listed(withoutColumnsOf(missing), 4)}; ${present} of ${counted(effects, 'effect')} present`,
    ])
}

/**
 * Remedies that depend on how the revision was lost. Suggests `alembic-guard explain` unless git shows what happened.
 */
function causeRemedies(row: string, cause: Provenance | null, { provenance }: Facts): readonly Remedy[] {
  if (cause?.from === 'git') {
    return cause.kind === 'never-here' && provenance ? [rightDatabase(provenance.place)] : []
  }
  const ask = command(
    `To find out what happened to ${shown(row)}, run this in a clone of the repository:`,
    ['alembic-guard', 'explain', row],
    'nothing',
    'likely',
  )
  if (cause?.from === 'manifest') return [ask]
  return [advice('If this release is older than the database (a rollback), deploy the newer release.'), ask]
}

/** Finds revision ids that the row may be a misspelling of. */
function similarIds(graph: RevisionGraph, row: string): readonly NearMiss[] {
  const children = graph.revisions.filter(({ downRevisions }) => downRevisions.includes(row))
  const after = descendantsOf(
    graph,
    children.map(({ id }) => id),
  )
  return nearMisses(graph, row).filter(({ id }) => !after.has(id) && !children.some((one) => one.id === id))
}

function similarRemedies(row: string, near: readonly NearMiss[], judged: boolean): readonly Remedy[] {
  const [first] = near
  if (!first || !judged) return []
  return [
    restampCommand(
      `If you meant ${shown(first.id)} (its id was edited, or the row was entered manually), write the full id into the row:`,
      row,
      first.id,
      'unsure',
    ),
  ]
}

/** What the live schema shows about where a placeholder belongs; null if the schema wasn't read. */
function placeEvidence(facts: Facts): readonly PositionFact[] | null {
  const judge = judgeFactsOf(facts)
  return judge?.live ? judgePlaceholder(judge, judge.live.stamps.lost, null).evidence : null
}

function wouldStop({ problem }: RevisionGraph, row: string): string {
  const who = problem ? 'Even with the other findings fixed, Alembic' : 'Alembic'
  return `${who} would fail with: Can't locate revision identified by '${shown(row)}'`
}

/** Describes the evidence from the schema and the catalog. */
function schemaLines(
  id: string,
  place: readonly PositionFact[],
  live: LiveEvidence | null = null,
): readonly string[] {
  // Omit the branches of other lost revisions.
  const own = place.filter((fact) => fact.kind !== 'branch' || fact.id === id)
  const said = own.length > 0 ? [`Schema: ${own.map(positionFact).join('; ')}.`] : []
  return [...said, ...(live ? transactionSentences(id, live) : [])]
}

function transactionSentences(id: string, { transactions }: LiveEvidence): readonly string[] {
  return transactionLines([id], transactions).map((line) => `${sentence(line)}.`)
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** Explains why `alembic stamp head` would be wrong. */
function stampAdvice(live: LiveEvidence | null | undefined, rows: number): string | null {
  const absent = [...(live?.evidence.revisions.values() ?? [])].filter(({ state }) => state === 'absent')
  if (absent.length > 0) {
    const names = listed(absent.map(({ id }) => id))
    return `"alembic stamp head" would mark ${names} as applied, but the schema shows that ${absent.length === 1 ? "it isn't" : "they aren't"}.`
  }
  if (rows !== 1) return null
  return `"alembic stamp head" would mark migrations as applied even if this database never ran them.`
}

/** Lists sources that couldn't be checked. */
function lacking(lacks: readonly string[]): [string, string][] {
  return lacks.length > 0 ? [['Unknown', lacks.join('; ')]] : []
}

export default rule
