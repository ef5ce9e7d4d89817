/**
 * Starts a PostgreSQL server for one rehearsal: in a container, from installed binaries, or embedded. Runs the docker
 * command directly, because testcontainers would add a hundred packages.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { GuardError } from '../../errors.ts'
import { type EmbeddedServer, embeddedState, startEmbedded } from '../embedded/start-embedded.ts'
import { readRegularFile } from '../files/regular-file.ts'
import { chooseProgram, findServerPrograms } from '../postgres/binaries.ts'
import { makeScratchFolder, makeServerFolder } from './folder.ts'
import { killFirst } from './kill-first.ts'
import type { WatchdogTask, Watchdog } from './watchdog.ts'

/** A running scratch server. */
export interface ScratchServer {
  /** URL for connecting as the superuser. Never printed. */
  readonly url: string
  /** Description of the server, such as `a container running postgres:15`. */
  readonly where: string
  /**
   * The embedded server; null for other servers. An embedded server supports a single session, and its process may
   * exit.
   */
  readonly embedded: EmbeddedServer | null
}

/** Options for starting a server. */
export interface ServerOptions {
  /** Production's major version; null if any version will do. */
  readonly major: number | null
  /** Container image; null to use the official image of the required version. */
  readonly image: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly signal: AbortSignal
  readonly guardian: Watchdog
  /** Executable and arguments of the process that runs the embedded server. */
  readonly embeddedSelf: readonly string[]
  readonly extensions: readonly string[]
  /** Whether the guard may start a container and pull its image. */
  readonly containers: boolean
  /** Announces a slow step or a fallback to the user. */
  say(line: string): void
}

const standardMajor = 17

/**
 * Starts the server.
 * @throws GuardError (unavailable) that lists the ways to provide a server.
 */
export async function makeScratchServer(wish: ServerOptions): Promise<ScratchServer> {
  if (wish.containers && (await dockerAnswers(wish))) {
    const made = await startContainer(wish)
    if (typeof made !== 'string') return made
    wish.say(`Docker is available, but ${made}; trying PostgreSQL binaries instead`)
  }
  wish.signal.throwIfAborted()
  const program = chooseProgram(await findServerPrograms(wish.env, wish.cwd), wish.major, true)
  if (program) return startCluster(wish, program.path)
  const state = embeddedState()
  if (state.kind === 'ready') return startEmbeddedServer(wish)
  throw new GuardError(
    'unavailable',
    `No scratch server is available: no Docker engine responds, no PostgreSQL binaries are installed, and ${state.reason}.`,
    `${state.hint} Or pass --scratch-server with the URL of a non-production server on which you can create databases, or --scratch-url with the URL of an empty database.`,
  )
}

/** Returns why the guard can't start a server without a container; null if it can. */
export async function reasonForNoServer(
  env: ServerOptions['env'],
  cwd: string,
): Promise<{ readonly reason: string; readonly hint: string } | null> {
  if ((await findServerPrograms(env, cwd)).length > 0) return null
  const state = embeddedState()
  return state.kind === 'ready' ? null : state
}

/**
 * Starts the embedded server.
 * @throws GuardError (unavailable) if it isn't installed or there is too little memory.
 */
export async function makeEmbeddedServer(wish: ServerOptions): Promise<ScratchServer> {
  const state = embeddedState()
  if (state.kind === 'ready') return startEmbeddedServer(wish)
  throw new GuardError('unavailable', `${state.reason.replace(/^t/, 'T')}.`, state.hint)
}

async function startEmbeddedServer(wish: ServerOptions): Promise<ScratchServer> {
  const { env, signal, guardian, extensions } = wish
  const folder = makeScratchFolder()
  await guardian.watch({ kind: 'folder', folder, binaries: null, account: null })
  const embedded = await startEmbedded({
    self: wish.embeddedSelf,
    env,
    folder,
    cache: join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? tmpdir(), '.cache'), 'alembic-guard'),
    extensions,
    signal,
    onStart: async (pid) => {
      killFirst(pid)
      await guardian.watch({ kind: 'server', pid })
    },
  })
  return {
    url: `postgresql://postgres@/postgres?host=${encodeURIComponent(folder)}`,
    where: 'embedded',
    embedded,
  }
}

interface Finished {
  readonly ok: boolean
  readonly stdout: string
  readonly stderr: string
}

async function run(
  program: string,
  args: readonly string[],
  { env, signal }: Pick<ServerOptions, 'env' | 'signal'>,
  options: { readonly timeout: number; readonly account?: WatchdogTask | null; readonly cwd?: string },
): Promise<Finished> {
  return new Promise((resolve) => {
    const { timeout, account, cwd = '/' } = options
    execFile(program, args, { ...account, cwd, env, timeout, signal }, (error, stdout, stderr) =>
      resolve({ ok: error === null, stdout, stderr }),
    )
  })
}

async function dockerAnswers(wish: ServerOptions): Promise<boolean> {
  const answer = await run('docker', ['version', '--format', '{{.Server.Version}}'], wish, { timeout: 5000 })
  return answer.ok && /^\d/.test(answer.stdout)
}

/** Starts a server in a container. Returns the reason on failure. */
async function startContainer(wish: ServerOptions): Promise<ScratchServer | string> {
  const image = wish.image ?? `postgres:${wish.major ?? standardMajor}-alpine`
  const has = await run('docker', ['image', 'inspect', image], wish, { timeout: 30_000 })
  if (!has.ok) {
    wish.say(`pulling the image ${image}`)
    const pulled = await run('docker', ['pull', '--quiet', image], wish, { timeout: 600_000 })
    if (!pulled.ok) return `the image ${image} can't be pulled`
  }
  const name = `alembic-guard-scratch-${randomBytes(6).toString('hex')}`
  const password = randomBytes(18).toString('hex')
  await wish.guardian.watch({ kind: 'container', name })
  const variables = { ...wish.env, POSTGRES_PASSWORD: password }
  const started = await run(
    'docker',
    [
      ...'run --detach --rm --env POSTGRES_PASSWORD --publish 127.0.0.1::5432 --name'.split(' '),
      name,
      image,
      ...'-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off'.split(' '),
    ],
    { ...wish, env: variables },
    { timeout: 60_000 },
  )
  if (!started.ok) return `a container running ${image} failed to start`
  const ready = await repeatedly(120, wish.signal, async () => {
    // The image first runs a temporary server that listens only on the socket, so check over TCP.
    const asked = ['exec', name, 'pg_isready', '--host=127.0.0.1', '--username=postgres']
    return (await run('docker', asked, wish, { timeout: 10_000 })).ok
  })
  if (!ready) return `PostgreSQL in the container running ${image} didn't become ready in time`
  const mapped = await run('docker', ['port', name, '5432/tcp'], wish, { timeout: 10_000 })
  const port = /:(\d+)\s*$/m.exec(mapped.stdout)?.[1]
  if (port === undefined) return `can't determine the port of the container running ${image}`
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
    where: `a container running ${image}`,
    embedded: null,
  }
}

async function repeatedly(
  times: number,
  signal: AbortSignal,
  work: () => Promise<boolean>,
): Promise<boolean> {
  for (let round = 0; round < times && !signal.aborted; round++) {
    if (await work()) return true
    await pause(250)
  }
  return false
}

/** Starts a server in a new folder, listening only on a Unix socket. */
async function startCluster(wish: ServerOptions, binaries: string): Promise<ScratchServer> {
  const account = unprivileged()
  // Socket paths are limited to 107 bytes.
  const folder = makeServerFolder()
  await wish.guardian.watch({ kind: 'folder', folder, binaries, account })
  if (account) chownSync(folder, account.uid, account.gid)
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  const options = { timeout: 120_000, account, cwd: folder }
  const quiet = { ...wish, env: { PATH: wish.env['PATH'], LC_ALL: 'C' } }
  const made = await run(
    join(binaries, 'initdb'),
    ['-D', data, ...'-U postgres -A trust -N -E UTF8 --locale=C'.split(' ')],
    quiet,
    options,
  )
  wish.signal.throwIfAborted()
  if (!made.ok) throw notStarted(binaries, made.stderr)
  const settings = [
    `listen_addresses = ''`,
    `unix_socket_directories = '${folder.replaceAll("'", "''")}'`,
    'fsync = off',
    'full_page_writes = off',
    'synchronous_commit = off',
    'autovacuum = off',
    'max_prepared_transactions = 5',
  ]
  const file = join(data, 'postgresql.conf')
  writeFileSync(file, `${String(readRegularFile(file))}\n${settings.join('\n')}\n`)
  const started = await run(
    join(binaries, 'pg_ctl'),
    ['-D', data, '-w', '-t', '60', '-l', join(folder, 'log'), 'start'],
    quiet,
    options,
  )
  wish.signal.throwIfAborted()
  if (!started.ok) throw notStarted(binaries, started.stderr)
  return {
    url: `postgresql://postgres@/postgres?host=${encodeURIComponent(folder)}`,
    where: `PostgreSQL from ${binaries}`,
    embedded: null,
  }
}

function notStarted(binaries: string, words: string): GuardError {
  const last = words.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
  return new GuardError(
    'unavailable',
    `The scratch server (PostgreSQL from ${binaries}) failed to start${last === '' ? '' : `: ${last}`}.`,
    'Pass --scratch-server with the URL of a server on which you can create databases, or --scratch-url.',
  )
}

/**
 * Returns an account to run the server under, since PostgreSQL refuses to run as root. Null if the guard isn't
 * running as root or there is no such account.
 */
function unprivileged(): WatchdogTask | null {
  if (process.getuid?.() !== 0) return null
  const accounts = String(readRegularFile('/etc/passwd'))
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find((one) => one[0] === name)
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  return null
}
