import { discovery, edit } from '../core/findings/finding.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { simpleCommands } from '../core/release/parse-shell.ts'
import { shown } from '../core/text/display.ts'

/** Reports a release command that runs `alembic stamp`. */
const rule: Rule = {
  code: 'AG502',
  name: 'release-stamps',
  severity: 'warning',
  summary: 'A release command stamps the version table.',
  explanation:
    '`alembic stamp head` marks every migration as applied without running any. That can be fine if you do it once, manually, after checking the schema. But a release command does it on every release, so the next upgrade skips migrations that failed or never ran.',
  cure: 'Remove the `stamp` command from the release. If a database was created without Alembic, stamp it once, manually.',
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
          message: `The release command in ${shown(span.path)} runs "${stamp.title}" on every release.`,
          why: 'The command marks migrations as applied even if they never ran, and no later upgrade runs them.',
          location: span,
          remedies: [
            edit(
              'Remove this command. Stamp a database only once, manually, after checking its schema.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

export default rule
