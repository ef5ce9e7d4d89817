import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Reports a branch label that is also another revision's label or id. */
const rule: Rule = {
  code: 'AG106',
  name: 'branch-label-collision',
  severity: 'error',
  summary: 'A branch label is already used by another revision, or equals a revision id.',
  explanation:
    "Branch labels and revision ids share one namespace. Only one revision can declare a given label, even within one line of history, and a label can't equal a revision id. If either rule is violated, Alembic rejects the whole graph.",
  cure: 'Rename or remove one of the labels. Every revision of a branch inherits the label of the revision that declares it.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\nbranch_labels = 'billing'\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\nbranch_labels = ('billing',)\ndef upgrade(): pass\n`,
      },
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\nbranch_labels = 'billing'\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\nbranch_labels = None\ndef upgrade(): pass\n`,
      },
    },
  },
  explains: ['label-collision'],
  inspect({ graph }) {
    return graph.labelCollisions.map(({ label, revision, other }) => {
      const binding = revision.module.branchLabels
      return discovery({
        severity: 'error',
        message:
          other.id === label
            ? `The branch label ${shown(label)} in ${shown(revision.path)} is also a revision id.`
            : `Two revisions declare the branch label ${shown(label)}.`,
        why: 'Alembic rejects the whole graph, so every command fails.',
        evidence: [
          ['Declared in', shown(revision.path)],
          [other.id === label ? 'Revision id in' : 'and in', shown(other.path)],
        ],
        revisions: [...new Set([revision.id, other.id])],
        location: bindingSpan(binding),
        remedies: [edit('Rename or remove one of the labels.', 'likely')],
      })
    })
  },
}

export default rule
