import type { LiveEvidence } from '../core/evidence/applied-revisions.ts'
import { type Discovery, type Remedy, advice, command, discovery, edit } from '../core/findings/finding.ts'
import type { RevisionGraph } from '../core/history/revision-graph.ts'
import { positionFact } from './phrases/schema-evidence.ts'
import { transactionLines } from './phrases/transaction-summary.ts'
import {
  type ChosenPosition,
  type NoPosition,
  choosePosition,
  isUncertain,
} from '../core/lost/choose-position.ts'
import { withPlaceholders } from '../core/lost/plan-placeholder.ts'
import { nearMisses, resolveIdentifier } from '../core/history/identifier.ts'
import { provenanceText } from './remedies/provenance-remedies.ts'
import type { Provenance } from '../core/lost/provenance.ts'
import { type Provenances, mainCause } from '../core/lost/provenances.ts'
import type { Facts, Rule } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'

/** The case this project is named after: stamped, and no file defines it. */
const rule: Rule = {
  code: 'AG201',
  name: 'unknown-revision',
  severity: 'error',
  summary: 'The database is stamped with a revision that no file of this release defines.',
  explanation: `Alembic resolves every row of the version table before it does anything. One that no file defines ends
every \`upgrade\`, \`current\`, \`stamp\` and \`downgrade\` with "Can't locate revision identified by". What happened is
usually one of these, most frequent first: the file was deleted, moved or squashed after it was applied; this release is
older than the database (a rollback); an unmerged branch ran against this database; \`migrations/\` was created anew; the
migration was generated on a dyno whose disk is gone; its id was edited; the files were not shipped; or it is the wrong
database.`,
  cure: `Bring the file back if git has it: nothing else is as safe. If the release is older than the database, deploy the
newer one. Only if the file is gone for good, put a migration with that very id and an empty \`upgrade()\` in the one place
that matches what the database really holds, and point the next migration at it. Too early and the next upgrade fails with
"already exists"; too late and a migration is silently skipped. \`alembic stamp head\` does the latter to all of them.`,
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'base_001'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'reservations_002'\ndown_revision = 'base_001'\ndef upgrade(): pass\n`,
      },
      versions: ['guest_lockout_001'],
    },
    good: {
      files: {
        'a1.py': `revision = 'base_001'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'reservations_002'\ndown_revision = 'base_001'\ndef upgrade(): pass\n`,
      },
      versions: ['base_001'],
    },
  },
  explains: ['unknown-row'],
  inspect({ graph, repository, database, provenance, target }) {
    // A file that names the lost revision as its parent breaks the graph; the evidence then knows better.
    if (!database || (graph.problem && !database.live)) return []
    const place = placeOf({ repository, database, target })
    return database.state.versions.flatMap((row) => {
      if (row.kind !== 'text' || row.value === '') return []
      const resolved = resolveIdentifier(graph, row.value)
      if (resolved.kind !== 'unknown' && resolved.kind !== 'ambiguous') return []
      const near = nearMisses(graph, row.value)
      if (near.some((miss) => miss.how === 'case' || miss.how === 'blanks')) return []
      const cause = mainCause(provenance, row.value)
      // AG202 and AG208 say it better.
      if (!graph.problem && (cause?.kind === 'ahead' || cause?.kind === 'foreign')) return []
      const name = shown(row.value)
      const details = place ? schemaLines(row.value, place, database.live) : []
      const notAdvised = stampAdvice(database.live, database.state.versions.length)
      const nowhere = cause?.kind === 'never-here' || cause?.kind === 'near-miss'
      if (provenance && cause && !(nowhere && cause.from === 'files')) {
        const found = explained(row.value, cause, provenance, graph, place)
        return [{ ...found, details, notAdvised: found.notAdvised ?? notAdvised }]
      }
      return [
        discovery({
          severity: 'error',
          message:
            near.length === 0
              ? `The database is stamped with ${name}; no file of this release defines it, and none comes close.`
              : `The database is stamped with ${name}; no file of this release defines it, but ${listed(near.map((miss) => miss.id))} ${near.length === 1 ? 'comes' : 'come'} close.`,
          why: wouldStop(graph, row.value),
          evidence: [
            [
              'This release knows',
              `${counted(graph.revisions.length, 'revision')}, head ${listed(graph.heads)}`,
            ],
            ...lacking(provenance?.unavailable ?? []),
          ],
          details,
          revisions: [row.value],
          remedies: [
            command(
              'Find where it went (needs the git history):',
              ['alembic-guard', 'explain', row.value],
              'nothing',
              'likely',
            ),
            advice('If this release is older than the database (a rollback): deploy the newer one.'),
            placeholderRemedy(row.value, place),
          ],
          notAdvised,
        }),
      ]
    })
  },
}

function placeOf({
  repository,
  database,
  target,
}: Pick<Facts, 'repository' | 'database' | 'target'>): ChosenPosition | NoPosition | null {
  const live = database?.live
  if (!live) return null
  return choosePosition(
    withPlaceholders(repository, live.stamps.lost),
    live.stamps,
    live.evidence,
    null,
    target,
  )
}

function wouldStop({ problem }: RevisionGraph, row: string): string {
  const who = problem ? 'Even with the rest mended, Alembic' : 'Alembic'
  return `${who} would stop with: Can't locate revision identified by '${shown(row)}'`
}

/** What the schema and the catalog say, in sentences. */
function schemaLines(
  id: string,
  place: ChosenPosition | NoPosition,
  live: LiveEvidence | null = null,
): readonly string[] {
  const said =
    place.evidence.length > 0 ? [`The schema says: ${place.evidence.map(positionFact).join('; ')}.`] : []
  const made = live ? transactionLines([id], live.transactions).map((line) => `${sentence(line)}.`) : []
  return [...said, ...made]
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** Why the stamp is not to be moved, with what the schema knows to be missing. */
function stampAdvice(live: LiveEvidence | null | undefined, rows: number): string | null {
  const absent = [...(live?.evidence.revisions.values() ?? [])].filter(({ state }) => state === 'absent')
  if (absent.length > 0) {
    const names = listed(absent.map(({ id }) => id))
    return `"alembic stamp head" would mark ${names} as applied; the schema says ${absent.length === 1 ? 'it is' : 'they are'} not.`
  }
  if (rows !== 1) return null
  return `"alembic stamp head" would mark migrations as applied that this database may never have run.`
}

/** The command with how sure its place is; without evidence the edit by hand. */
function placeholderRemedy(id: string, place: ChosenPosition | NoPosition | null): Remedy {
  const argv = ['alembic-guard', 'placeholder', id]
  if (place?.kind === 'place' && place.doubt.length === 0 && !isUncertain(place.assumed)) {
    const how = {
      proven: 'proven place',
      likely: 'likely place',
      'by name': 'a file names its place',
      given: 'the place that was given',
    }[place.certainty]
    const title = `If it is gone for good, stand in for it (${how}):`
    const sure = place.certainty === 'proven' ? 'proven' : 'likely'
    return command(title, [...argv, '--write'], 'working-tree', sure)
  }
  if (place) {
    const title = 'If it is gone for good, stand in for it; the schema does not decide where, so say it:'
    return command(title, [...argv, '--after', 'REVISION', '--write'], 'working-tree', 'unsure')
  }
  return edit(
    `If it is gone for good: add a migration with the id ${shown(id)} and an empty upgrade(), in the place that matches the live schema.`,
    'unsure',
  )
}

/** The finding where git, the manifest or the other files have been asked. */
function explained(
  row: string,
  cause: Provenance,
  { place, unavailable: lacks }: Provenances,
  graph: RevisionGraph,
  found: ChosenPosition | NoPosition | null,
): Discovery {
  const { message, evidence, remedies, notAdvised } = provenanceText(cause, place)
  return discovery({
    severity: 'error',
    message: `The database is stamped with ${shown(row)}. ${message}`,
    why: wouldStop(graph, row),
    evidence: [
      ['This release knows', `${counted(graph.revisions.length, 'revision')}, head ${listed(graph.heads)}`],
      ...evidence,
      ...lacking(lacks),
    ],
    revisions: [row],
    remedies: [
      ...(cause.from !== 'git'
        ? [
            command(
              'In a clone of the repository, ask the git history:',
              ['alembic-guard', 'explain', row],
              'nothing',
              'likely',
            ),
          ]
        : []),
      // The schema knows more of the place than whatever told of the cause.
      ...remedies.map((remedy) =>
        found && remedy.argv?.[1] === 'placeholder' ? placeholderRemedy(row, found) : remedy,
      ),
    ],
    notAdvised,
  })
}

/** What could not be looked at, in one row. */
function lacking(lacks: readonly string[]): [string, string][] {
  return lacks.length > 0 ? [['Not known', lacks.join('; ')]] : []
}

export default rule
