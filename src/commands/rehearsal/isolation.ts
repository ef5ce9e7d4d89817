/**
 * Uses a network namespace to isolate the rehearsed command from production. If namespaces aren't available, the
 * project's connection settings must be known, and production must reject the command's credentials.
 */
import { join } from 'node:path'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { makeHome } from '../../adapters/isolation/home.ts'
import { runIsolated } from '../../adapters/isolation/isolated-command.ts'
import { type Isolation, closeNetwork } from '../../adapters/isolation/private-network.ts'
import { letsAnybodyIn, sqliteFiles } from '../../adapters/isolation/production-mark.ts'
import { type DatabaseUrl, parseDatabaseUrl } from '../../adapters/database/database-url.ts'
import { planConnection } from '../../adapters/libpq/libpq.ts'
import { type ProjectEnvironment, readProjectEnvironment } from '../../adapters/project/environment-use.ts'
import { readReleaseFacts } from '../../adapters/release/release-files.ts'
import { runChild } from '../../adapters/scratch/child-process.ts'
import { makeScratchFolder, writeScratch } from '../../adapters/scratch/folder.ts'
import type { Watchdog } from '../../adapters/scratch/watchdog.ts'
import type { Repository } from '../../core/history/repository.ts'
import { roleOfName } from '../../core/rehearsal/command-variables.ts'
import type { WrappedCommand } from '../../core/release/wrapped-command.ts'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { Context } from '../shell/command.ts'
import type { DatabaseSettings, ProjectSettings } from '../shell/release-settings.ts'
import type { RehearseSettings } from '../shell/verb-settings.ts'
import { insideWord } from '../shell/watchdog-entry.ts'
import type { Script } from './script.ts'
import { standardPort } from './stage.ts'

/** How the command is isolated. */
export interface CommandEnclosure {
  /** Whether the command can reach only the scratch database. */
  readonly closed: boolean
  /** The proxy's Unix socket; null if it listens on a TCP port. */
  readonly socket: string | null
  readonly home: string
  /** The project's environment variables and other connection sources. */
  readonly project: ProjectEnvironment
  readonly start: Script['start']
  readonly note: string | null
}

/** Facts that determine how the command is isolated. */
export interface EnclosureWish {
  readonly context: Context
  readonly settings: DatabaseSettings & RehearseSettings & ProjectSettings
  readonly repository: Repository
  readonly wrapped: WrappedCommand
  /** True to require isolation unless --allow-network is given. */
  readonly strict: boolean
  readonly guardian: Watchdog
  readonly signal: AbortSignal
}

/**
 * Sets up the isolation.
 * @throws GuardError (unavailable) if the command could reach production. In that case, nothing has been started.
 */
export async function enclose(wish: EnclosureWish): Promise<CommandEnclosure> {
  const { context, settings, guardian } = wish
  const { env, cwd } = context
  const folder = makeScratchFolder()
  await guardian.watch({ kind: 'folder', folder, binaries: null, account: null })
  const home = writeScratch(() => makeHome(folder, env['HOME']))
  const { value } = settings.databaseUrl
  const url = value === null ? null : parseDatabaseUrl(value)
  const targets = url?.kind === 'server' ? planConnection(url, env, cwd).targets : []
  const project = readProject(wish)
  const isolation: Isolation = settings.rehearse.allowNetwork
    ? { kind: 'open', reason: '--allow-network' }
    : await closeNetwork({
        folder,
        env,
        socketFolders: targets.flatMap(({ host }) => (host.startsWith('/') ? [host] : [])),
        hosts: targets.map(({ host }) => host),
        readOnly: url?.kind === 'file' ? sqliteFiles(url, cwd) : [],
        // The release runs in the same folder later, so the rehearsal must not change it.
        discarded: wish.strict ? [cwd] : [],
      })
  if (isolation.kind === 'open') {
    if (wish.strict && !settings.rehearse.allowNetwork) {
      throw new GuardError(
        'unavailable',
        `The command can't be isolated from production's network on this machine (${isolation.reason}).`,
        'Rehearse on a machine that permits user namespaces, or in CI before the release.',
      )
    }
    refuseUnknownWay(wish, project, isolation.reason)
    await refuseOpenDoor(wish, url)
    const note = `the command could use this machine's network (${isolation.reason}), but production rejects the command's credentials`
    return {
      closed: false,
      socket: null,
      home,
      project,
      start: runChild,
      note: url === null ? null : note,
    }
  }
  const isFile = url?.kind === 'file'
  const socket = isFile ? null : join(folder, 'proxy')
  const bridge = { socket, ports: [standardPort, ...targets.map(({ port }) => port)] }
  return {
    closed: true,
    socket,
    home,
    project,
    start: (argv, options) =>
      runIsolated(argv, isolation, [...context.self, insideWord], bridge, { ...options, path: env['PATH'] }),
    note: null,
  }
}

function readProject({ context, repository, wrapped }: EnclosureWish): ProjectEnvironment {
  const flask = wrapped.upgrade?.tool === 'flask-migrate'
  const named = (context.env['FLASK_APP'] ?? '').replace(/\(.*$/, '').replace(/\.py$/, '')
  return readProjectEnvironment(diskTree(context.cwd), {
    envPath: repository.env.path,
    scriptLocation: repository.scriptLocation,
    modules: flask ? [named.replaceAll('/', '.').replace(':', '.'), 'app', 'wsgi', 'config'] : [],
  })
}

/** Throws unless the database URL comes only from environment variables, which the guard can replace. */
function refuseUnknownWay(
  { context, repository }: EnclosureWish,
  project: ProjectEnvironment,
  reason: string,
): void {
  const { envUrl, iniUrl, iniPath } = readReleaseFacts(diskTree(context.cwd), repository, null)
  const refuse = (what: string): never => {
    throw new GuardError(
      'unavailable',
      `The command wasn't started: ${what}, and the command can't be isolated from the network on this machine (${reason}). It could upgrade the real database instead of the copy.`,
      'Rehearse on Linux with user namespaces, or make env.py read the URL from one variable: config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%")).',
    )
  }
  if (envUrl.kind === 'variable' && !envUrl.conditional) return
  const [source] = project.sources
  if (source) refuse(`${shown(source.path)}, line ${source.line}, ${source.what}`)
  if (iniUrl === 'other') refuse(`${shown(iniPath ?? 'alembic.ini')} contains a database URL`)
  const known = project.reads.some(({ name, role }) => /^(?:url|host)$/.test(role ?? roleOfName(name) ?? ''))
  if (!known) refuse(`the guard can't tell where env.py gets the database URL`)
}

/** Throws if production accepts any password, because the command could then log in. */
async function refuseOpenDoor(
  { context, settings, signal }: EnclosureWish,
  url: DatabaseUrl | null,
): Promise<void> {
  if (url?.kind !== 'server') return
  const plan = planConnection(url, context.env, context.cwd)
  if (!(await letsAnybodyIn(plan, settings.timeoutMs, signal))) return
  throw new GuardError(
    'unavailable',
    "The command wasn't started: the server accepts users without a password, and the command can't be isolated from the network on this machine. It could upgrade the real database instead of the copy.",
    'Rehearse on Linux with user namespaces, or require passwords in pg_hba.conf.',
  )
}
