/** Runs the commands from `.pre-commit-hooks.yaml` with an installed package. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
const bin = installedCommands(packedTarball())

/** Runs a hook's command as pre-commit does. Only .ci/hooks runs the real pre-commit. */
function runHook(id: string, folder: string): { readonly status: number | null; readonly output: string } {
  const hook = hooks.find((one) => one.id === id)
  const [program = '', ...words] = hook?.entry.split(' ') ?? []
  const { status, stdout, stderr } = spawnSync(join(bin, program), words, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      // The developer's database settings must not affect a commit.
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

test('every hook runs an existing command on the files that it needs', () => {
  for (const { entry, language, pass_filenames: names, files } of hooks) {
    expect(entry.split(' ')[0]).toBe('alembic-guard')
    expect(commands.map(({ name }) => name)).toContain(entry.split(' ')[1])
    expect({ language, names }).toEqual({ language: 'python', names: false })
    expect(new RegExp(files).test('backend/migrations/versions/a.py')).toBe(true)
    expect(new RegExp(files).test('README.md')).toBe(false)
  }
})

test('pre-commit installs the package of the same version', () => {
  const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(read('pyproject.toml')).toContain(`dependencies = ["alembic-guard==${version}"]`)
  expect(read('python/alembic_guard/__init__.py')).toContain(`__version__ = "${version}"`)
})

test("history only: a valid one passes, a second head doesn't", () => {
  const folder = repositoryWith(threeMigrations)
  const sound = runHook('alembic-guard-graph', folder)
  expect(sound.output).toContain('3 revisions, head reservations_003')
  expect(sound.status).toBe(0)
  writeFileSync(join(folder, 'migrations/versions/other.py'), migration('other_004', 'add_email_002'))
  const forked = runHook('alembic-guard-graph', folder)
  expect(forked.status).toBe(1)
  expect(forked.output).toContain('[AG105]')
})

test('lint: checks what the branch adds', () => {
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
