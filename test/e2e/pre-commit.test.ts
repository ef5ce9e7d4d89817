/** `.pre-commit-hooks.yaml`: what pre-commit would run, run from an installed package in a git repository. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { commands } from '../../src/commands/index.ts'
import { folderWith, migration, threeMigrations } from '../support/guard.ts'
import { installedCommands, packedTarball } from '../support/packed.ts'

interface Hook {
  readonly id: string
  readonly name: string
  readonly entry: string
  readonly language: string
  readonly pass_filenames: boolean
  readonly files: string
}

const hooks = parse(
  readFileSync(new URL('../../.pre-commit-hooks.yaml', import.meta.url), 'utf8'),
) as readonly Hook[]
const repository = fileURLToPath(new URL('../..', import.meta.url))
const bin = installedCommands(packedTarball())

/** Stands where the hook looks for npx, which would ask the registry: what was packed is the version it asks for. */
const npx = `#!/bin/sh
[ "$*" != "\${*#--yes --package alembic-guard@${packageVersion()} -- alembic-guard }" ] || exit 99
shift 5
exec '${bin}/alembic-guard' "$@"
`

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Runs a hook as pre-commit does: a program of its clone of this repository, in the repository of the user. */
function runHook(id: string, folder: string): { readonly status: number | null; readonly output: string } {
  const hook = hooks.find((one) => one.id === id)
  const [program = '', ...words] = hook?.entry.split(' ') ?? []
  const programs = folderWith({ npx })
  chmodSync(join(programs, 'npx'), 0o755)
  const { status, stdout, stderr } = spawnSync(join(repository, program), words, {
    cwd: folder,
    env: {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      // A developer's own database has no say in what is committed.
      DATABASE_URL: 'postgres://nobody:secret-word@127.0.0.1:1/nothing',
    },
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

function repositoryWith(files: Readonly<Record<string, string>>): string {
  const folder = folderWith(files)
  const git = (...words: string[]): void => void execFileSync('git', words, { cwd: folder })
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'first')
  return folder
}

test('every hook names a command that there is, and the files that it is about', () => {
  for (const { entry, language, pass_filenames: names, files } of hooks) {
    expect(entry.split(' ')[0]).toBe('scripts/pre-commit-hook')
    expect(commands.map(({ name }) => name)).toContain(entry.split(' ')[1])
    expect({ language, names }).toEqual({ language: 'script', names: false })
    expect(new RegExp(files).test('backend/migrations/versions/a.py')).toBe(true)
    expect(new RegExp(files).test('README.md')).toBe(false)
  }
})

test('the history alone: a sound one passes, a second head does not', () => {
  const folder = repositoryWith(threeMigrations)
  const sound = runHook('alembic-guard-graph', folder)
  expect(sound.output).toContain('3 revisions, head reservations_003')
  expect(sound.status).toBe(0)
  writeFileSync(join(folder, 'migrations/versions/other.py'), migration('other_004', 'add_email_002'))
  const forked = runHook('alembic-guard-graph', folder)
  expect(forked.status).toBe(1)
  expect(forked.output).toContain('[AG105]')
})

test('lint: what the branch adds', () => {
  const folder = repositoryWith(threeMigrations)
  execFileSync('git', ['switch', '-q', '-c', 'feature'], { cwd: folder })
  const sound = runHook('alembic-guard-lint', folder)
  expect(sound.status, sound.output).toBe(0)
  const positional = migration('other_004', 'reservations_003').replace(
    /def upgrade[^]*?\n\n/,
    "def upgrade():\n    op.execute(sa.text('UPDATE a SET b = :b'), {'b': 1})\n\n",
  )
  writeFileSync(join(folder, 'migrations/versions/other.py'), positional)
  const linted = runHook('alembic-guard-lint', folder)
  expect(linted.output).toContain('[AG402]')
  expect(linted.status).toBe(1)
})
