import { advice, discovery } from '../core/findings/finding.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'
import { liveTables, twoMigrations } from './examples/two-tables.ts'

const table = { kind: 'table', schema: 'public', name: 'guests', table: null } as const

/** Reports a version row that wasn't written by the transaction that ran its migration. */
const rule: Rule = {
  code: 'AG304',
  name: 'stamped-by-hand',
  severity: 'note',
  summary:
    "On PostgreSQL, the transaction that wrote the version row created none of the migration's objects.",
  explanation: `Alembic writes the version row in the migration's transaction, and PostgreSQL records in every
catalog row which transaction created it. If the newest migration creates tables or columns, but the version row's
transaction created nothing, then something else wrote the row: \`alembic stamp\`, a manual change, or a downgrade
to this revision. That isn't necessarily a mistake, but it is a useful clue if something else looks wrong. A dump and
restore loses this information, so the rule then reports nothing.`,
  cure: 'No action is needed if the row was changed on purpose. Otherwise, compare the schema with what the migration creates before you rely on the row.',
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
          message: `The row ${shown(version)} wasn't written by the migration that it names.`,
          why: 'The transaction that wrote the row created no catalog objects: the row was stamped, changed manually, or written by a downgrade.',
          evidence: [['The migration creates', trace.makes]],
          revisions: [version],
          remedies: [
            advice(
              'No action is needed if this was intentional. Otherwise, compare the schema with what the migration creates.',
            ),
          ],
        }),
      ]
    })
  },
}

export default rule
