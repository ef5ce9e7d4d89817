import { discovery } from '../core/findings/finding.ts'
import { provenanceText } from './remedies/provenance-remedies.ts'
import { mainCause } from '../core/lost/provenances.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { listed, shown } from '../core/text/display.ts'

const files = { 'a1.py': `revision = 'base_001'\ndown_revision = None\ndef upgrade(): pass\n` }

/** Two services, one version table. */
const rule: Rule = {
  code: 'AG208',
  name: 'foreign-version',
  severity: 'error',
  summary: 'The row belongs to another Alembic project of this repository.',
  explanation: `Two services of one repository use one database, and both keep their place in \`alembic_version\`. Each
finds the other's row, which none of its files defines, and stops with "Can't locate revision identified by". Or the
configuration of one of them points at the database of the other.`,
  cure: `Look first whether the database is the right one. If the projects are to share it, give each a version table of
its own: \`version_table\` in \`context.configure\` of its env.py, and move the row there once.`,
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
          why: `Alembic would stop with: Can't locate revision identified by '${shown(row.value)}'`,
          evidence: [['This project ends with', listed(graph.heads)], ...evidence],
          revisions: [row.value],
          remedies,
          notAdvised,
        }),
      ]
    })
  },
}

export default rule
