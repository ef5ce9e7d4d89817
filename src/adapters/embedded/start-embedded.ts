/**
 * Starts an embedded PostgreSQL in its own process if PGlite is installed and enough memory is free. Doesn't load
 * PGlite itself.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { GuardError } from '../../errors.ts'
import { type FreeMemory, freeMemory } from './free-memory.ts'
import { findPGlite } from './pglite-package.ts'
import type { EmbeddedAnswer, EmbeddedOrder } from './serve-embedded.ts'

/** Whether an embedded server can be started and, if not, why. */
export type EmbeddedState =
  | { readonly kind: 'ready'; readonly version: string; readonly lacks: (extension: string) => boolean }
  | { readonly kind: 'none'; readonly reason: string; readonly hint: string }

/**
 * Free memory, in megabytes, required to start the server. Enough for a schema with several hundred tables
 * (docs/rehearsing.md).
 */
const neededMegabytes = 240

const install =
  'Install it with: npm install @electric-sql/pglite (or pip install "alembic-guard[rehearse]").'

/** Checks whether an embedded server can be started. */
export function embeddedState(memory: FreeMemory | null = freeMemory()): EmbeddedState {
  const found = findPGlite()
  if (found === null)
    return { kind: 'none', reason: "the embedded PostgreSQL isn't installed", hint: install }
  const megabytes = memory === null ? null : Math.floor(memory.bytes / 1024 / 1024)
  if (megabytes !== null && megabytes < neededMegabytes) {
    const where = memory?.by === 'container' ? "this container's limit leaves" : 'this machine has'
    return {
      kind: 'none',
      reason: `the embedded PostgreSQL needs ${neededMegabytes} MB of memory, but ${where} only ${megabytes} MB`,
      hint: 'Give the release more memory, or use another server with --scratch-server.',
    }
  }
  const { version, extensions } = found
  return { kind: 'ready', version, lacks: (name) => name !== 'plpgsql' && !extensions.has(name) }
}

/** A running embedded server. */
export interface EmbeddedServer {
  readonly pid: number
  /** The folder of the server's socket. */
  readonly folder: string
  /** True if the server has exited for any reason. */
  ended(): boolean
}

/** Options for starting an embedded server. */
export interface EmbeddedOptions extends Omit<EmbeddedOrder, 'socket'> {
  /** The guard's own folder, where the server's socket is created. */
  readonly folder: string
  /** Executable and arguments that start the child process. */
  readonly self: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Called with the process id as soon as the process has started. */
  onStart(pid: number): Promise<void>
}

/**
 * Starts the server. The server exits when the guard does, because it reads from a pipe that the guard holds open.
 * @throws GuardError (unavailable)
 */
export async function startEmbedded(wish: EmbeddedOptions): Promise<EmbeddedServer> {
  const { self, env, folder, signal } = wish
  const [program = '', ...words] = self
  // Use only the baseline compiler. Optimizing the server's code, most of which runs only once, would take more time
  // than it saves, and another 40 MB of memory.
  const child = spawn(program, ['--liftoff-only', ...words], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: env['PATH'], TZ: 'UTC' },
  })
  child.stdin.on('error', () => undefined)
  let gone = false
  const ended = new Promise<null>((resolve) => {
    const end = (): void => {
      gone = true
      resolve(null)
    }
    child.once('error', end)
    child.once('exit', end)
  })
  const stop = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', stop)
  if (child.pid !== undefined) await wish.onStart(child.pid)
  const order: EmbeddedOrder = {
    socket: join(folder, '.s.PGSQL.5432'),
    cache: wish.cache,
    extensions: wish.extensions.filter((name) => findPGlite()?.extensions.has(name)),
  }
  child.stdin.write(`${JSON.stringify(order)}\n`)
  const line = await Promise.race([
    ended,
    new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
  ])
  const answer = line === null ? { problem: 'its process exited' } : (JSON.parse(line) as EmbeddedAnswer)
  if ('problem' in answer) {
    stop()
    signal.throwIfAborted()
    throw new GuardError(
      'unavailable',
      `The embedded PostgreSQL failed to start: ${answer.problem.replace(/\s+/g, ' ').slice(0, 200)}.`,
      'Pass --scratch-server with the URL of a server on which you can create databases, or --scratch-url.',
    )
  }
  child.unref()
  return { pid: child.pid ?? 0, folder, ended: () => gone }
}
