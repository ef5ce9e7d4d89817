import { type Discovery, discovery, edit } from '../core/findings/finding.ts'
import type { Span } from '../core/history/migration-module.ts'
import type { ReleaseFacts } from '../core/release/release-facts.ts'
import { exitStatusFlow } from '../core/release/exit-status-flow.ts'
import { releaseCommandOf } from '../core/release/release-command.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { simpleCommands } from '../core/release/parse-shell.ts'
import { shown } from '../core/text/display.ts'

/** Reports upgrades that run without the guard or ignore its verdict. */
const rule: Rule = {
  code: 'AG508',
  name: 'guard-not-first',
  severity: 'warning',
  summary:
    "The release command runs the upgrade without the guard or ignores the guard's verdict, or the guard isn't installed.",
  explanation: `A check in CI is useful, but a rollback, a promotion or a changed config var also triggers a release,
and CI doesn't see those. With a \`;\` or \`||\` between the guard and the upgrade, the upgrade runs
even if the guard blocks it. The guard also has to be part of the release: as a Python package, as a dependency in
package.json with a Node.js buildpack, or through its own buildpack. Development dependencies aren't part of it.`,
  cure: 'Put `alembic-guard run --` in front of the upgrade command; `alembic-guard init` prints the exact line.',
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
      if (!unguarded && !ignoresGuard) {
        if (!release || roles.every((role) => role === 'other')) return []
        const isByName = simpleCommands(shell.list).some(({ words }) => words[0]?.text === 'alembic-guard')
        return [...notInstalled(release, span, isByName), ...wrongOrder(release)]
      }
      return [
        discovery({
          severity: 'warning',
          message: `The release command in ${shown(span.path)} runs the upgrade ${ignoresGuard ? 'even if the guard blocks the release' : 'without the guard'}.`,
          why: "Rollbacks, promotions and config changes also trigger releases, but they don't go through CI.",
          location: span,
          remedies: [
            edit(
              'Put "alembic-guard run --" in front of the upgrade command; "alembic-guard init" prints the exact line.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/** True if app.json lists only Heroku's own buildpacks. Other buildpacks might install the guard. */
function knowsBuildpacks(app: ReleaseFacts['app']): boolean {
  const urls = app?.buildpacks ?? []
  return urls.length > 0 && urls.every((url) => /^heroku\/[\w-]+$/.test(url))
}

/** True if app.json lists only Heroku's own buildpacks, and none installs Node.js. */
function lacksNode(app: ReleaseFacts['app']): boolean {
  return knowsBuildpacks(app) && app?.buildpacks.every((url) => !url.includes('nodejs')) === true
}

/** Reports a Node.js buildpack after the Python buildpack. The last buildpack sets the app's default processes. */
function wrongOrder({ app, guard }: ReleaseFacts): readonly Discovery[] {
  const urls = app?.buildpacks ?? []
  const node = urls.findLastIndex((url) => /\bnodejs\b/.test(url))
  const python = urls.findLastIndex((url) => /\bpython\b/.test(url))
  if (app === null || guard?.kind === 'pip' || python < 0 || node < python) return []
  return [
    discovery({
      severity: 'warning',
      message: `${shown(app.path)} lists the Node.js buildpack after the Python buildpack.`,
      why: "The last buildpack determines the type of the app. If a new app's Procfile defines no processes, the app gets the Node.js buildpack's defaults.",
      location: { path: app.path, line: 1, column: 1 },
      remedies: [edit(`List heroku/nodejs first and heroku/python last in ${shown(app.path)}.`, 'likely')],
    }),
  ]
}

/** Reports a release command that is certain not to find the guard. */
function notInstalled({ app, guard }: ReleaseFacts, span: Span, isByName: boolean): readonly Discovery[] {
  const starts = `The release command in ${shown(span.path)} runs the guard`
  const common = { severity: 'warning', location: span } as const
  if (guard?.kind === 'development') {
    const npm = guard.by === 'npm'
    return [
      discovery({
        ...common,
        message: `${starts}, but ${shown(guard.path)} lists it only ${npm ? 'in devDependencies, which Heroku removes after the build' : 'as a development dependency'}.`,
        why: "Every release fails because the command isn't found.",
        remedies: [
          edit(
            npm
              ? `Move alembic-guard to the dependencies of ${shown(guard.path)}.`
              : 'Add alembic-guard to the requirements that the release installs, such as requirements.txt.',
            'likely',
          ),
        ],
      }),
    ]
  }
  if (guard?.kind === 'unnamed' && isByName && knowsBuildpacks(app) && !lacksNode(app)) {
    return [
      discovery({
        ...common,
        message: `${starts}, but ${guard.hasPackageJson ? "package.json doesn't list it" : "it isn't listed in any dependency file used by the buildpacks in app.json"}.`,
        why: "Every release fails because the command isn't found.",
        remedies: [
          edit('Add alembic-guard to requirements.txt, or to the dependencies of package.json.', 'likely'),
        ],
      }),
    ]
  }
  if (guard?.kind === 'pip' || !lacksNode(app)) return []
  return [
    discovery({
      ...common,
      message: `${starts}, but no buildpack in app.json installs Node.js.`,
      why: "In an app created from app.json, such as a review app, the release fails because the command isn't found.",
      remedies: [
        edit(
          'Add alembic-guard to requirements.txt, which needs no extra buildpack, or list heroku/nodejs first in app.json.',
          'likely',
        ),
      ],
    }),
  ]
}

export default rule
