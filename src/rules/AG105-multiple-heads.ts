import { ancestorsOf, descendantsOf, newestCommonAncestors } from '../core/history/revision-graph.ts'
import type { RevisionGraph } from '../core/history/revision-graph.ts'
import { type Remedy, command, discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import { type Rule, judgeFactsOf } from '../core/diagnosis/rule.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import { objectionToMerge } from '../core/judge/judge-files.ts'
import { objectName, obstacleText } from './phrases/statement-failure.ts'
import { counted, shown, shownSentence } from '../core/text/display.ts'

/** Reports multiple heads if the upgrade target is `head`. */
const rule: Rule = {
  code: 'AG105',
  name: 'multiple-heads',
  severity: 'error',
  summary: 'The history has several heads, but the release upgrades to `head`.',
  explanation:
    "Two git branches were merged, and each added a migration on top of the same parent. Each branch worked on its own. `alembic upgrade head` requires a single head: it stops before it runs anything and doesn't list the heads. A dependency between the two branches (`depends_on`) doesn't merge the heads.",
  cure: 'If one branch hasn\'t been applied to any database, point its first migration at the other head: a one-line edit that keeps the history linear. If both branches have been applied somewhere, merge the heads: `alembic merge -m "merge" HEAD HEAD`. `upgrade heads` only hides the fork and leaves several rows in the version table. Run CI on the merge result, not on the branch alone.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'c3.py': `revision = 'c3'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
      },
    },
    good: {
      files: {
        'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n`,
        'b2.py': `revision = 'b2'\ndown_revision = 'a1'\ndef upgrade(): pass\n`,
        'c3.py': `revision = 'c3'\ndown_revision = 'b2'\ndef upgrade(): pass\n`,
      },
    },
  },
  explains: ['multiple-heads'],
  follows: { AG102: 'same revision' },
  inspect(facts) {
    const { graph, target, database } = facts
    const heads = [...new Set(graph.heads)].filter((id) => !graph.duplicates.some((one) => one.id === id))
    if (target !== 'head' || heads.length < 2 || graph.problem) return []
    const fork = whereTheyPart(graph, heads)
    const stamped = new Set(
      (database?.state.versions ?? []).flatMap((row) => (row.kind === 'text' ? [row.value] : [])),
    )
    const applied = ancestorsOf(
      graph,
      [...stamped].filter((id) => graph.get(id)),
    )
    // Shared ancestors don't show which branches were applied.
    const trunk = ancestorsOf(graph, fork === null ? [] : [fork])
    const run = descendantsOf(
      graph,
      [...applied].filter((id) => !trunk.has(id)),
    )
    const unrun = database ? heads.filter((head) => !run.has(head)) : []
    const newcomer = unrun.length === 1 ? unrun[0] : undefined
    const bothRan = database !== null && unrun.length === 0
    const judge = judgeFactsOf(facts)
    const failure = (judge && objectionToMerge(judge, heads)?.failure) ?? null
    return [
      discovery({
        severity: 'error',
        message: `The history has ${counted(heads.length, 'head')}, but "head" requires exactly one.`,
        why: 'Alembic stops before it runs anything.',
        evidence: [
          ...heads
            .slice(0, 8)
            .map((id): [string, string] => ['Head', `${shown(id)} in ${shown(graph.get(id)?.path ?? '')}`]),
          ...(fork ? [['Branch point', shown(fork)] as [string, string]] : []),
        ],
        revisions: heads,
        location: bindingSpan(graph.get(newcomer ?? heads.at(-1) ?? '')?.module.downRevision),
        details: failure === null ? [] : [stillFails(failure)],
        remedies: [
          ...(failure?.kind === 'exists' ? [repeated(failure)] : []),
          ...relinks(graph, heads, newcomer, fork),
          command(
            bothRan
              ? 'Both branches have already been applied to this database, so merge the heads:'
              : 'If both branches have been applied somewhere, merge the heads:',
            ['alembic', 'merge', '-m', 'merge heads', ...heads],
            'working-tree',
            bothRan ? 'proven' : 'likely',
            { kind: 'merge', heads },
          ),
        ],
        notAdvised: `"alembic upgrade heads" would leave ${heads.length} rows in the version table, and the history would still be forked.`,
      }),
    ]
  },
}

function stillFails({ revision, object, obstacle }: PredictedFailure): string {
  return `Even with the heads merged, the upgrade would fail in ${shown(revision)} at ${shown(objectName(object))}: ${shownSentence(obstacleText(obstacle))}.`
}

/** Proposes removing an object from a migration if another branch or `create_all()` already created it. */
function repeated({ revision, object }: PredictedFailure): Remedy {
  return edit(
    `First remove ${shown(objectName(object))} from ${shown(revision)}. If no database has run that migration and it does nothing else, delete its file.`,
    'likely',
  )
}

/** Suggests putting one branch after the other. */
function relinks(
  graph: RevisionGraph,
  heads: readonly string[],
  newcomer: string | undefined,
  fork: string | null,
): readonly Remedy[] {
  const [first, second, ...more] = heads
  const moved = newcomer ?? second
  const target = heads.find((id) => id !== moved)
  if (first === undefined || moved === undefined || target === undefined || more.length > 0) return []
  const start = [...ancestorsOf(graph, [moved])].find((id) => {
    const parents = graph.get(id)?.downRevisions ?? []
    return fork === null ? parents.length === 0 : parents.includes(fork)
  })
  const path = start === undefined ? null : (graph.get(start)?.path ?? null)
  if (path === null) return []
  const change = `set down_revision = '${shown(target)}' in ${shown(path)}`
  return [
    newcomer === undefined
      ? edit(
          `If the branch that contains ${shown(moved)} hasn't been applied to any database, ${change}.`,
          'unsure',
        )
      : edit(
          `The branch that contains ${shown(moved)} hasn't been applied to this database. If the same is true of every other database, ${change}.`,
          'likely',
        ),
  ]
}

/** The newest common ancestor; null unless there is exactly one. */
function whereTheyPart(graph: RevisionGraph, heads: readonly string[]): string | null {
  const newest = newestCommonAncestors(graph, heads)
  return newest.length === 1 ? (newest[0] ?? null) : null
}

export default rule
