/** What each platform needs to run the guard in front of the upgrade: files and pieces of files, with the command filled in. */
import { githubWorkflow, guardedUpgrade } from '../../core/release/init-templates.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'

/** Where a release can run. */
export const platforms = [
  'heroku',
  'render',
  'fly',
  'railway',
  'dokku',
  'docker',
  'kubernetes',
  'github-actions',
] as const

/** One of them. */
export type Platform = (typeof platforms)[number]

/** A file, or a piece of one that the user has. */
export interface PlatformFile {
  readonly path: string
  readonly text: string
  /** It can be written as it is where there is no such file; else it is a piece to copy. */
  readonly isWhole: boolean
}

/** Files, and what to know about them: one sentence each. */
export interface PlatformGuide {
  readonly title: string
  readonly files: readonly PlatformFile[]
  readonly notes: readonly string[]
  /** The guard is one of the packages that the release installs; else the platform fetches it. */
  readonly installs: boolean
}

/** What the files are about. */
export interface GuidedRelease {
  /** The command to guard. */
  readonly upgrade: readonly string[]
  /** Of the guard. */
  readonly version: string
  /** Where the project lies below the top folder; empty: there. */
  readonly folder: string
}

/** The guide of a platform other than Heroku. */
export function guideOf(platform: Exclude<Platform, 'heroku'>, release: GuidedRelease): PlatformGuide {
  return guides[platform](release)
}

function guardedWords(upgrade: readonly string[]): readonly string[] {
  return ['alembic-guard', 'run', '--', ...upgrade]
}

/** A text in YAML, in quotes where it could be something else. */
function yamlText(text: string): string {
  return /^[A-Za-z][\w./ =-]*$/.test(text) ? text : JSON.stringify(text)
}

function guarded({ upgrade }: GuidedRelease): string {
  return guardedUpgrade(shellCommand(upgrade))
}

const guides: Readonly<Record<Exclude<Platform, 'heroku'>, (release: GuidedRelease) => PlatformGuide>> = {
  render: (release) => ({
    title: 'Render',
    installs: true,
    files: [
      {
        path: 'render.yaml',
        text: `services:\n  - type: web\n    # the rest of your service stays\n    preDeployCommand: ${yamlText(guarded(release))}\n`,
        isWhole: false,
      },
    ],
    notes: [
      'The command runs without a shell, so "&&" wouldn\'t work; "run --" needs none.',
      'A failed command cancels the deploy; the old one keeps running.',
    ],
  }),
  fly: (release) => ({
    title: 'Fly.io',
    installs: true,
    files: [
      {
        path: 'fly.toml',
        text: `[deploy]\n  release_command = ${JSON.stringify(guarded(release))}\n`,
        isWhole: false,
      },
    ],
    notes: [
      'The command has 5 minutes; release_command_timeout = "15m" gives it more.',
      'Point it at the database itself, not at a pooler in transaction mode (Managed Postgres: DIRECT_DATABASE_URL).',
    ],
  }),
  railway: (release) => ({
    title: 'Railway',
    installs: true,
    files: [
      {
        path: 'railway.json',
        text: `${JSON.stringify(
          {
            $schema: 'https://railway.com/railway.schema.json',
            deploy: { preDeployCommand: [guarded(release)] },
          },
          null,
          2,
        )}\n`,
        isWhole: true,
      },
    ],
    notes: ['Railway does not run the "release" line of a Procfile.'],
  }),
  dokku: (release) => ({
    title: 'Dokku',
    installs: true,
    files: [{ path: 'Procfile', text: `release: ${guarded(release)}\n`, isWhole: false }],
    notes: ['Dokku turns every exit status but 0 into 1, and prints the output when the command has ended.'],
  }),
  docker: (release) => ({
    title: 'Docker Compose',
    installs: true,
    files: [{ path: 'compose.yaml', text: composeFile(release), isWhole: false }],
    notes: [
      'The image installs alembic-guard with the other requirements.',
      'The service "web" starts only after the upgrade has succeeded.',
    ],
  }),
  kubernetes: (release) => ({
    title: 'Kubernetes',
    installs: true,
    files: [
      { path: 'migrate.yaml', text: kubernetesJob(release), isWhole: true },
      { path: 'migrate-init-container.yaml', text: kubernetesPatch(release), isWhole: true },
    ],
    notes: [
      'One of the two: the Job runs once for each release, the init container (a patch for kubectl or kustomize) once for each pod; the release lock makes pods wait for each other.',
      'Write your image, Deployment and secret in place of your-image, web and database.',
      'With Helm the annotations run the Job before the new pods; a rollback runs it only with pre-rollback among them.',
    ],
  }),
  'github-actions': ({ version, folder }) => ({
    title: 'GitHub Actions',
    installs: false,
    files: [
      {
        path: '.github/workflows/alembic-guard.yml',
        text: githubWorkflow(version, folder),
        isWhole: true,
      },
    ],
    notes: [
      'It checks the history on an empty database. To check the live database too, run "alembic-guard preflight" with the production URL as a secret before you deploy.',
    ],
  }),
}

function composeFile({ upgrade, folder }: GuidedRelease): string {
  return `services:
  migrate:
    # the image of web
    build: .
${folder === '' ? '' : `    working_dir: ${yamlText(`/app/${folder}`)}\n`}    command: ${JSON.stringify(guardedWords(upgrade))}
    environment:
      DATABASE_URL: \${DATABASE_URL:?}
  web:
    # the rest of your service stays
    build: .
    depends_on:
      migrate:
        condition: service_completed_successfully
`
}

/** The container that upgrades, as an item of a list. */
function kubernetesContainer({ upgrade, folder }: GuidedRelease, indent: string): string {
  const lines = [
    '- name: migrate',
    '  image: your-image',
    ...(folder === '' ? [] : [`  workingDir: ${yamlText(`/app/${folder}`)}`]),
    `  command: ${JSON.stringify(guardedWords(upgrade))}`,
    '  env:',
    '    - name: DATABASE_URL',
    '      valueFrom:',
    '        secretKeyRef: { name: database, key: url }',
  ]
  return lines.map((line) => `${indent}${line}\n`).join('')
}

function kubernetesJob(release: GuidedRelease): string {
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
${kubernetesContainer(release, '        ')}`
}

function kubernetesPatch(release: GuidedRelease): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      initContainers:
${kubernetesContainer(release, '        ')}`
}
