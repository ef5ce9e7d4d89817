/** Runs releases as a platform would. Keeps all output, so that it can be searched for leaked secrets. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type Run, migration, scaffold } from './guard.ts'
import { missing } from './postgres.ts'

/** Path of the built command. */
export const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Part of every database URL's password. No output may contain it. */
export const password = 'hunter2-Zk9'

/** All output from the runs in this test file. */
export const printed: string[] = []

/** The `alembic` command; null if it isn't installed. */
export const alembic =
  spawnSync('alembic', ['--version']).status === 0 ? 'alembic' : missing('alembic', 'not on the PATH')

/** Adds the password to a URL. */
export function withPassword(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/)([^@:/]*)@/, `$1$2:${password}@`)
}

/** A running command and its output. */
export interface Running {
  readonly child: ChildProcess
  /** Everything printed so far, from both streams. */
  output(): string
  /** Resolves as soon as the output matches the pattern. */
  until(pattern: RegExp): Promise<void>
  readonly ended: Promise<Run>
}

/** Starts a program, passing on only PATH from this process's environment. */
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

export function startGuard(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  return start(cwd, [process.execPath, cli, ...args], env)
}

/** Runs `alembic-guard …` until it exits. */
export function release(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return startGuard(cwd, args, env).ended
}

/** Key of the advisory lock that {@link slowProject} waits for. */
export const gate = 4242

/** Two migrations. The second waits for the advisory lock, then prints that it's running. */
export const slowProject: Readonly<Record<string, string>> = {
  ...scaffold,
  'migrations/versions/base_001.py': migration('base_001', null),
  'migrations/versions/slow_002.py': migration('slow_002', 'base_001').replace(
    'def upgrade():\n',
    `def upgrade():\n    op.execute('SELECT pg_advisory_xact_lock(${gate})')\n    print('slow_002 runs', flush=True)\n`,
  ),
}
