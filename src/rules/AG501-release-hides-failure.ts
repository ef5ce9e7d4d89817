import { discovery, edit } from '../core/findings/finding.ts'
import { exitStatusFlow } from '../core/release/exit-status-flow.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** Reports a release command that hides a failed upgrade from the platform. */
const rule: Rule = {
  code: 'AG501',
  name: 'release-hides-failure',
  severity: 'warning',
  summary: 'The release command can succeed even if its upgrade fails.',
  explanation:
    "With `alembic upgrade head || true`, `alembic upgrade head; python seed.py` or `flask db upgrade | tee log`, the platform doesn't see the exit status of the upgrade. The new code runs against the old schema, and the first symptom is an error page. The guard interprets `&&`, `||`, `;`, pipes, groups and `set -e` like a POSIX shell.",
  cure: 'Join commands after the upgrade with `&&`, remove `|| true`, and use `set -o pipefail` (bash) before a pipe.',
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
          message: `The release command in ${shown(span.path)} can exit with 0 even if its upgrade fails.`,
          why: 'The platform would start the new code against the old schema.',
          location: span,
          remedies: [
            edit(
              'Pass on the exit status of the upgrade: join commands with &&, and remove "|| true".',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

export default rule
