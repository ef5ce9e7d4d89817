import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Reports a pending revision id that doesn't fit in `version_num`. */
const rule: Rule = {
  code: 'AG205',
  name: 'version-too-long',
  severity: 'error',
  summary: 'The id of a pending revision is longer than version_num allows.',
  explanation:
    "Alembic creates `version_num` with a width of 32 characters and never checks whether an id fits. Each step writes its own id, so one long id in the middle of the chain is enough: its migration runs, then PostgreSQL rejects the row and the upgrade is rolled back. SQLite doesn't enforce the length, so the migration works on a developer's laptop.",
  cure: 'Shorten the id, and update the files that refer to it. If another database is already stamped with it, widen the column before that revision runs: `ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(128)`, in an earlier migration or manually.',
  examples: {
    bad: {
      files: {
        'a1.py': `revision = 'a_revision_id_that_says_far_too_much'\ndown_revision = None\ndef upgrade(): pass\n`,
      },
      versions: [],
    },
    good: {
      files: {
        'a1.py': `revision = 'a_revision_id_that_says_far_too_much'\ndown_revision = None\ndef upgrade(): pass\n`,
      },
      versions: [],
      dialect: 'sqlite',
    },
  },
  explains: ['id-too-long'],
  inspect({ graph, database }) {
    if (database?.prediction.outcome !== 'fails' || database.prediction.cause.kind !== 'id-too-long')
      return []
    const { id, width } = database.prediction.cause
    return [
      discovery({
        severity: 'error',
        message: `The id ${shown(id)} has ${[...id].length} characters, but version_num allows only ${width}.`,
        why: 'The migration would run, but writing its version row would fail, and everything would be rolled back.',
        revisions: [id],
        location: bindingSpan(graph.get(id)?.module.revision),
        remedies: [
          edit(
            `If the migration hasn't run on any database yet, give it an id of at most ${width} characters.`,
            'likely',
          ),
          edit('Otherwise, widen version_num in an earlier migration.', 'likely'),
        ],
      }),
    ]
  },
}

export default rule
