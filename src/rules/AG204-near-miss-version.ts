import { restampCommand } from './remedies/remedy-text.ts'
import { advice, discovery } from '../core/findings/finding.ts'
import { nearMisses, resolveIdentifier } from '../core/history/identifier.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** A row that is nearly an id. Alembic takes some of these, and then corrupts the table. */
const rule: Rule = {
  code: 'AG204',
  name: 'near-miss-version',
  severity: 'error',
  summary: 'The row is a partial id, another spelling of one, a branch label or a symbol.',
  explanation: `Alembic looks rows up as it looks up what people type: the beginning of an id, a branch label or
\`head\` will do. The next migration then runs, its row is *inserted* beside the incomplete one, and the command exits with
0. The upgrade after that dies with "Requested revision … overlaps". Other case or blanks around the id (a \`CHAR\` column
pads with them) are not recognised at all.

Where nothing is pending Alembic only reads the row, and the finding is a warning.`,
  cure: "Write the full id into the row, in one transaction, after looking at it twice: `UPDATE alembic_version SET version_num = 'FULL' WHERE version_num = 'PART'`.",
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
            message: `The row differs from the revision ${shown(miss.id)} only by ${miss.how === 'case' ? 'upper and lower case' : 'blanks'}.`,
            why: `Alembic would stop with: Can't locate revision identified by '${shown(row.value)}'`,
            evidence: sides(row.value, miss.id),
            revisions: [row.value, miss.id],
            remedies: [
              restampCommand(
                'If you mean that revision: write its full id into the row.',
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
              ? `The row is a word that Alembic reads as a symbol, not a revision id.`
              : `The row is not an id but ${graph.get(row.value) ? 'an alias' : `short for ${shown(meant)}`}; Alembic accepts it anyway.`,
          why: harmless
            ? 'Nothing is pending, so nothing happens yet. The next migration would leave two rows.'
            : 'The upgrade would leave this row beside the new one; the one after that fails.',
          evidence: sides(row.value, meant),
          revisions: meant === null ? [row.value] : [row.value, meant],
          remedies: [
            meant === null
              ? advice("Write the database's actual revision id into the row.")
              : restampCommand(
                  'Write the full id into the row before the next upgrade.',
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
  return id === null ? [stamped] : [stamped, ['The revision is', `'${shown(id)}'`]]
}

export default rule
