import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Reports revisions that form a cycle of parents or dependencies. */
const rule: Rule = {
  code: 'AG104',
  name: 'revision-cycle',
  severity: 'error',
  summary: 'The revision graph contains a cycle of parents or dependencies.',
  explanation:
    "Alembic checks for revisions that can't be reached from a base or from a head. If it finds any, it lists all of them (including unaffected ones next to the cycle) and stops. A cycle that can be reached from both a base and a head passes that check, and Alembic then runs migrations before their parents, or loops forever.",
  cure: 'Correct the link that was edited last: it usually points at the wrong parent or dependency.',
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
            ? `${shown(cycle.ids[0] ?? '')} ${cycle.throughDependency ? 'depends on itself' : 'is its own parent'}.`
            : `${cycle.ids.length} revisions form a cycle${cycle.throughDependency ? ', which includes a dependency' : ''}.`,
        why: cycle.detectedByAlembic
          ? 'Alembic rejects the whole graph.'
          : "Alembic doesn't detect this cycle: it runs migrations before their parents, or loops forever.",
        evidence: [['Cycle', path(closed)]],
        revisions: cycle.ids,
        location: bindingSpan(binding),
        remedies: [
          edit(
            `Correct the link that was edited last; run "git log -p" on ${cycle.ids.length === 1 ? 'the file' : 'these files'} to find it.`,
            'likely',
          ),
        ],
      })
    })
  },
}

/** Renders a cycle, omitting the middle of a long one. */
function path(ids: readonly string[]): string {
  const names = ids.map(shown)
  const short = names.length > 8 ? [...names.slice(0, 4), '...', ...names.slice(-3)] : names
  return short.join(' -> ')
}

export default rule
