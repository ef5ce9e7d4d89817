import { discovery, edit } from '../core/findings/finding.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { simpleCommands } from '../core/release/parse-shell.ts'
import { shown } from '../core/text/display.ts'

/** A stamp on every release. */
const rule: Rule = {
  code: 'AG502',
  name: 'release-stamps',
  severity: 'warning',
  summary: 'A release command stamps the version table.',
  explanation: `\`alembic stamp head\` writes that everything is applied without applying anything. Once, by hand and
after a look at the schema, it can be right. In a release command it runs at every release, also at the one whose
migrations have failed or never ran, and hides exactly what the next upgrade would need to know.`,
  cure: 'Take it out of the release command. For a database that was made without Alembic, stamp it once by hand.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        files: { Procfile: 'release: alembic stamp head && alembic-guard run -- alembic upgrade head\n' },
      },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: { files: { Procfile: 'release: alembic-guard run -- alembic upgrade head\n' } },
    },
  },
  explains: [],
  inspect({ release }) {
    return (release?.entries ?? []).flatMap(({ shell, span }) => {
      if (shell.kind === 'unknown') return []
      const stamp = simpleCommands(shell.list)
        .map(releaseCommandOf)
        .find(({ verb }) => verb === 'stamps')
      if (!stamp) return []
      return [
        discovery({
          severity: 'warning',
          message: `The release command in ${shown(span.path)} runs "${stamp.title}" at every release.`,
          why: 'It marks migrations as applied that never ran, and nothing will run them later.',
          location: span,
          remedies: [
            edit('Remove the stamp; stamp a database once, by hand, after checking its schema.', 'likely'),
          ],
        }),
      ]
    })
  },
}

export default rule
