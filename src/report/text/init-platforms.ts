/** Per-platform configuration files that run the guard before the upgrade. */
import { githubWorkflow, guardedUpgrade } from '../../core/release/init-templates.ts'
import { shellCommand } from '../../core/text/shell-quoting.ts'

/** Platforms that can run a release. */
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

export type Platform = (typeof platforms)[number]

/** A complete file, or a snippet for an existing file. */
export interface PlatformFile {
  readonly path: string
  readonly text: string
  /** True for a complete file; false for a snippet to copy. */
  readonly isWhole: boolean
}

/** A platform's files, with one-sentence notes. */
export interface PlatformGuide {
  readonly title: string
  readonly files: readonly PlatformFile[]
  readonly notes: readonly string[]
  /** True if the release installs the guard as a package; false if the configuration downloads it. */
  readonly installs: boolean
}

/** Values to insert into the files. */
export interface GuidedRelease {
  /** The upgrade command to guard. */
  readonly upgrade: readonly string[]
  readonly version: string
  /** Project folder relative to the repository root; empty for the root. */
  readonly folder: string
}

/** The guide for a platform other than Heroku. */
export function guideOf(platform: Exclude<Platform, 'heroku'>, release: GuidedRelease): PlatformGuide {
  return guides[platform](release)
}

function guardedWords(upgrade: readonly string[]): readonly string[] {
  return ['alembic-guard', 'run', '--', ...upgrade]
}

/** Encodes text as a YAML scalar, quoted if necessary. */
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
        text: `services:\n  - type: web\n    # keep the rest of your service\n    preDeployCommand: ${yamlText(guarded(release))}\n`,
        isWhole: false,
      },
    ],
    notes: [
      'The command runs without a shell, so "&&" wouldn\'t work; use "run --" instead, which needs no shell.',
      'A failed command cancels the deploy; the previous version keeps running.',
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
      'The command times out after 5 minutes; raise the limit with release_command_timeout = "15m".',
      'Connect directly to the database, not through a pooler in transaction mode (Managed Postgres: DIRECT_DATABASE_URL).',
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
    notes: ['Railway doesn\'t run the "release" line of a Procfile.'],
  }),
  dokku: (release) => ({
    title: 'Dokku',
    installs: true,
    files: [{ path: 'Procfile', text: `release: ${guarded(release)}\n`, isWhole: false }],
    notes: [
      'Dokku converts every nonzero exit status to 1, and prints the output only after the command ends.',
    ],
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
      'Use one of the two files. The Job runs once per release. The init container (a patch for kubectl or kustomize) runs once per pod, and the release lock makes pods wait for each other.',
      'Replace your-image, web and database with your image, Deployment and secret.',
      'With Helm, the annotations run the Job before the new pods start. A rollback runs it only if you add the pre-rollback hook.',
    ],
  }),
  'github-actions': ({ version, folder }) => ({
    title: 'GitHub Actions',
    installs: false,
    files: [
      {
        path: '.github/workflows/alembic-guard.yml',
        text: githubWorkflow(version, folder === '' ? '' : yamlText(folder)),
        isWhole: true,
      },
    ],
    notes: [
      'This workflow checks the history on an empty database. To check the live database too, run "alembic-guard preflight" with the production URL as a secret before you deploy.',
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
    # keep the rest of your service
    build: .
    depends_on:
      migrate:
        condition: service_completed_successfully
`
}

/** The container that runs the upgrade, as a YAML list item. */
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
