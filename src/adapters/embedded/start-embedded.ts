/** Starts an embedded PostgreSQL in its own process. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { GuardError } from '../../errors.ts'
import { type FreeMemory, freeMemory } from './free-memory.ts'
import { findPGlite } from './pglite-package.ts'
import type { EmbeddedAnswer, EmbeddedOrder } from './serve-embedded.ts'

/** Whether an embedded server can start and, if not, why. */
export type EmbeddedState =
  | { readonly kind: 'ready'; readonly version: string; readonly lacks: (extension: string) => boolean }
  | { readonly kind: 'none'; readonly reason: string; readonly hint: string }

/** Megabytes of memory needed to start the server. This is enough for several hundred tables (docs/rehearsing.md). */
const neededMegabytes = 240

const install =
  'Install it with: npm install @electric-sql/pglite (or pip install "alembic-guard[rehearse]").'

/** Checks whether an embedded server can start. */
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
  readonly folder: string
  ended(): boolean
}

/** Options for {@link startEmbedded}. */
export interface EmbeddedOptions extends Omit<EmbeddedOrder, 'socket'> {
  /** The guard's own folder. The socket is created there. */
  readonly folder: string
  /** Executable and arguments of the child process. */
  readonly self: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  onStart(pid: number): Promise<void>
}

/**
 * Starts the server. The server exits when the guard does, because its input pipe closes.
 * @throws GuardError (unavailable)
 */
export async function startEmbedded(wish: EmbeddedOptions): Promise<EmbeddedServer> {
  const { self, env, folder, signal } = wish
  const [program = '', ...words] = self
  // Most code runs only once, so optimizing it would waste time and 40 MB of memory.
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
