import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Revisions that follow or depend on each other in a circle. */
const rule: Rule = {
  code: 'AG104',
  name: 'revision-cycle',
  severity: 'error',
  summary: 'Revisions follow or depend on each other in a cycle.',
  explanation: `Alembic looks for revisions that can't be reached from a base or from a head, names them all
(innocent ones beside the circle too) and stops. A circle that can be reached from both sides slips through that check:
then Alembic runs migrations before their parents, or never comes back.`,
  cure: `One link of the path is wrong, nearly always the newest edit. Point it at the revision that it was meant to
follow.`,
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = 'b2'\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
    },
  },
  explains: ['cycle'],
  follows: { AG102: 'same revision' },
  inspect({ graph }) {
    return graph.cycles.map((cycle) => {
      const closed = [...cycle.ids, cycle.ids[0] ?? '']
      const first = graph.get(cycle.ids[0] ?? '')
      const binding = cycle.throughDependency ? first?.module.dependsOn : first?.module.downRevision
      return discovery({
        severity: 'error',
        message:
          cycle.ids.length === 1
            ? `${shown(cycle.ids[0] ?? '')} ${cycle.throughDependency ? 'depends on' : 'follows'} itself.`
            : `${cycle.ids.length} revisions ${cycle.throughDependency ? 'depend on' : 'follow'} each other in a cycle.`,
        why: cycle.detectedByAlembic
          ? 'Alembic refuses the whole graph.'
          : "Alembic doesn't detect this cycle: it runs migrations before their parents, or loops forever.",
        evidence: [['The path', path(closed)]],
        revisions: cycle.ids,
        location: bindingSpan(binding),
        remedies: [
          edit(
            `Correct the link that was edited last; "git log -p" on ${cycle.ids.length === 1 ? 'the file' : 'these files'} shows it.`,
            'likely',
          ),
        ],
      })
    })
  },
}

/** The circle as text; the middle of a long one is left out. */
function path(ids: readonly string[]): string {
  const names = ids.map(shown)
  const short = names.length > 8 ? [...names.slice(0, 4), '...', ...names.slice(-3)] : names
  return short.join(' -> ')
}

export default rule
