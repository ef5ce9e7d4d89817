/** An incident's project and database. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { cli } from '../support/guard.ts'
import type { Answer } from '../support/incidents.ts'
import type { Judges } from '../support/judges.ts'
import { type Incident, type Step, fileOf, scaffoldOf } from './incident.ts'

/** The result of running a command line. */
export interface Said {
  readonly line: string
  readonly status: number | null
  readonly text: string
}

/** A project and its database. */
export interface World {
  readonly folder: string
  readonly url: string
  /** Upgrades to these targets as the incident's role. If there are no targets, only reads the database's state. */
  upgrade(...targets: readonly string[]): Promise<Answer>
  /** Upgrades an empty database and returns the result. */
  fresh(): Promise<Answer>
  take(step: Step): Promise<void>
  /** Runs a line in bash, exactly as printed. */
  shell(line: string): Said
  guard(...args: readonly string[]): { readonly stdout: string; readonly status: number | null }
  /** Copies the project and its database. */
  copy(): Promise<World>
}

const versionTable =
  'CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))'

/** Creates the programs that a printed command may call. */
function makePrograms(folder: string, python: string): string {
  const programs: Readonly<Record<string, string>> = {
    'alembic-guard': `exec '${process.execPath}' '${cli}' "$@"`,
    alembic: `exec '${python}' -m alembic "$@"`,
    flask: `exec '${python}' -m flask "$@"`,
    python: `exec '${python}' "$@"`,
    poetry: '[ "$1" = run ] || exit 2; shift; exec "$@"',
    uv: '[ "$1" = run ] || exit 2; shift; exec "$@"',
  }
  const path = join(folder, 'bin')
  mkdirSync(path, { recursive: true })
  for (const [name, line] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(path, name), 0o755)
  }
  return path
}

let made = 0

/** Creates the incidents' projects and databases. `clear` removes them. */
export class Worlds {
  readonly #judges: Judges
  readonly #programs: string
  readonly #dialect: 'postgresql' | 'sqlite'
  #databases: string[] = []
  #folders: string[] = []

  constructor(judges: Judges, dialect: 'postgresql' | 'sqlite') {
    this.#judges = judges
    this.#dialect = dialect
    this.#programs = makePrograms(judges.folder, judges.python ?? 'python3')
  }

  /** Creates a committed project with an empty database. */
  async begin(incident: Incident): Promise<World> {
    const folder = this.#newFolder()
    const world = this.#world(folder, await this.#newDatabase(folder, null), incident)
    world.shell('git init -q -b main')
    await world.take({
      commit: { '.gitignore': 'app.db*\n__pycache__/\n', ...scaffoldOf(incident) },
    })
    return world
  }

  async clear(): Promise<void> {
    const { server } = this.#judges
    for (const name of this.#databases.splice(0))
      await this.#admin(
        `DROP DATABASE IF EXISTS ${name} ${server && server.major >= 13 ? 'WITH (FORCE)' : ''}`,
      )
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  }

  #newFolder(): string {
    made += 1
    const folder = join(this.#judges.folder, `p${process.pid}_${made}`)
    mkdirSync(folder)
    this.#folders.push(folder)
    return folder
  }

  async #admin(sql: string): Promise<void> {
    await this.#judges.database?.execute(sql)
  }

  async #newDatabase(folder: string, template: string | null): Promise<string> {
    if (this.#dialect === 'sqlite') return `sqlite:///${join(folder, 'app.db')}`
    const { database } = this.#judges
    if (!database) throw new Error('no PostgreSQL server')
    made += 1
    const name = `incident_${process.pid}_${made}`
    await this.#admin(`CREATE DATABASE ${name} TEMPLATE ${template ?? 'template0'}`)
    this.#databases.push(name)
    return database.url.replace(database.name, name)
  }

  #world(folder: string, url: string, incident: Incident): World {
    const { driver } = this.#judges
    const { role } = incident
    const asRole = role === undefined ? url : url.replace(/\/\/[^@/]*@/, `//${role}@`)
    const root = join(folder, 'migrations')
    const env = {
      PATH: `${this.#programs}:/usr/bin:/bin`,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ann Ode',
      GIT_AUTHOR_EMAIL: 'ann@example.org',
      GIT_COMMITTER_NAME: 'Ann Ode',
      GIT_COMMITTER_EMAIL: 'ann@example.org',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore',
      DATABASE_URL: asRole,
    }
    const run = (program: string, args: readonly string[]) =>
      spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 })
    const world: World = {
      folder,
      url,
      upgrade: (...targets) => driver.ask({ root, url: asRole, upgrade: targets }),
      fresh: async () => {
        const there = this.#newFolder()
        return driver.ask({ root, url: await this.#newDatabase(there, null), upgrade: ['heads'] })
      },
      take: async (step) => this.#take(world, step),
      shell(line) {
        const { status, stdout, stderr } = run('bash', ['-c', line])
        return { line, status, text: `${stdout}${stderr}` }
      },
      guard(...args) {
        const { status, stdout } = run(process.execPath, [cli, ...args])
        return { status, stdout }
      },
      copy: async () => {
        const there = this.#newFolder()
        cpSync(folder, there, { recursive: true })
        const name = /\/(incident_\w+)/.exec(url)?.[1] ?? null
        return this.#world(there, await this.#newDatabase(there, name), incident)
      },
    }
    return world
  }

  async #take(world: World, step: Step): Promise<void> {
    if ('commit' in step || 'change' in step) {
      const files = 'commit' in step ? step.commit : step.change
      for (const [key, spec] of Object.entries(files)) {
        const { path, text } = fileOf(key, spec)
        const full = join(world.folder, path)
        mkdirSync(dirname(full), { recursive: true })
        if (text === null) rmSync(full)
        else writeFileSync(full, text)
      }
      if ('commit' in step) succeed(world.shell('git add -A && git commit -q -m "Change migrations"'))
    } else if ('git' in step) succeed(world.shell(`git ${step.git.join(' ')}`))
    else if ('image' in step) rmSync(join(world.folder, '.git'), { recursive: true })
    else if ('upgrade' in step) {
      const { error } = await world.upgrade(...step.upgrade)
      if ((error !== null) !== (step.fails === true)) throw new Error(`upgrade: ${error ?? 'no error'}`)
    } else if ('sql' in step) await execute(world.url, step.sql)
    else {
      const inserts = step.rows.map((row) => `INSERT INTO alembic_version VALUES ('${row}')`)
      await execute(world.url, [versionTable, 'DELETE FROM alembic_version', ...inserts])
    }
  }
}

function succeed({ line, status, text }: Said): void {
  if (status !== 0) throw new Error(`${line}: ${text}`)
}

/** Executes statements as a superuser, in one transaction. */
async function execute(url: string, statements: readonly string[]): Promise<void> {
  const path = /^sqlite:\/\/\/(.*)$/.exec(url)?.[1]
  if (path !== undefined) {
    const database = new Database(path)
    for (const statement of statements) database.exec(statement)
    database.close()
    return
  }
  const { Client } = await import('pg')
  const client = new Client(clientOptions(url))
  await client.connect()
  // A single CONCURRENTLY statement runs outside a transaction. Some incidents need it to fail partway.
  const alone = statements.length === 1 && /CONCURRENTLY/.test(statements[0] ?? '')
  try {
    await client.query(statements.join('; '))
  } catch (error) {
    if (!alone) throw error
  } finally {
    await client.end()
  }
}

/** Returns options for `pg`. The URL's host may be a socket folder. */
export function clientOptions(url: string) {
  const { username, pathname, searchParams, hostname, port, password } = new URL(
    url.replace(/@\//, '@localhost/'),
  )
  const socket = searchParams.get('host')
  return {
    user: username || 'postgres',
    database: pathname.slice(1),
    host: socket ?? hostname,
    port: Number(searchParams.get('port') ?? port) || 5432,
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  }
}
