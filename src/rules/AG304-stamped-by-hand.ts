import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

const table = { kind: 'table', schema: 'public', name: 'guests', table: null } as const

/** The row was not written by the run of its migration. */
const rule: Rule = {
  code: 'AG304',
  name: 'stamped-by-hand',
  severity: 'note',
  summary: "PostgreSQL: the transaction that wrote the version row created none of its migration's objects.",
  explanation: `Alembic writes its row in the transaction of the migration, and PostgreSQL keeps with every catalog row the
transaction that made it. Where the newest migration makes tables or columns and the row's transaction made nothing at all,
the row was written by itself: by \`alembic stamp\`, by hand, or by a downgrade to this revision. That is no mistake; it is
worth knowing when something else does not fit. After a dump and restore nothing can be told, and nothing is said.`,
  cure: `Nothing, if you know about it. Otherwise compare the schema with what the migration creates before you rely on the stamp.`,
  examples: {
    bad: {
      files: twoMigrations,
      versions: ['b2'],
      schema: liveTables('tables', 'guests'),
      transactions: { kind: 'available', rows: [{ version: 'b2', made: [] }] },
    },
    good: {
      files: twoMigrations,
      versions: ['b2'],
      schema: liveTables('tables', 'guests'),
      transactions: { kind: 'available', rows: [{ version: 'b2', made: [table] }] },
    },
  },
  explains: [],
  follows: { AG303: 'same revision' },
  inspect({ database }) {
    const traces = database?.traces
    if (traces?.transactions?.kind !== 'available') return []
    return traces.transactions.rows.flatMap(({ version, made }) => {
      const trace = traces.traces.find((one) => one.id === version)
      if (made.length > 0 || !trace?.understood || !trace.makes) return []
      return [
        discovery({
          severity: 'note',
          message: `The row ${shown(version)} wasn't written by its migration.`,
          why: 'Nothing in the catalog shares its transaction: it was stamped, changed by hand, or reached by a downgrade.',
          evidence: [['It should have created', trace.makes]],
          revisions: [version],
          remedies: [
            advice(
              'Nothing, if you know about it; otherwise compare the schema with what the migration creates.',
            ),
          ],
        }),
      ]
    })
  },
}

export default rule
