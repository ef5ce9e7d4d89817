/**
 * Cleans up even if the guard is killed. Before creating a resource, the guard reports it to a watchdog process
 * through a pipe. When the pipe closes, the watchdog removes all reported resources. Reports contain passwords, so
 * they are never sent as arguments.
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { GuardError } from '../../errors.ts'
import { startDeadline } from '../files/deadline.ts'
import { removeTemporary } from '../files/report-file.ts'
import { rollBack } from '../edits/edit-journal.ts'
import type { PostgresPlan } from '../libpq/libpq.ts'
import { type WritingConnection, writePostgres } from '../postgres/connect.ts'
import { setSafePath } from '../postgres/safe-path.ts'

/** A resource to remove. */
export type Leftover =
  /** A database created by the guard. `plan` connects to another database on the same server. */
  | { readonly kind: 'database'; readonly plan: PostgresPlan; readonly name: string }
  /** A database that belongs to the user. The guard found it empty and must empty it again. */
  | { readonly kind: 'content'; readonly plan: PostgresPlan }
  /** A folder, which may contain a running server that `binaries` can stop. */
  | {
      readonly kind: 'folder'
      readonly folder: string
      readonly binaries: string | null
      readonly account: WatchdogTask | null
    }
  | { readonly kind: 'container'; readonly name: string }
  /** The embedded server's process. */
  | { readonly kind: 'server'; readonly pid: number }
  /** A process, killed only if the guard was killed. */
  | { readonly kind: 'process'; readonly pid: number }
  /**
   * A file write, undone only if the guard was killed; see `apply-edits.ts`. The folders are absolute paths.
   */
  | { readonly kind: 'write'; readonly folders: readonly string[]; readonly write: string }
  /** A temporary file, removed only if the guard was killed. */
  | { readonly kind: 'temporary'; readonly path: string }

/** Account that runs the server if the guard is root. */
export interface WatchdogTask {
  readonly uid: number
  readonly gid: number
}

/** The guard's interface to the watchdog process. */
export interface Watchdog {
  /** Reports a resource to the watchdog. Create the resource only after the promise resolves. */
  watch(leftover: Leftover): Promise<void>
  /** Removes all resources. Returns a description of what couldn't be removed; null on success. */
  release(): Promise<string | null>
}

/** Starts a watchdog process. `self` is its executable and arguments. */
export async function startWatchdog(
  self: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Watchdog> {
  const [program = '', ...words] = self
  const child = spawn(program, words, {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: '/',
    env: { PATH: env['PATH'], HOME: env['HOME'], DOCKER_HOST: env['DOCKER_HOST'] },
  })
  const failed = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new GuardError('unavailable', 'The watchdog process failed to start.'))
    child.once('error', fail)
    child.once('exit', fail)
  })
  failed.catch(() => undefined)
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<string> =>
    Promise.race([lines.next().then(({ value }) => String(value ?? '')), failed])
  return {
    watch: async (leftover) => {
      child.stdin.write(`${JSON.stringify(leftover)}\n`)
      await answer()
    },
    release: async () => {
      child.stdin.write('"done"\n')
      child.stdin.end()
      await answer().catch(() => '')
      const problem = await answer().catch(() => 'the watchdog process was killed')
      return problem === '' ? null : problem
    },
  }
}

/** Kinds of resources that the watchdog leaves alone after a normal exit. */
const onlyWhenKilled: ReadonlySet<Leftover['kind']> = new Set(['process', 'write', 'temporary'])

/** Runs in the watchdog process. Reads until the pipe closes, then removes all resources, newest first. */
export async function serveWatchdog(input: Readable, output: Writable): Promise<void> {
  // The guard may have exited.
  output.on('error', () => undefined)
  let leftovers: Leftover[] = []
  for await (const line of createInterface({ input })) {
    const told = JSON.parse(line) as Leftover | 'done'
    if (told === 'done') leftovers = leftovers.filter(({ kind }) => !onlyWhenKilled.has(kind))
    else leftovers.unshift(told)
    output.write('known\n')
  }
  const problems: string[] = []
  for (const leftover of leftovers) {
    const problem = await takeAway(leftover)
    if (problem !== null) problems.push(problem)
  }
  output.write(`${problems.join('; ')}\n`)
}

/**
 * Restores the function that disables the host name check, because JSON can't contain functions. As in libpq, only
 * `verify-full` checks the host name.
 */
function revived(plan: PostgresPlan): PostgresPlan {
  const targets = plan.targets.map((target) => ({
    ...target,
    tls: target.tls.map((one) =>
      one !== false && one.ca !== undefined && plan.sslmode !== 'verify-full'
        ? { ...one, checkServerIdentity: () => undefined }
        : one,
    ),
  }))
  return { ...plan, targets }
}

/** Maximum number of attempts. The first attempt may fail because the resource is still being created. */
const rounds = 20

async function takeAway(leftover: Leftover): Promise<string | null> {
  let problem: string | null = null
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await pause(500)
    try {
      if (await attempt(leftover, round)) return null
      problem = `${nameOf(leftover)} still exists`
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
      problem = `${nameOf(leftover)} couldn't be removed (${code})`
    }
  }
  return problem
}

function nameOf(leftover: Leftover): string {
  if (leftover.kind === 'database') return `the database ${leftover.name}`
  if (leftover.kind === 'content') return `the objects in ${leftover.plan.database}`
  if (leftover.kind === 'folder') return `the folder ${leftover.folder}`
  if (leftover.kind === 'write') return 'an interrupted write'
  if (leftover.kind === 'temporary') return 'a temporary file'
  if (leftover.kind === 'server') return 'the embedded server'
  return leftover.kind === 'container' ? `the container ${leftover.name}` : 'the command'
}

/** Tries to remove the resource. Returns true once it's gone. */
async function attempt(leftover: Leftover, round: number): Promise<boolean> {
  switch (leftover.kind) {
    case 'database':
      await dropDatabase(leftover.plan, leftover.name)
      return true
    case 'content':
      await withConnection(leftover.plan, async (connection) => void (await connection.ask(emptying)))
      return true
    case 'container':
      // `docker run` may still be creating the container.
      if (!(await run('docker', ['container', 'inspect', leftover.name], null))) return round >= rounds / 2
      return run('docker', ['rm', '--force', '--volumes', leftover.name], null)
    case 'folder': {
      const { folder, binaries, account } = leftover
      const data = join(folder, 'data')
      if (binaries !== null && existsSync(join(data, 'postmaster.pid')))
        await run(join(binaries, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop'], account)
      rmSync(folder, { recursive: true, force: true })
      // If the guard is killed while a server is starting, the server may recreate its folder.
      if (binaries !== null) await pause(100)
      return !existsSync(folder)
    }
    case 'write':
      try {
        rollBack('/', leftover.folders, leftover.write)
      } catch (error) {
        // Another program has changed a file. The journal remains, and the next command reports it.
        if (!(error instanceof GuardError)) throw error
      }
      return true
    case 'temporary':
      removeTemporary(leftover.path)
      return true
    case 'server':
    case 'process':
    default:
      try {
        process.kill(leftover.pid, 'SIGKILL')
      } catch {
        // The process has exited.
      }
      return true
  }
}

async function run(program: string, args: readonly string[], account: WatchdogTask | null): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, args, { ...account, cwd: '/', timeout: 30_000 }, (error) => resolve(error === null))
  })
}

async function withConnection(
  plan: PostgresPlan,
  work: (connection: WritingConnection, server: string) => Promise<void>,
): Promise<void> {
  const connection = await writePostgres(revived(plan), startDeadline(15_000))
  try {
    const [[version] = []] = await connection.read('SHOW server_version_num')
    await work(connection, version ?? '0')
  } finally {
    await connection.close()
  }
}

async function dropDatabase(plan: PostgresPlan, name: string): Promise<void> {
  await withConnection(plan, async (connection, server) => {
    const force = Number(server) >= 130_000
    if (!force) {
      await connection.read(
        `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = '${name}'`,
      )
    }
    await connection.ask(`DROP DATABASE IF EXISTS "${name}"${force ? ' WITH (FORCE)' : ''}`)
  })
}

/** SQL that drops everything in a user's database, except for the `public` schema. */
const emptying = `BEGIN; ${setSafePath}; SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
  WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND usename = current_user;
DO $empty$
DECLARE one record;
BEGIN
  FOR one IN SELECT extname AS name FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' LOOP
    EXECUTE pg_catalog.format('DROP EXTENSION %I CASCADE', one.name);
  END LOOP;
  FOR one IN SELECT nspname AS name FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') LOOP
    EXECUTE pg_catalog.format('DROP SCHEMA %I CASCADE', one.name);
  END LOOP;
  FOR one IN SELECT c.relname AS name, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
      WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS what
    FROM pg_catalog.pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm', 'S', 'f', 'c', 'r', 'p')
    ORDER BY c.relkind = 'S' LOOP
    EXECUTE pg_catalog.format('DROP %s IF EXISTS public.%I CASCADE', one.what, one.name);
  END LOOP;
  FOR one IN SELECT p.oid::regprocedure AS name FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'public'::regnamespace LOOP
    EXECUTE pg_catalog.format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
  END LOOP;
  FOR one IN SELECT t.typname AS name FROM pg_catalog.pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r') LOOP
    EXECUTE pg_catalog.format('DROP TYPE IF EXISTS public.%I CASCADE', one.name);
  END LOOP;
END $empty$; COMMIT`
