/**
 * Finds or starts the test run's PostgreSQL server. Tries `TEST_DATABASE_URL`, `TEST_POSTGRES_BIN`, Docker,
 * then binaries from the system or npm.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Client, type ClientConfig } from 'pg'
import {
  type ClusterOptions,
  type LocalCluster,
  endWithTestRun,
  findBinaries,
  serversFolder,
  startCluster,
  testRunPid,
} from './postgres-local.ts'

/** A server that can create databases. */
export interface PostgresServer {
  /** How the server was found. */
  readonly way: string
  /** A superuser's URL for the maintenance database. */
  readonly adminUrl: string
  /** The server's Unix socket directory; null for a remote server. */
  readonly socketFolder: string | null
  /** Major version, such as 15. */
  readonly major: number
  /** Creates a database and executes `sql` in it. */
  readonly createDatabase: (sql?: string) => Promise<TestDatabase>
}

export interface TestDatabase {
  readonly name: string
  readonly url: string
  /** Executes SQL as a superuser on a new connection. Returns the last statement's rows. */
  readonly execute: (sql: string) => Promise<readonly Record<string, unknown>[]>
  /** Opens a connection. The caller must `end()` it. */
  readonly connect: () => Promise<Client>
  readonly drop: () => Promise<void>
}

interface State {
  readonly way: string
  readonly adminUrl: string
  readonly socketFolder: string | null
  readonly template: string | null
}

const runFolder = join(serversFolder(), `alembic-guard-postgres-${testRunPid()}`)

/**
 * Returns the test run's server. If there is none, returns null, or throws in CI. Use with
 * `describe.skipIf(server === null)`.
 */
export async function findPostgres(): Promise<PostgresServer | null> {
  const state = await sharedState()
  if ('problem' in state) return missing('PostgreSQL server', state.problem)
  const major = await majorOf(state.adminUrl)
  return {
    way: state.way,
    adminUrl: state.adminUrl,
    socketFolder: state.socketFolder,
    major,
    createDatabase: (sql) => createDatabase(state.adminUrl, major, sql),
  }
}

/**
 * Starts a private server with its own settings, such as TLS. If the binaries are missing, returns null, or
 * throws in CI.
 */
export async function startOwnPostgres(
  options: ClusterOptions,
): Promise<(PostgresServer & LocalCluster) | null> {
  const binaries = findBinaries()
  if (binaries === null)
    return missing('PostgreSQL binaries', 'no initdb, pg_ctl and postgres on this machine')
  const shared = join(runFolder, 'template')
  const folder = join(
    serversFolder(),
    `alembic-guard-postgres-${testRunPid()}-${randomBytes(4).toString('hex')}`,
  )
  const cluster = await startCluster(binaries, folder, existsSync(shared) ? shared : null, options)
  const adminUrl = `postgresql://postgres@/postgres?host=${encodeURIComponent(cluster.socketFolder)}&port=${cluster.port}`
  const major = await majorOf(adminUrl)
  return {
    ...cluster,
    way: binaries,
    adminUrl,
    major,
    createDatabase: (sql) => createDatabase(adminUrl, major, sql),
  }
}

/** Warns that something is missing; throws in CI. */
export function missing(what: string, reason: string): null {
  const text = `SKIPPED: no ${what} (${reason})`
  if (process.env['CI']) throw new Error(text)
  process.stderr.write(`\n*** ${text} ***\n`)
  return null
}

/**
 * Returns the shared server's state. The process that creates the folder starts the server; the others wait.
 */
async function sharedState(): Promise<State | { readonly problem: string }> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return { way: 'TEST_DATABASE_URL', adminUrl: given, socketFolder: null, template: null }
  const file = join(runFolder, 'state.json')
  try {
    mkdirSync(runFolder)
  } catch {
    for (let waited = 0; !existsSync(file); waited += 50) {
      if (waited > 150_000) return { problem: `nobody finished starting it in ${runFolder}` }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const state: State | { readonly problem: string } = JSON.parse(readFileSync(file, 'utf8'))
    return state
  }
  const state = await startShared().catch((error: unknown) => ({ problem: String(error) }))
  if (!('problem' in state)) process.stderr.write(`\n*** PostgreSQL for the tests: ${state.way} ***\n`)
  writeFileSync(`${file}.new`, JSON.stringify(state))
  renameSync(`${file}.new`, file)
  return state
}

async function startShared(): Promise<State | { readonly problem: string }> {
  const container = await startContainer()
  if (container) return container
  const binaries = findBinaries()
  if (binaries === null) {
    endWithTestRun(`rm -rf '${runFolder}'`)
    return { problem: 'neither TEST_DATABASE_URL, nor a Docker engine, nor PostgreSQL binaries' }
  }
  const cluster = await startCluster(binaries, runFolder, null)
  return {
    way: `${binaries}, port ${cluster.port}`,
    adminUrl: `postgresql://postgres@127.0.0.1:${cluster.port}/postgres`,
    socketFolder: cluster.socketFolder,
    template: join(runFolder, 'template'),
  }
}

async function startContainer(): Promise<State | null> {
  if (process.env['TEST_POSTGRES_BIN'] || !(await dockerAnswers())) return null
  const image = process.env['TEST_POSTGRES_IMAGE'] ?? 'postgres:17-alpine'
  try {
    // The reaper would remove the container when this worker exits.
    process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
    const { GenericContainer, Wait } = await import('testcontainers')
    const container = await new GenericContainer(image)
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_prepared_transactions=5'])
      .withExposedPorts(5432)
      // Wait for TCP, because the server listens only on the socket while the image initializes its data.
      .withWaitStrategy(Wait.forSuccessfulCommand('pg_isready --host=127.0.0.1 --username=postgres'))
      .start()
    endWithTestRun(`docker rm -f ${container.getId()}; rm -rf '${runFolder}'`)
    return {
      way: `container ${image}`,
      adminUrl: `postgresql://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
      socketFolder: null,
      template: null,
    }
  } catch (error) {
    process.stderr.write(`\n*** Docker answers, but ${image} does not start: ${String(error)} ***\n`)
    return null
  }
}

/** Whether Docker may be available. This quick check avoids loading a large library. */
async function dockerAnswers(): Promise<boolean> {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
  const address = /^unix:\/\/(.*)$/.exec(host)?.[1]
  if (!address) return true
  return new Promise((resolve) => {
    const socket = connect(address)
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1000, () => settle(false))
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

async function majorOf(url: string): Promise<number> {
  const [row] = await execute(url, 'SHOW server_version_num')
  return Math.floor(Number(row?.['server_version_num']) / 10_000)
}

async function createDatabase(adminUrl: string, major: number, sql = ''): Promise<TestDatabase> {
  const name = `guard_${randomBytes(6).toString('hex')}`
  await execute(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0`)
  const url = adminUrl.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`)
  if (sql) await execute(url, sql)
  return {
    name,
    url,
    execute: (text) => execute(url, text),
    connect: async () => {
      const client = new Client(driverOptions(url))
      client.on('error', () => undefined)
      await client.connect()
      return client
    },
    drop: async () =>
      void (await execute(adminUrl, `DROP DATABASE IF EXISTS ${name} ${major >= 13 ? 'WITH (FORCE)' : ''}`)),
  }
}

async function execute(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(driverOptions(url))
  client.on('error', () => undefined)
  await client.connect()
  try {
    const answer = await client.query<Record<string, unknown>>(sql)
    // For multiple statements, the driver returns an array.
    return [answer].flat().at(-1)?.rows ?? []
  } finally {
    await client.end()
  }
}

/**
 * Returns the driver's options. The driver can't parse URLs such as `postgres:///app?host=/tmp&port=5433`.
 */
function driverOptions(url: string): ClientConfig {
  const socket = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?\/([^?]*)\?host=([^&]*)&port=(\d+)$/.exec(url)
  if (!socket) return { connectionString: url }
  return {
    user: socket[1] ?? 'postgres',
    database: socket[2] ?? 'postgres',
    host: decodeURIComponent(socket[3] ?? ''),
    port: Number(socket[4]),
  }
}
