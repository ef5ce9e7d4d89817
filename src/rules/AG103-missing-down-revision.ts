import { discovery, edit } from '../core/findings/finding.ts'
import { nearMisses } from '../core/history/identifier.ts'
import { descendantsOf } from '../core/history/revision-graph.ts'
import { missingParentText } from './remedies/missing-parent-remedies.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { listed, shown } from '../core/text/display.ts'

/** Reports a parent revision that no file defines. */
const rule: Rule = {
  code: 'AG103',
  name: 'missing-down-revision',
  severity: 'error',
  summary: 'A `down_revision` refers to a revision that no file defines.',
  explanation:
    'Alembic builds the whole revision graph before it does anything else. A missing parent makes every command, including `alembic heads`, fail with a `KeyError` traceback, even if the database is long past that revision.',
  cure: 'Restore the missing file, or correct the id. In migration files, Alembic accepts full ids only: no file names, partial ids or branch labels.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1_users'\ndef upgrade(): pass\n`,
      },
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
    },
  },
  explains: ['missing-down-revision'],
  follows: { AG201: 'same revision', AG202: 'same revision' },
  inspect({ graph, provenance }) {
    return graph.missingParents.map(({ revision, missing }) => {
      const after = descendantsOf(graph, [revision.id])
      const near = nearMisses(graph, missing)
        .map((miss) => miss.id)
        .filter((id) => id !== revision.id && !after.has(id))
      const found = provenance ? missingParentText(missing, 'down_revision', provenance) : null
      const binding = revision.module.downRevision
      return discovery({
        severity: 'error',
        message: `The down_revision of ${shown(revision.path)} is ${shown(missing)}, which no file defines.`,
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
            : [edit(`If you meant ${shown(near[0])}, set down_revision to that id.`, 'likely')]),
          ...(found?.remedies ?? [
            edit(`If the file that defined ${shown(missing)} was deleted, restore it from git.`, 'likely'),
          ]),
        ],
      })
    })
  },
}

export default rule
