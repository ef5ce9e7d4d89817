/** Creates git repositories with an Alembic project and a SQLite database. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderWith, guard, type Run, scaffold } from './guard.ts'
import { findPython } from './judge.ts'

/** A repository. If a command fails, the method throws an error that contains the output. */
export interface GitProject {
  /** Top-level folder of the repository. */
  readonly top: string
  /** The Alembic project's folder, where all commands run. */
  readonly folder: string
  git(...args: readonly string[]): string
  write(path: string, text: string): void
  remove(path: string): void
  /** Commits all changes and returns the commit id. */
  commit(subject: string): string
  alembic(...args: readonly string[]): string
  /** Runs Alembic, which may fail. */
  tryAlembic(...args: readonly string[]): Run
  guard(...args: readonly string[]): Run
  /** Runs one of the guard's remedies. */
  run(argv: readonly string[]): void
  /** Returns the rows in the version table. */
  rows(): readonly string[]
}

const python = findPython()

/** Whether Alembic and git are available. */
export const canRun = python !== null && spawnSync('git', ['--version']).status === 0

/** Returns a migration that creates a table. */
export function step(id: string, parent: string | null, table = id): string {
  const down = parent === null ? 'None' : `'${parent}'`
  return `"""Add ${table}

Revision ID: ${id}
Revises: ${parent ?? ''}
"""
from alembic import op
import sqlalchemy as sa

revision = '${id}'
down_revision = ${down}


def upgrade():
    op.create_table('${table}', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('${table}')
`
}

/** Where to create a project, and how to generate it. */
export interface GitProjectOptions {
  readonly below?: string
  readonly init?: readonly string[]
  /** Path to use instead of a new folder. */
  readonly at?: string
}

/** Creates a repository with two committed migrations, base_001 and reservations_002. */
export function gitProject({ below = '', init = [], at }: GitProjectOptions = {}): GitProject {
  const top = at ?? folderWith({})
  const folder = join(top, below)
  mkdirSync(folder, { recursive: true })
  const project = projectIn(top, folder)
  project.git('init', '-q', '-b', 'main', ...init)
  for (const [path, text] of Object.entries(scaffold)) project.write(path, text)
  project.write('.gitignore', 'app.db\n__pycache__\n')
  project.write('migrations/versions/base_001.py', step('base_001', null))
  project.write('migrations/versions/reservations_002.py', step('reservations_002', 'base_001'))
  project.commit('Begin')
  return project
}

/** Returns the project in an existing folder, such as a clone or a worktree. */
export function projectIn(top: string, folder: string, database = join(folder, 'app.db')): GitProject {
  const url = `sqlite:///${database}`
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: top,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ann Ode',
    GIT_AUTHOR_EMAIL: 'ann@example.org',
    GIT_COMMITTER_NAME: 'Ann Ode',
    GIT_COMMITTER_EMAIL: 'ann@example.org',
    PYTHONDONTWRITEBYTECODE: '1',
    DATABASE_URL: url,
  }
  const tryRun = (command: string, args: readonly string[]): Run => {
    const { stdout, stderr, status } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' })
    return { stdout, stderr, status }
  }
  const run = (command: string, args: readonly string[]): string => {
    const { stdout, stderr, status } = tryRun(command, args)
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  const project: GitProject = {
    top,
    folder,
    git: (...args) => run('git', args),
    write(path, text) {
      const full = join(folder, path)
      mkdirSync(dirname(full), { recursive: true })
      writeFileSync(full, text)
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    commit(subject) {
      project.git('add', '-A')
      project.git('commit', '-q', '-m', subject)
      return project.git('rev-parse', 'HEAD').trim()
    },
    alembic: (...args) => run(python ?? 'python3', ['-m', 'alembic', ...args]),
    tryAlembic: (...args) => tryRun(python ?? 'python3', ['-m', 'alembic', ...args]),
    guard: (...args) => guard(folder, args, { DATABASE_URL: url, GIT_CONFIG_NOSYSTEM: '1' }),
    run(argv) {
      const [command = '', ...args] = argv
      if (command === 'alembic') project.alembic(...args)
      else if (command === 'alembic-guard') {
        const { stdout, stderr, status } = project.guard(...args)
        if (status !== 0) throw new Error(`${argv.join(' ')}: ${stdout}${stderr}`)
      } else run(command, args)
    },
    rows: () =>
      run(python ?? 'python3', [
        '-c',
        'import sqlite3, sys\nfor (row,) in sqlite3.connect(sys.argv[1]).execute("SELECT version_num FROM alembic_version"): print(row)',
        database,
      ])
        .split('\n')
        .filter(Boolean),
  }
  return project
}

/** Creates a project whose migration guest_lockout_001 ran and was then deleted. */
export function deletedProject(): GitProject {
  const project = gitProject()
  const path = 'migrations/versions/guest_lockout_001.py'
  project.write(path, step('guest_lockout_001', 'reservations_002'))
  project.commit('Lock guests out')
  project.alembic('upgrade', 'head')
  project.remove(path)
  project.commit('No lockout after all')
  return project
}

/** Returns the project as a slug: without `.git`, but with the database. */
export function slugOf(project: GitProject): GitProject {
  const folder = folderWith({})
  cpSync(project.folder, folder, { recursive: true, filter: (path) => !path.endsWith('.git') })
  return projectIn(folder, folder)
}
