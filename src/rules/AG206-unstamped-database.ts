import { judgeEvidence } from '../core/evidence/applied-revisions.ts'
import { advice, discovery } from '../core/findings/finding.ts'
import { newestOf } from '../core/history/revision-graph.ts'
import { keysOf } from '../core/schema/object-keys.ts'
import { misfit } from './phrases/schema-evidence.ts'
import { type Facts, type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import { untrustingEvidence } from '../core/judge/judge-facts.ts'
import { positionRemedies } from './remedies/position-remedies.ts'
import { counted, listed, shown } from '../core/text/display.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

/** Tables without a stamp. */
const rule: Rule = {
  code: 'AG206',
  name: 'unstamped-database',
  severity: 'error',
  summary: 'The database has no stamp, and tables that the migrations create are there already.',
  explanation: `Without a row in the version table Alembic takes the database for a new one and starts at the first
migration. Where tables came from \`create_all()\`, from a dump that left the version table out, or where somebody emptied
it, the first \`CREATE TABLE\` ends the upgrade. Tables that no migration makes are no reason for this finding, nor are
migrations that look first.`,
  cure: `If the tables are what the migrations make, stamp the revision that matches: the guard names it where the live
schema leaves exactly one. \`alembic stamp head\` is right only if everything is there. If the tables are leftovers, drop
them, or point the release at the right database.`,
  examples: {
    bad: {
      files: twoMigrations,
      versions: null,
      schema: liveTables('tables'),
    },
    good: {
      files: twoMigrations,
      versions: null,
      schema: liveTables('legacy'),
    },
  },
  explains: ['refused-statement'],
  follows: { AG209: 'error' },
  inspect(facts) {
    const { database, graph } = facts
    const pending = database?.pending
    if (database?.standing.kind !== 'unversioned' || pending?.kind !== 'tried' || !pending.replay.failure)
      return []
    const there = tablesThere(facts)
    if (there.length === 0) return []
    const judge = judgeFactsOf(facts)
    const position = positionRemedies(judge)
    const whole = judge && untrustingEvidence(judge)
    const { cut } = whole ?? judgeEvidence(graph, { lost: [], known: [] }, pending.operations, pending.schema)
    const applied = cut.kind === 'proven' ? [...cut.applied] : []
    const tips = newestOf(graph, applied)
    const { versionTable } = database.state
    return [
      discovery({
        severity: 'error',
        message: `The database has no stamp, but ${counted(there.length, 'table')} that the migrations create ${there.length === 1 ? 'is' : 'are'} there: ${listed(there.slice(0, 5).map(shown))}.`,
        why: 'Alembic would start at the first migration and fail at the first statement that creates an existing object.',
        evidence: [
          ['Version table', versionTable.exists ? `${shown(versionTable.name)}, without a row` : 'none'],
          ['The schema says', tips.length > 0 ? `everything up to ${listed(tips)} is there` : silent(cut)],
        ],
        revisions: tips,
        remedies: [
          ...position.remedies,
          advice('If the tables are leftovers, or this is the wrong database: drop them, or fix the URL.'),
        ],
        objects: there,
        otherwise: position.otherwise,
        notAdvised:
          tips.length > 0 && pending.revisions.every((revision) => applied.includes(revision))
            ? null
            : '"alembic stamp head" would mark migrations as applied that this database lacks, or may lack.',
      }),
    ]
  },
}

/** Tables in the very place where a migration would make them. */
function tablesThere({ database }: Facts): readonly string[] {
  const pending = database?.pending
  if (pending?.kind !== 'tried') return []
  const keys = keysOf(pending.schema)
  const live = new Set(pending.schema.tables.map((table) => keys.table(table)))
  const names = [...pending.operations.values()].flatMap((steps) =>
    steps.kind !== 'operations'
      ? []
      : steps.operations.flatMap((step) =>
          step.kind === 'createTable' && !step.ifNotExists && live.has(keys.table(step.table))
            ? [step.table.name]
            : [],
        ),
  )
  return [...new Set(names)]
}

function silent(cut: ReturnType<typeof judgeEvidence>['cut']): string {
  switch (cut.kind) {
    case 'proven':
      return 'none of the migrations has run as a whole'
    case 'several':
      return `it is unknown whether ${listed(cut.deciding.slice(0, 3))} ran`
    default:
      return `no position matches: ${cut.where.slice(0, 1).map(misfit).join('')}`
  }
}

export default rule
