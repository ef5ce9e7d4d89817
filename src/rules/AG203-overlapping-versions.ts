import { advice, discovery } from '../core/findings/finding.ts'
import { rowsCommand } from './remedies/remedy-text.ts'
import { ancestorsOf, laterThanOthers, newestOf } from '../core/history/revision-graph.ts'
import { resolveIdentifier } from '../core/history/identifier.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { listed, shown } from '../core/text/display.ts'

/** Reports version rows whose revision is an ancestor of another row's revision. */
const rule: Rule = {
  code: 'AG203',
  name: 'overlapping-versions',
  severity: 'error',
  summary: 'The version table contains a revision together with one of its ancestors.',
  explanation: `A version row means "this revision and all its ancestors". A second row for one of those ancestors
makes Alembic fail with "Requested revision … overlaps with other requested revisions", even if no migrations are
pending. \`alembic current\` prints only one of the two. Possible causes: the history was re-parented between
releases, a row was inserted manually, a dump was restored into a live table, two applications share one table, or
Alembic itself inserted a row next to a partial id (AG204).`,
  cure: "`alembic-guard restamp --remove ANCESTOR --yes` removes the ancestor's row without running any migrations. `alembic stamp DESCENDANT` changes nothing if the descendant's row already exists.",
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
      versions: ['a1', 'b2'],
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
      versions: ['b2'],
    },
  },
  explains: ['overlapping-rows'],
  follows: { AG102: 'same revision' },
  inspect({ graph, database }) {
    if (!database || graph.problem) return []
    const rows = database.state.versions.flatMap((row) => {
      if (row.kind !== 'text') return []
      const resolved = resolveIdentifier(graph, row.value)
      return resolved.kind === 'revision' ? [{ row: row.value, id: resolved.id }] : []
    })
    const ids = [...new Set(rows.map(({ id }) => id))]
    const rowsFor = (wanted: readonly string[]): readonly string[] =>
      rows.filter(({ id }) => wanted.includes(id)).map(({ row }) => row)
    const later = laterThanOthers(graph, ids)
    return newestOf(graph, ids).flatMap((descendant) => {
      if (!later.has(descendant)) return []
      const ancestors = ancestorsOf(graph, [descendant])
      const inside = ids.filter((id) => id !== descendant && ancestors.has(id))
      return [
        discovery({
          severity: 'error',
          message: `The version table contains both ${shown(descendant)} and its ${inside.length === 1 ? 'ancestor' : 'ancestors'} ${listed(inside)}.`,
          why: 'Alembic stops before it runs anything, even if no migrations are pending.',
          evidence: rows.map(({ row }, index): [string, string] => [
            index === 0 ? 'The database is stamped' : 'and',
            shown(row),
          ]),
          revisions: [descendant, ...inside],
          remedies: [
            rowsCommand(
              `Remove the older ${inside.length === 1 ? 'row' : 'rows'}, because ${shown(descendant)} already implies ${inside.length === 1 ? 'it' : 'them'}; this runs no migrations:`,
              { changed: [], removed: rowsFor(inside), added: [] },
              'proven',
            ),
          ],
          otherwise: [
            advice(
              `Removing ${listed(rowsFor(inside))} isn't enough. Fix the other findings first, or the upgrade will still fail.`,
            ),
          ],
          notAdvised: `"alembic stamp ${shown(descendant)}" may do nothing, because that row already exists.`,
        }),
      ]
    })
  },
}

export default rule
