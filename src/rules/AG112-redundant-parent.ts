import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'
import { predictUpgrade } from '../core/upgrade/predict-upgrade.ts'
import { emptyDatabase } from '../core/history/database-state.ts'

/** A legal graph on which Alembic's own bookkeeping of version rows breaks (alembic/runtime/migration.py). */
const rule: Rule = {
  code: 'AG112',
  name: 'redundant-parent',
  severity: 'error',
  summary:
    "A revision names a parent together with that parent's ancestor, and Alembic crashes on it mid-upgrade.",
  explanation: `A merge that lists a revision together with its ancestor, or a \`depends_on\` that repeats what the
parents already imply, is a legal graph. But when Alembic has run such a revision it wants to remove a version row for
each name, and the ancestor's row is long gone: \`KeyError\`, after the migration's statements ran. Databases that are
past the revision never notice, so it appears on fresh databases first: in CI, in a review app, at a new customer.

Where this database is past the revision the finding is a warning.`,
  cure: 'Remove the redundant name from `down_revision` or `depends_on`; the order stays the same.',
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
          message: `${shown(revision.id)} names ${shown(parent)} and also ${shown(ancestorOf)}, which already comes after it.`,
          why: failsNow
            ? `Alembic would crash with ${fresh.error.type}: ${fresh.error.message} after the migration ran.`
            : 'This database is past it, but on a fresh one Alembic crashes there.',
          revisions: [revision.id, parent],
          location: bindingSpan(
            revision.downRevisions.includes(parent)
              ? revision.module.downRevision
              : revision.module.dependsOn,
          ),
          remedies: [edit(`Remove ${shown(parent)} from the file; the order stays the same.`, 'proven')],
        }),
      )
  },
}

export default rule
