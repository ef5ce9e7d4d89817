/**
 * Makes a PostgreSQL server for one rehearsal: a container where a Docker engine answers, else from binaries on this
 * machine, else the embedded one. The container is started by the docker command, because that is what people who have an engine have;
 * testcontainers would ask them to install a library of a hundred packages for the same.
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
import { makeScratchFolder } from './folder.ts'
import type { WatchdogTask, Watchdog } from './watchdog.ts'

/** A server that stands ready. */
export interface ScratchServer {
  /** Of a superuser. Never printed. */
  readonly url: string
  /** How it was made, for people: `a container of postgres:15`. */
  readonly where: string
  /** It is embedded: one session, in a process that may end. */
  readonly embedded: EmbeddedServer | null
}

/** What making one takes. */
export interface ServerOptions {
  /** Production's major version; null: any will do. */
  readonly major: number | null
  /** Of a container; null: the official one of that version. */
  readonly image: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly signal: AbortSignal
  readonly guardian: Watchdog
  /** Program and words that start the process of an embedded server. */
  readonly embeddedSelf: readonly string[]
  /** Extensions that may be created there. */
  readonly extensions: readonly string[]
  /** A container may be started, and its image fetched. */
  readonly containers: boolean
  /** Something that takes a while, or went another way than it could have. */
  say(line: string): void
}

/** What is taken when no major version is asked for. */
const standardMajor = 17

/**
 * Makes the server.
 * @throws GuardError (unavailable) that names the ways there are.
 */
export async function makeScratchServer(wish: ServerOptions): Promise<ScratchServer> {
  if (wish.containers && (await dockerAnswers(wish))) {
    const made = await startContainer(wish)
    if (typeof made !== 'string') return made
    wish.say(`Docker answers, but ${made}; PostgreSQL binaries are tried instead`)
  }
  wish.signal.throwIfAborted()
  const program = chooseProgram(await findServerPrograms(wish.env, wish.cwd), wish.major, true)
  if (program) return startCluster(wish, program.path)
  const state = embeddedState()
  if (state.kind === 'ready') return startEmbeddedServer(wish)
  throw new GuardError(
    'unavailable',
    `There is nothing here to make a scratch database with: no Docker engine answers, there are no PostgreSQL binaries, and ${state.reason}.`,
    `${state.hint} Or give --scratch-server with the URL of a server that lets you create databases (not the one of production), or --scratch-url with an empty database.`,
  )
}

/** Whether a server can be made without a container, and if not why; null: it can. */
export async function reasonForNoServer(
  env: ServerOptions['env'],
  cwd: string,
): Promise<{ readonly reason: string; readonly hint: string } | null> {
  if ((await findServerPrograms(env, cwd)).length > 0) return null
  const state = embeddedState()
  return state.kind === 'ready' ? null : state
}

/**
 * Starts the embedded server, whatever else there is.
 * @throws GuardError (unavailable) where it isn't installed, or there is too little memory.
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
    onStart: (pid) => guardian.watch({ kind: 'server', pid }),
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

/** The text says why not. */
async function startContainer(wish: ServerOptions): Promise<ScratchServer | string> {
  const image = wish.image ?? `postgres:${wish.major ?? standardMajor}-alpine`
  const has = await run('docker', ['image', 'inspect', image], wish, { timeout: 30_000 })
  if (!has.ok) {
    wish.say(`fetching the image ${image}`)
    const pulled = await run('docker', ['pull', '--quiet', image], wish, { timeout: 600_000 })
    if (!pulled.ok) return `the image ${image} can't be fetched`
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
      '-c',
      'fsync=off',
    ],
    { ...wish, env: variables },
    { timeout: 60_000 },
  )
  if (!started.ok) return `a container of ${image} does not start`
  const ready = await repeatedly(120, wish.signal, async () => {
    // Over TCP: while the image makes its data, a server of its own listens on the socket only.
    const asked = ['exec', name, 'pg_isready', '--host=127.0.0.1', '--username=postgres']
    return (await run('docker', asked, wish, { timeout: 10_000 })).ok
  })
  if (!ready) return `PostgreSQL in a container of ${image} doesn't become ready`
  const mapped = await run('docker', ['port', name, '5432/tcp'], wish, { timeout: 10_000 })
  const port = /:(\d+)\s*$/m.exec(mapped.stdout)?.[1]
  if (port === undefined) return `the port of a container of ${image} can't be determined`
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
    where: `a container of ${image}`,
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

/** A server in a folder of its own that listens on a socket in it, and nowhere else. */
async function startCluster(wish: ServerOptions, binaries: string): Promise<ScratchServer> {
  const account = unprivileged()
  // A short path: that of a socket may have 107 bytes.
  const folder = makeScratchFolder()
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
    `A scratch server from ${binaries} does not start${last === '' ? '' : `: ${last}`}.`,
    'Give --scratch-server with the URL of a server that lets you create databases, or --scratch-url.',
  )
}

/** PostgreSQL refuses to run as root; the account to use instead, null for everybody else. */
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
