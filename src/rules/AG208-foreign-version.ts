import { discovery } from '../core/findings/finding.ts'
import { provenanceText } from './remedies/provenance-remedies.ts'
import { mainCause } from '../core/lost/provenances.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { listed, shown } from '../core/text/display.ts'

const files = { 'a1.py': `revision = 'base_001'\ndown_revision = None\ndef upgrade(): pass\n` }

/** Reports a version row that belongs to another Alembic project in the repository. */
const rule: Rule = {
  code: 'AG208',
  name: 'foreign-version',
  severity: 'error',
  summary: 'A version row belongs to another Alembic project in this repository.',
  explanation: `Two services in one repository use the same database, and both keep their version in
\`alembic_version\`. Each finds the other's row, whose revision isn't in its own files, and fails with "Can't locate
revision identified by". Alternatively, one service is configured with the other's database URL.`,
  cure: 'First check that this is the right database. If the projects are meant to share it, give each its own version table: pass `version_table` to `context.configure()` in its env.py, and move its existing row to that table.',
  examples: {
    bad: {
      files,
      versions: ['billing_007'],
      provenance: {
        byRevision: new Map([
          [
            'billing_007',
            [
              {
                kind: 'foreign',
                revision: 'billing_007',
                from: 'files',
                path: 'billing/migrations/versions/007.py',
                project: 'billing/migrations',
              },
            ],
          ],
        ]),
        place: { git: ['git'], folder: '', database: null },
        unavailable: [],
      },
    },
    good: { files, versions: ['base_001'] },
  },
  explains: ['unknown-row', 'no-files'],
  inspect({ graph, database, provenance }) {
    if (!database || !provenance || graph.problem) return []
    return database.state.versions.flatMap((row) => {
      if (row.kind !== 'text') return []
      const cause = mainCause(provenance, row.value)
      if (cause?.kind !== 'foreign') return []
      const { message, evidence, remedies, notAdvised } = provenanceText(cause, provenance.place)
      return [
        discovery({
          severity: 'error',
          message: `The database is stamped with ${shown(row.value)}. ${message}`,
          why: `Alembic would fail with: Can't locate revision identified by '${shown(row.value)}'`,
          evidence: [['Head of this project', listed(graph.heads)], ...evidence],
          revisions: [row.value],
          remedies,
          notAdvised,
        }),
      ]
    })
  },
}

export default rule
