/** Reads a project's migrations, in Alembic's order, and its env.py. */
import { type MigrationModule, emptyModule } from '../../core/history/migration-module.ts'
import type { EnvEffects, EnvFacts } from '../../core/history/env-effects.ts'
import type { Repository } from '../../core/history/repository.ts'
import { nothingInEnv, readEnvAtAGlance } from '../../python/env/scan-env.ts'
import { readPlainMigration } from '../../python/header/template-form.ts'
import type { ModuleSource } from '../../python/interpreter/run.ts'
import { mentions } from '../files/code-files.ts'
import { FileUnreadable, type FileTree } from '../files/file-tree.ts'
import { sqlalchemyMajor } from './detect-alembic-version.ts'
import { listMigrationFiles, type MigrationFile } from './migration-files.ts'
import { type ProjectLocation, packagedFrom } from './locate-project.ts'
import { repositoryModules } from './repository-modules.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'

/** Number of files to read before yielding to the database connection. */
const filesPerTurn = 64

/**
 * Reads the project's files. Files that can't be understood become `unreadable` modules. `listingError` is set if
 * Alembic can't list a folder.
 */
export async function readRepository(
  tree: FileTree,
  location: ProjectLocation,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Repository> {
  const { files, remarks, error } = listMigrationFiles(tree, {
    version: location.alembic.version,
    versionLocations: location.versionLocations,
    defaultLocation: location.defaultLocation,
    recursive: location.recursive,
    sourceless: location.sourceless,
  })
  const modules: MigrationModule[] = []
  const source = repositoryModules(tree, location.importPaths)
  for (const file of files) {
    modules.push(readModule(tree, file, readPlainMigration) ?? (await readAnyModule(tree, file, source)))
    if (modules.length % filesPerTurn > 0) continue
    onProgress(modules.length, files.length)
    await new Promise((resolve) => setImmediate(resolve))
  }
  let major: 1 | 2 | null | undefined
  const pinnedSqlalchemy = (): 1 | 2 | null => {
    if (major === undefined)
      major = sqlalchemyMajor(tree, [...location.pinFolders, ...packagedFrom(tree, tree.cwd)])
    return major
  }
  const env = withoutDoubtfulRollback(
    await readEnvFile(tree, joinPath(location.scriptLocation, 'env.py'), source, location.env),
    pinnedSqlalchemy,
  )
  const options = location.env.ini?.options
  return {
    config: location.config,
    section: location.section,
    flaskMigrate: location.flaskMigrate,
    scriptLocation: shownPath(tree.cwd, location.scriptLocation),
    versionLocations: location.versionLocations.map((path) => shownPath(tree.cwd, path)),
    importPaths: location.importPaths,
    recursive: location.recursive,
    alembic: location.alembic,
    env,
    fileTemplate: location.fileTemplate,
    outputEncoding: location.outputEncoding,
    slugLength: location.slugLength,
    timezone: location.timezone,
    ...(options && !env.mayChangeOptions && { iniOptions: options }),
    sqlalchemyMajor: pinnedSqlalchemy,
    modules,
    listingError: error,
    remarks: [...location.remarks, ...remarks],
  }
}

/** Reads a migration with the full parser, which is loaded on demand. */
async function readAnyModule(
  tree: FileTree,
  file: MigrationFile,
  source: ModuleSource,
): Promise<MigrationModule> {
  const { readAnyMigration } = await import('../../python/header/read-migration.ts')
  return readModule(tree, file, (bytes, path) => readAnyMigration(bytes, path, source))
}

function readModule<Read extends MigrationModule | null>(
  tree: FileTree,
  file: MigrationFile,
  read: (bytes: Uint8Array, path: string) => Read,
): MigrationModule | Read {
  if (file.kind === 'raises') {
    const span = { path: file.shown, line: 1, column: 1 }
    return { ...emptyModule(file.shown), raises: { error: file.error, span } }
  }
  if (file.kind === 'unreadable') return unreadable(file.shown, file.reason)
  try {
    const bytes = tree.readFile(file.path)
    return bytes
      ? noted(read(bytes, file.shown), bytes)
      : unreadable(file.shown, 'it was removed while the guard was reading its folder')
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error
    const reason = error.code === 'EFBIG' ? 'it is too large to read' : `it can't be read (${error.code})`
    return unreadable(file.shown, reason)
  }
}

/** Records whether the file may set a naming convention, so that it doesn't have to be read again. */
function noted<Read extends MigrationModule | null>(read: Read, bytes: Uint8Array): Read {
  return read && mentions(bytes, 'naming_convention') ? { ...read, namesConvention: true } : read
}

async function readEnvFile(
  tree: FileTree,
  path: string,
  source: ModuleSource,
  surroundings: ProjectLocation['env'],
): Promise<Repository['env']> {
  const shown = shownPath(tree.cwd, path)
  try {
    const bytes = tree.readFile(path)
    return (
      readEnvAtAGlance(bytes, shown) ??
      (await import('../../python/env/read-env.ts')).readEnv(bytes, shown, source, surroundings)
    )
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error
    const span = { path: shown, line: 1, column: 1 }
    return {
      ...nothingInEnv,
      path: shown,
      computed: [{ option: 'env.py', expression: `can't be read (${error.code})`, span }],
    }
  }
}

/**
 * Ignores an uncommitted statement that only SQLAlchemy 2 rolls back, unless the project is certain to use version 2.
 */
function withoutDoubtfulRollback(env: EnvFacts, major: () => 1 | 2 | null): EnvFacts {
  const { effects } = env
  const doubtful = Object.values(effects ?? {}).some(
    ({ uncommitted }) => uncommitted?.with === 'sqlalchemy 2',
  )
  if (!effects || !doubtful || major() === 2) return env
  const certain = ({ uncommitted, ...others }: EnvEffects): EnvEffects =>
    uncommitted?.with === 'always' ? { uncommitted, ...others } : others
  return { ...env, effects: { postgresql: certain(effects.postgresql), sqlite: certain(effects.sqlite) } }
}

function unreadable(path: string, reason: string): MigrationModule {
  return { ...emptyModule(path), unreadable: { reason, span: { path, line: 1, column: 1 } } }
}
