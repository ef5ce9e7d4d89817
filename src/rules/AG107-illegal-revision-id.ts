import { discovery, edit } from '../core/findings/finding.ts'
import { bindingSpan } from '../core/history/migration-module.ts'
import type { IdProblem } from '../core/history/revision-graph.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Ids that Alembic refuses, or that mean something else to it. */
const rule: Rule = {
  code: 'AG107',
  name: 'illegal-revision-id',
  severity: 'error',
  summary: 'A revision id contains characters that Alembic refuses, or is a reserved word.',
  explanation: `\`@\`, \`-\` and \`+\` (from Alembic 1.17.1 also \`:\`) are the operators of Alembic's command line and may
not stand in an id; so UUIDs with dashes and ISO dates are out. One such file stops every command. \`head\`, \`heads\`
and \`base\` are accepted when the file is written and then mean something else when they are used. A quote breaks the
SQL that writes the version row.`,
  cure: 'Give the revision another id, and write it in the files that follow it too. If a database already carries the old id, its row has to move with it.',
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
          ? 'Alembic refuses the whole graph; every command fails.'
          : trips
            ? 'Alembic accepts it, but this upgrade would fail on it.'
            : 'Alembic accepts it, but fails when the revision is used.',
        revisions: [revision.id],
        location: bindingSpan(binding),
        remedies: [edit('Give it another id, here and in the files that follow it.', 'likely')],
      })
    })
  },
}

function problem(reason: IdProblem): string {
  switch (reason.kind) {
    case 'illegal':
      return `contains ${reason.characters.map((character) => `"${character}"`).join(' and ')}, which Alembic refuses`
    case 'empty':
      return 'is empty, so Alembic ignores it'
    case 'symbol':
      return 'is a word that Alembic reads as a symbol'
    case 'quote':
      return 'contains a quote, which breaks the SQL that writes the version table'
    case 'colon':
      return 'contains ":", which Alembic 1.17.1 and newer refuse'
    default:
      return reason satisfies never
  }
}

export default rule
