import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'
import { predictUpgrade } from '../core/upgrade/predict-upgrade.ts'
import { emptyDatabase } from '../core/history/database-state.ts'

/** Reports a redundant parent, which makes Alembic update version rows incorrectly (alembic/runtime/migration.py). */
const rule: Rule = {
  code: 'AG112',
  name: 'redundant-parent',
  severity: 'error',
  summary: 'A revision lists both a parent and an ancestor of that parent, so Alembic crashes mid-upgrade.',
  explanation: `A merge can list a revision together with its ancestor, and \`depends_on\` can repeat what the
parents already imply. Such a graph is valid. But after running the revision's migration, Alembic tries to
delete a version row for each listed parent. The ancestor's row is already gone, so Alembic fails with \`KeyError\`.
Databases past that revision aren't affected, so the crash appears on new databases first: in CI, in a review app,
for a new customer.

If this database is past the revision, the finding is a warning.`,
  cure: 'Remove the redundant id from `down_revision` or `depends_on`; migrations still run in the same order.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'c3.py': `revision = 'c3'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'd4.py': `revision = 'd4'\ndown_revision = ('b2', 'c3', 'a1')\ndef upgrade(): pass\n`,
      },
      versions: null,
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'c3.py': `revision = 'c3'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'd4.py': `revision = 'd4'\ndown_revision = ('b2', 'c3')\ndef upgrade(): pass\n`,
      },
      versions: null,
    },
  },
  explains: ['redundant-parent'],
  follows: { AG102: 'same revision' },
  inspect({ graph, repository, database, target }) {
    if (graph.redundantParents.length === 0) return []
    const now = database?.prediction
    const failsNow = now?.outcome === 'fails' && now.cause.kind === 'redundant-parent'
    const fresh = failsNow ? now : predictUpgrade(repository, graph, emptyDatabase('postgresql'), target)
    if (fresh.outcome !== 'fails' || fresh.cause.kind !== 'redundant-parent') return []
    const culprit = fresh.cause.revision
    return graph.redundantParents
      .filter(({ revision }) => revision.id === culprit)
      .map(({ revision, parent, ancestorOf }) =>
        discovery({
          severity: failsNow ? 'error' : 'warning',
          message: `${shown(revision.id)} lists both ${shown(parent)} and its descendant ${shown(ancestorOf)}.`,
          why: failsNow
            ? `After running the migration, Alembic would crash with ${fresh.error.type}: ${fresh.error.message}`
            : 'This database is past that revision, but Alembic would crash on a new database.',
          revisions: [revision.id, parent],
          location: bindingSpan(
            revision.downRevisions.includes(parent)
              ? revision.module.downRevision
              : revision.module.dependsOn,
          ),
          remedies: [
            edit(`Remove ${shown(parent)} from the file; migrations still run in the same order.`, 'proven'),
          ],
        }),
      )
  },
}

export default rule
