import { discovery, edit } from '../core/findings/finding.ts'
import { nearMisses } from '../core/history/identifier.ts'
import { descendantsOf } from '../core/history/revision-graph.ts'
import { missingParentText } from './remedies/missing-parent-remedies.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { listed, shown } from '../core/text/display.ts'

/** Reports a dependency that resolves to no revision. */
const rule: Rule = {
  code: 'AG108',
  name: 'missing-dependency',
  severity: 'error',
  summary: 'A `depends_on` entry is neither a revision id nor a branch label.',
  explanation:
    "A dependency must be a full revision id or a declared branch label. Anything else (a partial id, `label@head`, a revision from another package whose folder isn't a version location) fails with a bare `KeyError`, without even the warning that Alembic prints for a missing parent.",
  cure: 'Correct the id, restore the file, or add the folder that defines the revision to `version_locations`.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndepends_on = 'billing@head'\ndef upgrade(): pass\n`,
      },
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndepends_on = ('b2',)\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = None\nbranch_labels = 'billing'\ndef upgrade(): pass\n`,
      },
      target: 'heads',
    },
  },
  explains: ['missing-dependency'],
  follows: { AG201: 'same revision' },
  inspect({ graph, provenance }) {
    return graph.missingDependencies.map(({ revision, missing }) => {
      const after = descendantsOf(graph, [revision.id])
      const near = nearMisses(graph, missing)
        .map((miss) => miss.id)
        .filter((id) => id !== revision.id && !after.has(id))
      const found = provenance ? missingParentText(missing, 'depends_on', provenance) : null
      const binding = revision.module.dependsOn
      return discovery({
        severity: 'error',
        message: `${shown(revision.path)} depends on ${shown(missing)}, which is neither a revision nor a branch label.`,
        why: 'Every Alembic command fails with a KeyError traceback, regardless of the state of the database.',
        evidence: [
          ...(near.length > 0 ? [['Closest id', listed(near)] as [string, string]] : []),
          ...(found?.evidence ?? []),
        ],
        revisions: [revision.id, missing],
        location: bindingSpan(binding),
        remedies: [
          ...(near[0] === undefined
            ? []
            : [edit(`If you meant ${shown(near[0])}, write that id.`, 'likely')]),
          ...(found?.remedies ?? []),
          edit("If another package defines it, add that package's folder to version_locations.", 'likely'),
        ],
      })
    })
  },
}

export default rule
