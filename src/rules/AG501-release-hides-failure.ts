import { discovery, edit } from '../core/findings/finding.ts'
import { exitStatusFlow } from '../core/release/exit-status-flow.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** The upgrade fails and the platform hears of a success. */
const rule: Rule = {
  code: 'AG501',
  name: 'release-hides-failure',
  severity: 'warning',
  summary: 'The release command can succeed although its upgrade failed.',
  explanation: `\`alembic upgrade head || true\`, \`alembic upgrade head; python seed.py\`, \`flask db upgrade | tee log\`: the
status that the platform sees is not that of the upgrade. The new code is started on the old schema, and the first
sign of it is an error page. The guard follows \`&&\`, \`||\`, \`;\`, pipes, groups and \`set -e\` as a POSIX shell does.`,
  cure: 'Join what comes after the upgrade with `&&`, drop `|| true`, and put `set -o pipefail` (in bash) before a pipe.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: { files: { Procfile: 'release: alembic-guard run -- alembic upgrade head || true\n' } },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: {
        files: { Procfile: 'release: alembic-guard run -- alembic upgrade head && python seed.py\n' },
      },
    },
  },
  explains: [],
  inspect({ release }) {
    return (release?.entries ?? []).flatMap(({ shell, span }) => {
      if (shell.kind === 'unknown') return []
      const { hidesFailure } = exitStatusFlow(shell.list, (command) => releaseCommandOf(command).role)
      if (!hidesFailure) return []
      return [
        discovery({
          severity: 'warning',
          message: `The release command in ${shown(span.path)} can exit with 0 although its upgrade failed.`,
          why: 'The platform would start the new code on the old schema.',
          location: span,
          remedies: [
            edit('Make the upgrade\'s status count: join commands with &&, and remove "|| true".', 'likely'),
          ],
        }),
      ]
    })
  },
}

export default rule
