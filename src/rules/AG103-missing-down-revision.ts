import { type Discovery, discovery, edit } from '../core/finding.ts'
import { nearMisses } from '../core/identifier.ts'
import { spanOf } from '../core/module.ts'
import { provenanceTitles, wordsOf } from '../core/provenance-cures.ts'
import type { Provenances } from '../core/provenances.ts'
import type { Rule } from '../core/rule.ts'
import { listed, shown } from '../core/text.ts'

/** A parent that no file defines. */
const rule: Rule = {
  code: 'AG103',
  name: 'missing-down-revision',
  severity: 'error',
  summary: 'A `down_revision` names a revision that no file defines.',
  explanation: `Alembic builds the whole graph before it does anything. A parent that is not there ends in a
\`KeyError\` traceback for every command, \`alembic heads\` included, also when the database is long past that point.`,
  cure: `Bring the missing file back, or correct the name. In files Alembic takes full ids only: not the file's name,
not the first characters, not a branch label.`,
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
  inspect({ graph, provenance }) {
    return graph.missingParents.map(({ revision, missing }) => {
      const near = nearMisses(graph, missing).map((miss) => miss.id)
      const found = provenance ? whatBecame(missing, provenance) : null
      const binding = revision.module.downRevision
      return discovery({
        severity: 'error',
        message: `${shown(revision.path)} follows ${shown(missing)}, and no file defines that.`,
        why: 'Every Alembic command ends with a KeyError traceback, whatever the database holds.',
        evidence: [
          ...(near.length > 0 ? [['Closest name', listed(near)] as [string, string]] : []),
          ...(found?.evidence ?? []),
        ],
        revisions: [revision.id, missing],
        location: spanOf(binding),
        remedies: [
          ...(near[0] === undefined
            ? []
            : [edit(`If ${shown(near[0])} is meant: write that as down_revision.`, 'likely')]),
          ...(found?.remedies ?? [
            edit(`If the file of ${shown(missing)} was deleted: bring it back from git.`, 'likely'),
          ]),
        ],
      })
    })
  },
}

/** What git or the manifest knows of a parent. Of the cures those that mend the files; no database has to be touched. */
function whatBecame(
  missing: string,
  { byRevision, place, lacks }: Provenances,
): Pick<Discovery, 'evidence' | 'remedies'> | null {
  const [cause] = byRevision.get(missing) ?? []
  if (!cause) return null
  const notKnown: Discovery['evidence'] = lacks.length > 0 ? [['Not known', lacks.join('; ')]] : []
  if (cause.kind === 'near-miss' || cause.kind === 'never-here') {
    const nowhere = `no file that could be looked at ever defined ${shown(missing)}`
    return {
      evidence: [['What became of it', nowhere], ...notKnown],
      remedies: [
        edit('Write the parent that it really follows as down_revision, or bring the file.', 'unsure'),
      ],
    }
  }
  const { evidence, remedies } = wordsOf(cause, place)
  const mending = remedies.filter(({ touches }) => touches === 'working-tree')
  const renamed =
    cause.kind === 'renamed'
      ? [edit(`Write ${shown(cause.to)} as down_revision: that is its id now.`, 'likely')]
      : []
  return {
    evidence: [
      ['What became of it', `${shown(missing)} ${provenanceTitles[cause.kind]}`],
      ...evidence,
      ...notKnown,
    ],
    remedies: [...renamed, ...(mending.length > 0 ? mending : remedies)],
  }
}

export default rule
