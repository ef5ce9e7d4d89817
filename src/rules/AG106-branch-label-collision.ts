import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** One name for two things: labels and ids share a namespace. */
const rule: Rule = {
  code: 'AG106',
  name: 'branch-label-collision',
  severity: 'error',
  summary: 'A branch label is already taken by another revision, or equals a revision id.',
  explanation: `Branch labels and revision ids share one namespace. A label may be declared by one revision only, also
within one line of history, and may not be the id of any revision. Alembic refuses the whole graph.`,
  cure: 'Rename one of the labels, or remove it: every revision of a branch inherits the label of the one that declares it.',
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
        why: 'Alembic refuses the whole graph; every command fails.',
        evidence: [
          ['Declared in', shown(revision.path)],
          [other.id === label ? 'The id of' : 'and in', shown(other.path)],
        ],
        revisions: [...new Set([revision.id, other.id])],
        location: bindingSpan(binding),
        remedies: [edit('Rename or remove one of the two.', 'likely')],
      })
    })
  },
}

export default rule
