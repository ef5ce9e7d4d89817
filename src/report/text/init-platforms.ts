/** What each platform needs to run the guard in front of the upgrade: texts to copy, with the command filled in. */
import { githubWorkflow, guardedUpgrade } from '../../core/release/init-templates.ts'

/** Where a release can run. */
export const platforms = [
  'heroku',
  'render',
  'fly',
  'railway',
  'dokku',
  'kubernetes',
  'github-actions',
] as const

/** One of them. */
export type Platform = (typeof platforms)[number]

/** A piece of a file, and what to know about it: one sentence each. */
export interface PlatformGuide {
  readonly title: string
  /** The file that the text belongs to. */
  readonly file: string
  readonly text: string
  readonly notes: readonly string[]
}

/** The guide of a platform other than Heroku. `upgrade`: the command to guard; `version`: of the guard. */
export function guideOf(
  platform: Exclude<Platform, 'heroku'>,
  upgrade: string,
  version: string,
): PlatformGuide {
  return guides[platform](upgrade, version)
}

const needsNode = 'Node 20.19 or newer has to be there where it runs.'

function guarded(upgrade: string, version: string): string {
  return `npx --yes alembic-guard@${version} run -- ${upgrade}`
}

const guides: Readonly<
  Record<Exclude<Platform, 'heroku'>, (upgrade: string, version: string) => PlatformGuide>
> = {
  render: (upgrade, version) => ({
    title: 'Render',
    file: 'render.yaml',
    text: `services:\n  - type: web\n    # the rest of your service stays\n    preDeployCommand: ${guarded(upgrade, version)}\n`,
    notes: [
      needsNode,
      'No shell reads the line, so "&&" would not work; "run --" needs none.',
      'A failed command cancels the deploy; the old one keeps running.',
    ],
  }),
  fly: (upgrade, version) => ({
    title: 'Fly.io',
    file: 'fly.toml',
    text: `[deploy]\n  release_command = ${JSON.stringify(guarded(upgrade, version))}\n  release_command_timeout = "10m"\n`,
    notes: [
      needsNode,
      'Point it at the database itself, not at a pooler in transaction mode (Managed Postgres: DIRECT_DATABASE_URL).',
    ],
  }),
  railway: (upgrade, version) => ({
    title: 'Railway',
    file: 'railway.json',
    text: `${JSON.stringify({ deploy: { preDeployCommand: [guarded(upgrade, version)] } }, null, 2)}\n`,
    notes: [needsNode, 'The "release" line of a Procfile is not run by Railway.'],
  }),
  dokku: (upgrade) => ({
    title: 'Dokku',
    file: 'Procfile',
    text: `release: ${guardedUpgrade(upgrade)}\n`,
    notes: [
      'Buildpacks as on Heroku, in a file .buildpacks: heroku/nodejs first, heroku/python last; package.json as "alembic-guard init" shows it.',
      'Dokku turns every exit status but 0 into 1, and prints the output when the command has ended.',
    ],
  }),
  kubernetes: (upgrade, version) => ({
    title: 'Kubernetes',
    file: 'migrate.yaml',
    text: kubernetesJob(upgrade, version),
    notes: [
      'A Job, not an init container: those run once for every replica.',
      'The image has to hold Node 20.19 or newer beside Python.',
      'With Helm: the annotations make it run before the new pods; a rollback runs it only with pre-rollback among them.',
    ],
  }),
  'github-actions': (_, version) => ({
    title: 'GitHub Actions',
    file: '.github/workflows/alembic-guard.yml',
    text: githubWorkflow(version, ''),
    notes: [
      'It checks the history on an empty database. To check what is live as well, run "alembic-guard preflight" with the production URL as a secret before you deploy.',
    ],
  }),
}

function kubernetesJob(upgrade: string, version: string): string {
  const words = ['npx', '--yes', `alembic-guard@${version}`, 'run', '--', ...upgrade.split(' ')]
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: your-image
          command: ${JSON.stringify(words)}
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef: { name: database, key: url }
`
}
