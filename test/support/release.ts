/**
 * A release as a platform runs it: the built command with its wrapped command on a real database, seen while it
 * runs; and everything that was ever printed, so that no secret can hide in it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type Run, migration, scaffold } from './guard.ts'
import { missing } from './postgres.ts'

/** The built command. */
export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Stands in every database URL of these tests; no output may hold it. */
export const password = 'hunter2-Zk9'

/** Everything that the runs of this file printed. */
export const printed: string[] = []

/** `alembic` is there to be wrapped; null: it is not, which was said. */
export const alembic =
  spawnSync('alembic', ['--version']).status === 0 ? 'alembic' : missing('alembic', 'not on the PATH')

/** A URL with the password in it, for a server that trusts everybody. */
export function withPassword(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/)([^@:/]*)@/, `$1$2:${password}@`)
}

/** A running process. */
export interface Running {
  readonly child: ChildProcess
  /** Everything printed so far, both streams in the order of arrival. */
  output(): string
  /** Resolves as soon as the output matches. */
  until(pattern: RegExp): Promise<void>
  readonly ended: Promise<Run>
}

/** Starts a program; nothing of this process's environment but the path gets in. */
export function start(
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
): Running {
  const [program = '', ...words] = argv
  const child = spawn(program, words, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const seen = { stdout: '', stderr: '', all: '' }
  const waiting = new Set<() => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      seen[stream] += chunk.toString()
      seen.all += chunk.toString()
      for (const look of waiting) look()
    })
  }
  const ended = new Promise<Run>((resolve) => {
    child.on('close', (status) => {
      printed.push(seen.all)
      resolve({ stdout: seen.stdout, stderr: seen.stderr, status })
    })
  })
  return {
    child,
    output: () => seen.all,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(seen.all)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        void ended.then(() => reject(new Error(`ended without ${String(pattern)}:\n${seen.all}`)))
        look()
      }),
    ended,
  }
}

/** Starts `alembic-guard …`. */
export function startGuard(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  return start(cwd, [process.execPath, cli, ...args], env)
}

/** Runs `alembic-guard …` to its end. */
export function release(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return startGuard(cwd, args, env).ended
}

/** The key of the advisory lock at which {@link slowProject} stops. */
export const gate = 4242

/** Two migrations; the second waits until nobody holds the gate, and writes down that it ran. */
export const slowProject: Readonly<Record<string, string>> = {
  ...scaffold,
  'migrations/versions/base_001.py': migration('base_001', null),
  'migrations/versions/slow_002.py': migration('slow_002', 'base_001').replace(
    'def upgrade():\n',
    `def upgrade():\n    op.execute('SELECT pg_advisory_xact_lock(${gate})')\n    print('slow_002 runs', flush=True)\n`,
  ),
}
