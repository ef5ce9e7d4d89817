import { discovery, edit } from '../core/finding.ts'
import { courseOf } from '../core/release-course.ts'
import { releaseCommandOf } from '../core/release-command.ts'
import type { Rule } from '../core/rule.ts'
import { shown } from '../core/text.ts'

/** The upgrade runs whatever the guard says. */
const rule: Rule = {
  code: 'AG508',
  name: 'guard-not-first',
  severity: 'warning',
  summary: 'The upgrade in the release command runs without the guard, or although the guard blocks it.',
  explanation: `Looking once in CI is good; but a rollback, a promotion or a changed config var releases too, and only the
release command sees those. A \`;\` or \`||\` between the guard and the upgrade lets the upgrade run in spite of it.`,
  cure: 'Put `alembic-guard run --` in front of the upgrade; `alembic-guard init` shows the line.',
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: { files: { Procfile: 'release: alembic upgrade head\n' } },
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      release: { files: { Procfile: 'release: alembic-guard && alembic upgrade head\n' } },
    },
  },
  explains: [],
  inspect({ release }) {
    return (release?.entries ?? []).flatMap(({ shell, span }) => {
      if (shell.kind === 'unknown') return []
      const { unguarded, ignoresGuard } = courseOf(shell.list, (command) => releaseCommandOf(command).role)
      if (!unguarded && !ignoresGuard) return []
      return [
        discovery({
          severity: 'warning',
          message: `The upgrade in the release command of ${shown(span.path)} ${ignoresGuard ? 'runs even when the guard before it blocks' : 'runs without the guard in front of it'}.`,
          why: 'Rollbacks, promotions and config changes release too, and nothing looks before they upgrade.',
          location: span,
          remedies: [
            edit(
              'Write "alembic-guard run --" in front of the upgrade; "alembic-guard init" shows the line.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

export default rule
