/** Determines the naming convention of the project's metadata, from env.py and other code. */
import { posix } from 'node:path'
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import { type EnvEffects, type EnvFacts, effectsOn } from '../../core/history/env-effects.ts'
import {
  type NamingConvention,
  defaultConvention,
  dependsOnConvention,
} from '../../core/names/naming-convention.ts'
import type { Operations } from '../../core/history/operation.ts'
import type { Repository } from '../../core/history/repository.ts'
import {
  type CodeFile,
  type MetadataNaming,
  readMetadataNaming,
} from '../../python/env/metadata/target-metadata.ts'
import { codeFiles, isTestCode, mentions, repositoryTop } from '../files/code-files.ts'
import { type FileTree, readableBytes } from '../files/file-tree.ts'
import type { ModuleSource } from '../../python/interpreter/run.ts'
import { repositoryModules } from './repository-modules.ts'

/** Matches code that may set a naming convention or pass a database to Flask-Migrate. */
const assigns = /\.\s*naming_convention\b|\bsetattr\b[^]*naming_convention/
const migrates = /\bMigrate\b|\bmigrate\w*\.init_app\b/

/** Matches the paths of libraries that were copied into the repository. */
const ofLibrary =
  /(?:^|\/)(?:sqlalchemy|flask_sqlalchemy|alembic\/(?:autogenerate|ddl|operations|runtime|testing|util))\//

const namings = new WeakMap<EnvFacts, MetadataNaming | null>()

/** Returns the naming convention, or the reason why it's unknown; null if there is no env.py. */
function readNaming(tree: FileTree, repository: Repository): MetadataNaming | null {
  const { env } = repository
  const found = namings.get(env)
  if (found !== undefined) return found
  const bytes = env.path === null ? null : readableBytes(tree, env.path)
  const code = {
    modules: modulesAround(tree, repository),
    assigning: once(() =>
      withMigrations(filesWith(tree, assigns, codeTop(tree, repository), repository), tree, repository),
    ),
    migrating: once(
      () =>
        filesWith(tree, migrates, codeTop(tree, repository), repository)?.filter(
          ({ path }) => !isTestCode(path),
        ) ?? null,
    ),
  }
  const naming = bytes === null || env.path === null ? null : readMetadataNaming(bytes, env.path, code)
  namings.set(env, naming)
  return naming
}

/** Returns the naming convention. Null if it's unknown or doesn't affect migrations. */
export function appliedConvention(tree: FileTree, repository: Repository): NamingConvention | null {
  const naming = readNaming(tree, repository)
  return naming?.kind === 'known' && naming.convention !== defaultConvention ? naming.convention : null
}

/** Like `effectsOn`, but also determines the naming convention if an operation depends on it. */
export function effectsWithNaming(
  tree: FileTree,
  repository: Repository,
  dialect: DialectName,
  operations: ReadonlyMap<string, Operations>,
): EnvEffects {
  const effects = effectsOn(repository.env, dialect)
  const depends = [...operations.values()].some(
    (one) =>
      one.kind === 'operations' && (one.inquiry !== undefined || one.operations.some(dependsOnConvention)),
  )
  if (effects.namesFinal || !depends) return effects
  const naming = readNaming(tree, repository)
  if (naming?.kind === 'known') return { ...effects, namesFinal: true }
  return naming ? { ...effects, unknownNaming: naming } : effects
}

/** Returns the modules that env.py can import, including modules in the packages that contain env.py. */
function modulesAround(tree: FileTree, repository: Repository): ModuleSource {
  const known = repositoryModules(tree, repository.importPaths)
  const top = codeTop(tree, repository)
  const enclosing = new Map<string, ModuleSource>()
  const start = posix.resolve(tree.cwd, repository.scriptLocation)
  for (let folder = start; `${folder}/`.startsWith(`${top}/`); folder = posix.dirname(folder)) {
    const roots = [posix.dirname(folder)]
    const beside = { first: [], maybe: [], beside: { roots, folders: [folder] } }
    enclosing.set(posix.basename(folder), repositoryModules(tree, beside))
  }
  return {
    find: (name) => known.find(name) ?? enclosing.get(name.split('.')[0] ?? '')?.find(name) ?? null,
    isElsewhere: (name) => !enclosing.has(name.split('.')[0] ?? '') && known.isElsewhere(name),
  }
}

/** Returns a folder that contains all code that env.py can import. */
function codeTop(tree: FileTree, { importPaths }: Repository): string {
  const roots = [...(importPaths?.first ?? []), ...(importPaths?.maybe ?? [])]
  const code = roots.filter((root) => tree.kindOf(root) === 'directory')
  return code.reduce(commonFolder, repositoryTop(tree))
}

/** Returns the innermost folder that contains both folders. If that is `/`, returns the first folder. */
function commonFolder(one: string, other: string): string {
  let common = one
  while (common !== '/' && !`${other}/`.startsWith(`${common}/`)) common = posix.dirname(common)
  return common === '/' ? one : common
}

/** Returns the matching Python files below `top`, other than migrations. Null if the search stopped at a limit. */
function filesWith(
  tree: FileTree,
  pattern: RegExp,
  top: string,
  { versionLocations }: Repository,
): readonly CodeFile[] | null {
  const word = /naming_convention/.test(pattern.source) ? 'naming_convention' : 'igrate'
  const found: CodeFile[] = []
  const files = codeFiles(tree, versionLocations, top)
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) return next.value ? null : found
    const { path, bytes } = next.value
    if (!path.endsWith('.py') || ofLibrary.test(path)) continue
    if (mentions(bytes, word) && pattern.test(new TextDecoder().decode(bytes))) found.push({ path, bytes })
  }
}

/** Alembic imports all migrations, so any of them may set a convention. */
function withMigrations(
  files: readonly CodeFile[] | null,
  tree: FileTree,
  { modules }: Repository,
): readonly CodeFile[] | null {
  if (files === null) return null
  const migrations = modules.flatMap(({ path, namesConvention }) => {
    const bytes = namesConvention ? readableBytes(tree, path) : null
    return bytes && assigns.test(new TextDecoder().decode(bytes)) ? [{ path, bytes }] : []
  })
  return [...files, ...migrations]
}

function once<Value>(compute: () => Value): () => Value {
  let known: { readonly value: Value } | null = null
  return () => (known ??= { value: compute() }).value
}
