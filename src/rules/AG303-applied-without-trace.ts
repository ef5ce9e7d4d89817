import { type Remedy, advice, command, discovery } from '../core/findings/finding.ts'
import { transactionLines } from './phrases/transaction-summary.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, listed, shown } from '../core/text/display.ts'
import {
  type MissingObjects,
  lastThatRan,
  traceless,
  tracelessEnd,
} from '../core/evidence/expected-objects.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

/** Stamped, and nothing is there. */
const rule: Rule = {
  code: 'AG303',
  name: 'applied-without-trace',
  severity: 'error',
  summary: 'The stamp says that a migration ran, and the live schema has none of what it makes.',
  explanation: `\`alembic stamp\` moves the row and runs nothing. After \`stamp head\` on a database that was not there
yet, every later upgrade passes over the migrations in between: it exits 0, and the application finds no table. The guard
looks at the newest applied migrations; one whose tables, columns and types are all missing has not run here, or was
undone by hand. Names that exist in another schema say nothing, nor do steps that only running would tell. Where a later
migration did leave its trace, the gap is a warning: somebody may have dropped things on purpose.`,
  cure: `Find out whether it never ran or was undone. If it never ran, stamp the last revision that did, and let the
upgrade run the rest; the guard names that revision where the live schema proves it. If it was undone on purpose, write
that down as a migration that looks first.`,
  examples: {
    bad: {
      files: twoMigrations,
      versions: ['b2'],
      schema: liveTables('tables'),
    },
    good: {
      files: twoMigrations,
      versions: ['b2'],
      schema: liveTables('tables', 'guests'),
    },
  },
  explains: [],
  inspect({ database, graph }) {
    const facts = database?.traces
    const kinds: readonly string[] = ['current', 'behind', 'ahead']
    if (!database || !facts || !kinds.includes(database.standing.kind)) return []
    const end = tracelessEnd(graph, facts)
    const gaps = traceless(facts).filter((one) => !end.includes(one))
    const rows = database.state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
    const made = facts.transactions ? transactionLines(rows, facts.transactions) : []
    return [
      ...(end.length > 0
        ? [
            discovery({
              severity: 'error',
              message: `The database is stamped ${listed(rows)}, but ${listed(names(end))} left no trace in its schema.`,
              why: 'Alembic takes them for applied and passes over them for good; it exits 0, and what they make stays missing.',
              evidence: end.slice(0, 3).map(missingRow),
              details: made.map((line) => `${line.slice(0, 1).toUpperCase()}${line.slice(1)}.`),
              revisions: names(end),
              remedies: remedies(lastThatRan(graph, facts, rows)),
              notAdvised: null,
            }),
          ]
        : []),
      ...gaps.map((one) =>
        discovery({
          severity: 'warning',
          message: `${shown(one.id)} counts as applied, but left no trace in the schema; later migrations did.`,
          why: 'It was stamped over, or what it made was taken away by hand; no upgrade brings it back.',
          evidence: [missingRow(one)],
          revisions: [one.id],
          remedies: [
            advice(
              'Compare the schema with what the migration makes; if it is missing, add a migration that makes it.',
            ),
          ],
        }),
      ),
    ]
  },
}

function names(traces: readonly MissingObjects[]): readonly string[] {
  return traces.map(({ id: name }) => name)
}

function missingRow({ id: name, missing, effects }: MissingObjects): [string, string] {
  return [
    `${shown(name)} lacks`,
    `${counted(effects, 'effect')}: ${missing.slice(0, 4).map(shown).join(', ')}`,
  ]
}

function remedies(last: string | null): Remedy[] {
  return [
    ...(last === null
      ? [
          advice(
            'If they never ran: stamp the last revision that did, and let the upgrade run the rest.',
            'unsure',
          ),
        ]
      : [
          command(
            'If they never ran, stamp the last revision that did (all of it is there); the upgrade runs the rest:',
            ['alembic', 'stamp', last],
            'database' as const,
            'proven' as const,
          ),
        ]),
    advice('If this is the wrong database or an empty one: mend the URL, or upgrade from base.'),
  ]
}

export default rule
