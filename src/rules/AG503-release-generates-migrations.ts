import { discovery, edit } from '../core/findings/finding.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { simpleCommands } from '../core/release/parse-shell.ts'
import { shown } from '../core/text/display.ts'

/** Migrations written where nobody keeps them. */
const rule: Rule = {
  code: 'AG503',
  name: 'release-generates-migrations',
  severity: 'warning',
  summary: 'A release command writes migration files, which are lost with the machine it runs on.',
  explanation: `\`flask db migrate\`, \`alembic revision --autogenerate\`, \`flask db init\`: the file is written on a dyno or in a
container whose disk nobody keeps, the upgrade stamps the database with its id, and from then on no release knows that
id. The next one stops with "Can't locate revision identified by ...", which is AG201.`,
  cure: "Generate migrations on a developer's machine, review them, and commit them. A release only upgrades.",
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        files: { Procfile: 'release: flask db migrate && alembic-guard run -- flask db upgrade\n' },
      },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: { files: { Procfile: 'release: alembic-guard run -- flask db upgrade\n' } },
    },
  },
  explains: [],
  inspect({ release }) {
    return (release?.entries ?? []).flatMap(({ shell, span }) => {
      if (shell.kind === 'unknown') return []
      const writes = simpleCommands(shell.list)
        .map(releaseCommandOf)
        .find(({ verb }) => verb === 'rewrites')
      if (!writes) return []
      return [
        discovery({
          severity: 'warning',
          message: `The release command in ${shown(span.path)} runs "${writes.title}", which writes migration files.`,
          why: 'They are lost with the machine; the database keeps an id that no release knows.',
          location: span,
          remedies: [edit('Remove it from the release; generate and commit migrations before it.', 'likely')],
        }),
      ]
    })
  },
}

export default rule
