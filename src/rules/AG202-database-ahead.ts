import { discovery } from '../core/findings/finding.ts'
import { provenanceText } from './remedies/provenance-remedies.ts'
import { mainCause } from '../core/lost/provenances.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { listed, shown } from '../core/text/display.ts'

const older = {
  'a1.py': `revision = 'base_001'\ndown_revision = None\ndef upgrade(): pass\n`,
  'b2.py': `revision = 'guests_002'\ndown_revision = 'base_001'\ndef upgrade(): pass\n`,
}

/** Reports a rollback: the code is older than the database. */
const rule: Rule = {
  code: 'AG202',
  name: 'database-ahead',
  severity: 'error',
  summary: 'The database has run revisions that are newer than everything in this release.',
  explanation: `A rollback deploys yesterday's code against today's database. The file that defines the database's
revision isn't in this release, so Alembic fails with "Can't locate revision identified by", exactly when the rollback is
needed. The git history still contains the revision: a newer commit that descends from this one defines it, along with
every revision in between.

A slug has no git history, and the manifest in it is as old as its code. That manifest lists a newer revision only
if it was written with \`manifest --write --all-refs\` while a branch already had that revision. Otherwise, nothing
on the dyno distinguishes a rollback from a lost file, so AG201 is reported instead of AG202. AG201 blocks the release
even with \`--on-ahead skip\`. To tell the two apart, run \`alembic-guard preflight\` in a clone, which has the git
history.

If AG202 is reported, \`--on-ahead skip\` turns it into a warning. The release passes, but the upgrade must be skipped,
because Alembic would still fail. \`alembic-guard run\` skips it.`,
  cure: "Deploy the newer code again. If you need to stay on the older code and it can't work with the newer schema, first run `alembic downgrade` from a checkout of the newer code, because the older code lacks the files that a downgrade needs. If the newer migrations only added things, let the release pass with `--on-ahead skip`.",
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
    // Skip the upgrade only if no other row contains an unknown revision.
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
            ? "The upgrade must be skipped, because Alembic wouldn't find the revision."
            : `Alembic would fail with: Can't locate revision identified by '${shown(row)}'`,
          evidence: [['Head of this release', listed(graph.heads)], ...evidence],
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
