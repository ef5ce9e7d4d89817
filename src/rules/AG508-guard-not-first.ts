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
has to be in the release: as a Python package, as a dependency of package.json with a buildpack for Node.js, or by its own
buildpack. Tools for development are not.`,
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
      if (!unguarded && !ignoresGuard) {
        if (!release || roles.every((role) => role === 'other')) return []
        const isByName = simpleCommands(shell.list).some(({ words }) => words[0]?.text === 'alembic-guard')
        return [...notInstalled(release, span, isByName), ...wrongOrder(release)]
      }
      return [
        discovery({
          severity: 'warning',
          message: `The upgrade in the release command of ${shown(span.path)} ${ignoresGuard ? 'runs even when the guard before it blocks' : 'runs without the guard in front of it'}.`,
          why: 'Rollbacks, promotions and config changes release too, and nothing checks them first.',
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

/** app.json lists buildpacks, and all of them are Heroku's own, which bring no guard; somebody else's may. */
function knowsBuildpacks(app: ReleaseFacts['app']): boolean {
  const urls = app?.buildpacks ?? []
  return urls.length > 0 && urls.every((url) => /^heroku\/[\w-]+$/.test(url))
}

/** None of the buildpacks of app.json brings Node.js. */
function lacksNode(app: ReleaseFacts['app']): boolean {
  return knowsBuildpacks(app) && app?.buildpacks.every((url) => !url.includes('nodejs')) === true
}

/** The last buildpack decides which processes an app has by default: Python's has to be that. */
function wrongOrder({ app, guard }: ReleaseFacts): readonly Discovery[] {
  const urls = app?.buildpacks ?? []
  const node = urls.findLastIndex((url) => /\bnodejs\b/.test(url))
  const python = urls.findLastIndex((url) => /\bpython\b/.test(url))
  if (app === null || guard?.kind === 'pip' || python < 0 || node < python) return []
  return [
    discovery({
      severity: 'warning',
      message: `${shown(app.path)} lists the buildpack of Node.js behind the one of Python.`,
      why: 'The last buildpack decides what an app is: a new one gets the processes of a Node.js app where the Procfile names none.',
      location: { path: app.path, line: 1, column: 1 },
      remedies: [edit(`List heroku/nodejs first and heroku/python last in ${shown(app.path)}.`, 'likely')],
    }),
  ]
}

/** What the files say against finding the guard when the release command runs; nothing where they don't say. */
function notInstalled({ app, guard }: ReleaseFacts, span: Span, isByName: boolean): readonly Discovery[] {
  const starts = `The release command in ${shown(span.path)} starts the guard`
  const common = { severity: 'warning', location: span } as const
  if (guard?.kind === 'development') {
    const npm = guard.by === 'npm'
    return [
      discovery({
        ...common,
        message: `${starts}, and ${shown(guard.path)} names it only ${npm ? 'among the devDependencies, which Heroku removes after the build' : 'for development'}.`,
        why: 'The release command is not found, and every release fails.',
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
        message: `${starts}, and ${guard.hasPackageJson ? "package.json doesn't name it" : 'no file that the buildpacks of app.json install from names it'}.`,
        why: 'The release command is not found, and every release fails.',
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
      message: `${starts}, and none of the buildpacks in app.json installs Node.js.`,
      why: 'In an app that is made from app.json, such as a review app, the release command is not found.',
      remedies: [
        edit(
          'Add alembic-guard to requirements.txt, which needs no buildpack, or list heroku/nodejs first in app.json.',
          'likely',
        ),
      ],
    }),
  ]
}

export default rule
