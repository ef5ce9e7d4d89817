import { judgeEvidence } from '../core/evidence/applied-revisions.ts'
import { advice, discovery } from '../core/findings/finding.ts'
import { newestOf } from '../core/history/revision-graph.ts'
import { keysOf } from '../core/schema/object-keys.ts'
import { misfits } from './phrases/schema-evidence.ts'
import { type Facts, type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import { untrustingEvidence } from '../core/judge/judge-facts.ts'
import { positionRemedies } from './remedies/position-remedies.ts'
import { counted, listed, shown } from '../core/text/display.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

/** Reports an unstamped database that already contains tables created by the migrations. */
const rule: Rule = {
  code: 'AG206',
  name: 'unstamped-database',
  severity: 'error',
  summary: "The database isn't stamped, but it already contains tables that the migrations create.",
  explanation:
    "Without a row in the version table, Alembic assumes a new database and starts at the first migration. The first `CREATE TABLE` fails if the tables came from `create_all()` or from a dump without the version table, or if the version table was emptied. Tables that no migration creates don't cause this finding. Neither do migrations that check whether a table exists before they create it.",
  cure: 'If the tables match the migrations, stamp the matching revision; the guard shows it if the live schema matches exactly one. `alembic stamp head` is correct only if every object already exists. If the tables are leftovers, drop them, or point the release at the right database.',
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
        message: `The database isn't stamped, but it already contains ${counted(there.length, 'table')} that the migrations create: ${listed(there.slice(0, 5).map(shown))}.`,
        why: 'Alembic would start at the first migration and fail at the first statement that tries to create an object that already exists.',
        evidence: [
          ['Version table', versionTable.exists ? `${shown(versionTable.name)}, empty` : 'none'],
          ['Live schema', tips.length > 0 ? `everything up to ${listed(tips)} is applied` : silent(cut)],
        ],
        revisions: tips,
        remedies: [
          ...position.remedies,
          advice('If the tables are leftovers, drop them. If this is the wrong database, fix the URL.'),
        ],
        objects: there,
        otherwise: position.otherwise,
        notAdvised:
          tips.length > 0 && pending.revisions.every((revision) => applied.includes(revision))
            ? null
            : '"alembic stamp head" would mark migrations as applied even if this database never ran them.',
      }),
    ]
  },
}

/** Existing tables that a pending migration would create. */
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
      return 'no migration is fully applied'
    case 'several':
      return `can't tell whether ${listed(cut.deciding.slice(0, 3))} ran`
    default:
      return `matches no position in the history: ${misfits(cut.where.slice(0, 1))}`
  }
}

export default rule
