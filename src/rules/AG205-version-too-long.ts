import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** An id that the version table's column can't hold. */
const rule: Rule = {
  code: 'AG205',
  name: 'version-too-long',
  severity: 'error',
  summary: 'A revision that would run has an id longer than the version table really holds.',
  explanation: `Alembic makes \`version_num\` 32 characters wide and never checks an id against it. Every step writes its
own id, so one long id in the middle of the chain is enough: its migration runs, then Postgres refuses the row and
everything is rolled back. SQLite does not look at the length, which is why it passes on a laptop.`,
  cure: `Shorten the id, also in the files that follow it. If a database elsewhere already carries it, widen the column
instead, before that revision runs: \`ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(128)\`, in an
earlier migration or by hand.`,
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
        message: `The id ${shown(id)} has ${[...id].length} characters; the version table holds ${width}.`,
        why: 'Its migration would run, then writing the row fails and everything is rolled back.',
        revisions: [id],
        location: bindingSpan(graph.get(id)?.module.revision),
        remedies: [
          edit(`If no database carries it yet: give it an id of at most ${width} characters.`, 'likely'),
          edit('Otherwise widen version_num in a migration that runs before it.', 'likely'),
        ],
      }),
    ]
  },
}

export default rule
