import { discovery, edit } from '../core/findings/finding.ts'
import type { RevisionGraph } from '../core/history/revision-graph.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { counted, shown } from '../core/text/display.ts'

/** Reports a second base that has no branch label. */
const rule: Rule = {
  code: 'AG111',
  name: 'several-bases',
  severity: 'warning',
  summary: 'The history has several bases, and no branch label marks them as intentional.',
  explanation:
    'Independent histories in one version table are an Alembic feature, and projects that use it give each history a branch label. A second base without a label is usually a mistake: `down_revision = None` in a file that was copied, generated against an empty folder, or written manually. It runs independently of the other migrations, in an arbitrary order.',
  cure: 'If a base was created by mistake, point it at its intended parent. If it was created on purpose, give it a branch label.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = None\ndef upgrade(): pass\n`,
        'c3.py': `revision = 'c3'\ndown_revision = ('a1', 'b2')\ndef upgrade(): pass\n`,
      },
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\nbranch_labels = 'core'\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = None\nbranch_labels = 'billing'\ndef upgrade(): pass\n`,
        'c3.py': `revision = 'c3'\ndown_revision = ('a1', 'b2')\ndef upgrade(): pass\n`,
      },
    },
  },
  explains: [],
  inspect({ graph }) {
    const bases = [...new Set(graph.bases)]
    const plain = bases.filter((id) => !hasLabel(graph, id))
    if (plain.length < 2 || graph.problem) return []
    return [
      discovery({
        severity: 'warning',
        message: `The history has ${counted(bases.length, 'base')}, ${plain.length === bases.length ? 'none of which has a' : `and ${plain.length} of them have no`} branch label.`,
        why: 'Alembic runs each base independently, in an arbitrary order.',
        evidence: plain
          .slice(0, 6)
          .map((id): [string, string] => ['Base', `${shown(id)} in ${shown(graph.get(id)?.path ?? '')}`]),
        revisions: plain,
        location: bindingSpan(graph.get(plain.at(-1) ?? '')?.module.downRevision),
        remedies: [
          edit(
            'If a base was created by mistake, set its down_revision. If it was created on purpose, give it a branch label.',
            'likely',
          ),
        ],
      }),
    ]
  },
}

/** Whether the unbranched chain that starts at this base declares a branch label. */
function hasLabel(graph: RevisionGraph, base: string): boolean {
  let id: string | undefined = base
  const seen = new Set<string>()
  while (id !== undefined && !seen.has(id)) {
    seen.add(id)
    const revision = graph.get(id)
    if (!revision) return false
    if (revision.branchLabels.length > 0) return true
    const followers = graph.map.byId.get(id)?.children ?? []
    const next: string[] = followers.filter((child) => graph.get(child)?.downRevisions.length === 1)
    id = next.length === 1 ? next[0] : undefined
  }
  return false
}

export default rule
