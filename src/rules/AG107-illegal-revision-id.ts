import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { IdProblem } from '../core/history/revision-graph.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Reports revision ids that Alembic rejects or interprets as something else. */
const rule: Rule = {
  code: 'AG107',
  name: 'illegal-revision-id',
  severity: 'error',
  summary: 'A revision id contains characters that Alembic rejects, or is a reserved word.',
  explanation:
    "`@`, `-`, `+` and, since Alembic 1.17.1, `:` are operators on Alembic's command line and aren't allowed in an id. That rules out UUIDs with dashes and ISO dates. One such file makes every command fail. Alembic accepts `head`, `heads` and `base` as ids when it creates the file, but interprets them as symbols wherever they are used. A quote breaks the SQL statement that writes the version row.",
  cure: 'Change the revision id, and update the files that refer to it. If a database is stamped with the old id, update its version row as well.',
  examples: {
    bad: { files: { 'a-1.py': `revision = 'a-1'\ndown_revision = None\ndef upgrade(): pass\n` } },
    good: { files: { 'a_1.py': `revision = 'a_1'\ndown_revision = None\ndef upgrade(): pass\n` } },
  },
  explains: ['illegal-id', 'id-in-sql', 'reserved-id'],
  inspect({ graph, database }) {
    const cause = database?.prediction.outcome === 'fails' ? database.prediction.cause : null
    const tripping = cause?.kind === 'id-in-sql' || cause?.kind === 'reserved-id' ? cause.id : null
    return graph.illegalIds.map(({ revision, reason, refused }) => {
      const binding = revision.module.revision
      const trips = tripping === revision.id
      return discovery({
        severity: refused || trips ? 'error' : 'warning',
        message: `The id ${shown(revision.id)} in ${shown(revision.path)} ${problem(reason)}.`,
        why: refused
          ? 'Alembic rejects the whole graph, so every command fails.'
          : trips
            ? 'Alembic accepts the id, but this upgrade would fail because of it.'
            : 'Alembic accepts the id, but commands that use it fail.',
        revisions: [revision.id],
        location: bindingSpan(binding),
        remedies: [edit('Change the id in this file and in the files that refer to it.', 'likely')],
      })
    })
  },
}

function problem(reason: IdProblem): string {
  switch (reason.kind) {
    case 'illegal':
      return `contains ${reason.characters.map((character) => `"${character}"`).join(' and ')}, which Alembic rejects`
    case 'empty':
      return 'is empty, so Alembic ignores it'
    case 'symbol':
      return 'is a reserved word that Alembic interprets as a symbol'
    case 'quote':
      return 'contains a quote, which breaks the SQL that writes the version row'
    case 'colon':
      return 'contains ":", which Alembic 1.17.1 and newer reject'
    default:
      return reason satisfies never
  }
}

export default rule
