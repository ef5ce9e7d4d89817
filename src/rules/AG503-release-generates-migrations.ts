import { discovery, edit } from '../core/findings/finding.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { simpleCommands } from '../core/release/parse-shell.ts'
import { shown } from '../core/text/display.ts'

/** Reports a release command that writes migration files to an ephemeral disk. */
const rule: Rule = {
  code: 'AG503',
  name: 'release-generates-migrations',
  severity: 'warning',
  summary: 'A release command generates migration files, which are lost when its container stops.',
  explanation: `\`flask db migrate\`, \`alembic revision --autogenerate\` and \`flask db init\` write files to the
ephemeral disk of a dyno or container. The upgrade then stamps the database with an id that no later release has.
The next release fails with "Can't locate revision identified by ..." (AG201).`,
  cure: "Generate migrations on a developer's machine, review them, and commit them. A release should only upgrade.",
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
          why: 'When the container stops, the files are lost, but the database stays stamped with their revision, which no release contains.',
          location: span,
          remedies: [
            edit('Remove this command. Generate and commit migrations before the release.', 'likely'),
          ],
        }),
      ]
    })
  },
}

export default rule
