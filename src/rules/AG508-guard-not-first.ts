import { type Discovery, discovery, edit } from '../core/findings/finding.ts'
import type { Span } from '../core/history/migration-module.ts'
import type { ReleaseFacts } from '../core/release/release-facts.ts'
import { exitStatusFlow } from '../core/release/exit-status-flow.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { simpleCommands } from '../core/release/parse-shell.ts'
import { shown } from '../core/text/display.ts'

/** The upgrade runs whatever the guard says. */
const rule: Rule = {
  code: 'AG508',
  name: 'guard-not-first',
  severity: 'warning',
  summary:
    'The upgrade in the release command runs without the guard, or although it blocks, or the guard is not installed.',
  explanation: `Looking once in CI is good; but a rollback, a promotion or a changed config var releases too, and only the
release command sees those. A \`;\` or \`||\` between the guard and the upgrade lets the upgrade run in spite of it. And the guard
needs Node.js: an app.json whose buildpacks bring none makes review apps in which it is not found.`,
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
      const roles = simpleCommands(shell.list).map((command) => releaseCommandOf(command).role)
      const { unguarded, ignoresGuard } = exitStatusFlow(
        shell.list,
        (command) => releaseCommandOf(command).role,
      )
      if (!unguarded && !ignoresGuard)
        return roles.some((role) => role !== 'other') && lacksNode(release?.app ?? null)
          ? [notInstalled(span)]
          : []
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

/** app.json lists Heroku's own buildpacks, and none of them brings Node.js; somebody else's may. */
function lacksNode(app: ReleaseFacts['app']): boolean {
  const urls = app?.buildpacks ?? []
  return (
    urls.length > 0 &&
    urls.every((url) => /^heroku\/[\w-]+$/.test(url)) &&
    !urls.some((url) => url.includes('nodejs'))
  )
}

function notInstalled(span: Span): Discovery {
  return discovery({
    severity: 'warning',
    message: `The release command in ${shown(span.path)} starts the guard, and app.json lists buildpacks of which none brings Node.js.`,
    why: 'In an app that is made from app.json, such as a review app, the release command is not found.',
    location: span,
    remedies: [edit('List heroku/nodejs first and heroku/python last in app.json.', 'likely')],
  })
}

export default rule
