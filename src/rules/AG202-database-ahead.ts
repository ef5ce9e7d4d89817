import { discovery } from '../core/findings/finding.ts'
import { provenanceText } from './remedies/provenance-remedies.ts'
import { mainCause } from '../core/lost/provenances.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { listed, shown } from '../core/text/display.ts'

const older = {
  'a1.py': `revision = 'base_001'\ndown_revision = None\ndef upgrade(): pass\n`,
  'b2.py': `revision = 'guests_002'\ndown_revision = 'base_001'\ndef upgrade(): pass\n`,
}

/** A rollback, or code that is older than the database. */
const rule: Rule = {
  code: 'AG202',
  name: 'database-ahead',
  severity: 'error',
  summary: 'The database has run revisions that come after everything in this release.',
  explanation: `A rollback releases the code of yesterday on the database of today. Alembic can't know the row, since the
file that defines it is not in this release, and stops with "Can't locate revision identified by": so the rollback itself
is refused, just when it is needed. The git history knows the row: it belongs to a newer commit that descends from this
one, and every revision between is accounted for.

A slug has no git history, and the manifest that a rollback finds in it is as old as its code: it names a newer revision
only if it was written with \`manifest --write --all-refs\` while a branch already had that revision. Otherwise nobody on
the dyno can tell a rollback from a lost file; then it is AG201, which says so and blocks also with \`--on-ahead skip\`. Ask
a clone: \`alembic-guard preflight\` there has the git history.

\`--on-ahead skip\` makes this a warning: the release passes, and the upgrade must be skipped, because Alembic would still
fail. \`alembic-guard run\` skips it.`,
  cure: `Release the newer code again. If the older code has to stay and can't work with the newer schema, run
\`alembic downgrade\` from a checkout of the newer code, before the older one is released: the older one lacks the files
that it takes. If the newer migrations only added things, let it pass with \`--on-ahead skip\`.`,
  examples: {
    bad: {
      files: older,
      versions: ['lockout_003'],
      provenance: {
        byRevision: new Map([
          [
            'lockout_003',
            [
              {
                kind: 'ahead',
                revision: 'lockout_003',
                from: 'manifest',
                path: 'migrations/versions/c3.py',
                commit: null,
                holders: [],
                beyond: ['lockout_003'],
                joins: ['guests_002'],
                files: [{ revision: 'lockout_003', downRevisions: ['guests_002'], dependsOn: [] }],
              },
            ],
          ],
        ]),
        place: { git: ['git'], folder: '', database: null },
        unavailable: [],
      },
    },
    good: { files: older, versions: ['guests_002'] },
  },
  explains: ['unknown-row'],
  inspect({ graph, database, provenance, onAhead }) {
    if (!database || !provenance || graph.problem) return []
    const rows = database.state.versions.flatMap((row) => (row.kind === 'text' ? [row.value] : []))
    // One row that nobody can place, and the upgrade can't be skipped for the sake of the others.
    const all = database.standing.kind === 'ahead'
    return rows.flatMap((row) => {
      const cause = mainCause(provenance, row)
      if (cause?.kind !== 'ahead') return []
      const { message, evidence, remedies, notAdvised } = provenanceText(cause, provenance.place)
      const skipped = onAhead === 'skip' && all
      return [
        discovery({
          severity: skipped ? 'warning' : 'error',
          message: `The database is stamped with ${shown(row)}. ${message}`,
          why: skipped
            ? "The upgrade must be skipped: Alembic wouldn't find the row."
            : `Alembic would stop with: Can't locate revision identified by '${shown(row)}'`,
          evidence: [['This release ends with', listed(graph.heads)], ...evidence],
          revisions: [row, ...cause.beyond.filter((id) => id !== row)],
          remedies,
          notAdvised,
          ...(skipped ? { skipsUpgrade: true as const } : {}),
        }),
      ]
    })
  },
}

export default rule
