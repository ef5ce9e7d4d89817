import { restampCommand } from './remedies/remedy-text.ts'
import { advice, discovery } from '../core/findings/finding.ts'
import { nearMisses, resolveIdentifier } from '../core/history/identifier.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/**
 * Reports a version row that is almost a revision id. Alembic accepts some of these rows and then corrupts the
 * version table.
 */
const rule: Rule = {
  code: 'AG204',
  name: 'near-miss-version',
  severity: 'error',
  summary: 'A version row contains a partial id, a misspelled id, a branch label or a symbol.',
  explanation: `Alembic resolves a version row in the same way as an identifier on the command line, so it accepts a
partial id, a branch label or \`head\`. The next migration then runs, its row is *inserted* next to the incomplete row, and the
command exits with 0. The upgrade after that fails with "Requested revision … overlaps". Alembic doesn't recognize
an id in a different case or with surrounding blanks (a \`CHAR\` column pads with blanks).

If no migrations are pending, Alembic only reads the row, and the finding is a warning.`,
  cure: "Check the row carefully, then write the full id in one transaction: `UPDATE alembic_version SET version_num = 'FULL' WHERE version_num = 'PART'`.",
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'guest_lockout_001_add_table'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'reservations_002'\ndown_revision = 'guest_lockout_001_add_table'\ndef upgrade(): pass\n`,
      },
      versions: ['guest_lockout_001'],
    },
    good: {
      files: {
        'a1.py': `revision = 'guest_lockout_001_add_table'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'reservations_002'\ndown_revision = 'guest_lockout_001_add_table'\ndef upgrade(): pass\n`,
      },
      versions: ['guest_lockout_001_add_table'],
    },
  },
  explains: ['unknown-row', 'overlapping-rows'],
  inspect({ graph, database }) {
    if (!database || graph.problem) return []
    const { prediction, state } = database
    const harmless = prediction.outcome === 'succeeds' && prediction.steps.length === 0
    return state.versions.flatMap((row) => {
      if (row.kind !== 'text' || row.value === '') return []
      const resolved = resolveIdentifier(graph, row.value)
      if (resolved.kind === 'revision' && resolved.exact) return []
      if (resolved.kind === 'unknown' || resolved.kind === 'ambiguous') {
        const miss = nearMisses(graph, row.value).find(({ how }) => how === 'case' || how === 'blanks')
        if (!miss) return []
        return [
          discovery({
            severity: 'error',
            message: `The version row differs from revision ${shown(miss.id)} only in ${miss.how === 'case' ? 'letter case' : 'leading or trailing whitespace'}.`,
            why: `Alembic would fail with: Can't locate revision identified by '${shown(row.value)}'`,
            evidence: sides(row.value, miss.id),
            revisions: [row.value, miss.id],
            remedies: [
              restampCommand(
                'If you meant that revision, write its exact id into the row:',
                row.value,
                miss.id,
                'likely',
              ),
            ],
          }),
        ]
      }
      const meant = resolved.kind === 'revision' ? resolved.id : null
      return [
        discovery({
          severity: harmless ? 'warning' : 'error',
          message:
            meant === null
              ? `Alembic interprets the version row as a symbol, not as a revision id.`
              : `The version row contains ${graph.get(row.value) ? 'an alias' : `a short form of ${shown(meant)}`} instead of a full id, but Alembic accepts it.`,
          why: harmless
            ? 'No migrations are pending, so nothing breaks yet. The next migration would leave two rows in the version table.'
            : 'The upgrade would add a new row next to this one, and the upgrade after that would fail.',
          evidence: sides(row.value, meant),
          revisions: meant === null ? [row.value] : [row.value, meant],
          remedies: [
            meant === null
              ? advice("Write the database's actual revision id into the row.")
              : restampCommand(
                  'Write the full id into the row before the next upgrade:',
                  row.value,
                  meant,
                  'likely',
                ),
          ],
        }),
      ]
    })
  },
}

function sides(row: string, id: string | null): [string, string][] {
  const stamped: [string, string] = ['The database is stamped', `'${shown(row)}'`]
  return id === null ? [stamped] : [stamped, ['The revision id is', `'${shown(id)}'`]]
}

export default rule
