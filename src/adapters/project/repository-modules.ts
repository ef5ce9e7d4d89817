/** Finds modules in the repository the way Python would. Can't see installed packages. */
import type { ImportPaths } from '../../core/history/repository.ts'
import { type ModuleFile, type ModuleSource, noModules } from '../../python/interpreter/run.ts'
import { isHarmlessModule } from '../../python/operations/harmless-modules.ts'
import { type FileTree, FileUnreadable, readableBytes } from '../files/file-tree.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'
import { dataFiles } from '../files/data-files.ts'

const maxFiles = 200
/** Maximum file size in bytes. Larger files are probably data. */
const maxFileBytes = 1_000_000

/** These libraries take precedence over project folders with the same name. */
const libraries =
  /^(?:alembic|sqlalchemy|sqlmodel|flask|flask_migrate|flask_sqlalchemy|sqlalchemy_utils|geoalchemy2|django|celery|pandas|psycopg2?|asyncpg|pytest|setuptools|fastapi|starlette|asyncio|concurrent|sqlite3|site|test|builtins|__main__)$/

const namespacePackage: ModuleFile = { bytes: new Uint8Array(), path: '', isPackage: true }

/** Returns a {@link ModuleSource} for the modules below the given folders. */
export function repositoryModules(tree: FileTree, paths: ImportPaths | undefined): ModuleSource {
  if (paths === undefined) return noModules
  const known = new Map<string, ModuleFile | null>()
  let files = 0
  const read = (path: string, isPackage: boolean): ModuleFile | null => {
    const bytes = files < maxFiles ? readableBytes(tree, path) : null
    files += 1
    return bytes && bytes.length <= maxFileBytes
      ? { bytes, path: shownPath(tree.cwd, path), isPackage }
      : null
  }
  const find = (name: string): ModuleFile | null => {
    const found = known.get(name)
    if (found !== undefined) return found
    const place = isInstalled(name) ? null : placeOf(tree, paths, name)
    const file =
      place === null
        ? null
        : place.file === null
          ? namespacePackage
          : read(place.file, place.file.endsWith('/__init__.py'))
    known.set(name, file)
    return file
  }
  const isElsewhere = (name: string): boolean => {
    const [top = ''] = name.split('.')
    if (top === '') return false
    return (
      isInstalled(top) || [...paths.first, ...paths.maybe].every((root) => locate(tree, [root], top) === null)
    )
  }
  return { find, isElsewhere, files: dataFiles(tree) }
}

function isInstalled(name: string): boolean {
  const [top = ''] = name.split('.')
  return top === '' || libraries.test(top) || isHarmlessModule(top)
}

/** Location of a module. `file` is null for a folder without an `__init__.py`. */
interface Place {
  readonly file: string | null
  /** Folders that may contain submodules. */
  readonly folders: readonly string[]
}

/** Finds a module; null if there is none, or if it's ambiguous. */
function placeOf(tree: FileTree, paths: ImportPaths, name: string): Place | null {
  return placeOnPath(tree, paths, name) ?? placeBeside(tree, paths, name)
}

/** Finds a module next to the migrations by its full name, such as `shop.db.migrations.utils`. */
function placeBeside(tree: FileTree, { beside }: ImportPaths, name: string): Place | null {
  const places = (beside?.roots ?? []).flatMap((root) => locate(tree, [root], name) ?? [])
  const [place, ...more] = places
  if (!place || more.length > 0) return null
  const isNear = [place.file ?? '', ...place.folders].some((path) =>
    beside?.folders.some((folder) => path.startsWith(`${folder}/`)),
  )
  return isNear ? place : null
}

function placeOnPath(tree: FileTree, { first, maybe }: ImportPaths, name: string): Place | null {
  const certain = locate(tree, first, name)
  if (certain?.file) return certain
  const places = maybe.flatMap((root) => locate(tree, [root], name) ?? [])
  const files = new Set(places.flatMap(({ file }) => (file === null ? [] : (tree.realPath(file) ?? file))))
  if (files.size > 1) return null
  const folders = [certain, ...places].flatMap((place) => place?.folders ?? [])
  return places.find(({ file }) => file !== null) ?? (folders.length === 0 ? null : { file: null, folders })
}

/**
 * Searches like Python: in each folder, first for a package, then for a file. Folders without `__init__.py` come
 * last.
 */
function locate(tree: FileTree, roots: readonly string[], name: string): Place | null {
  let place: Place = { file: null, folders: roots }
  for (const segment of name.split('.')) {
    const next = inFolders(tree, place.folders, segment)
    if (next === null) return null
    place = next
  }
  return place
}

function inFolders(tree: FileTree, folders: readonly string[], segment: string): Place | null {
  const namespace: string[] = []
  for (const one of folders) {
    const path = joinPath(one, segment)
    if (isFile(tree, `${path}/__init__.py`)) return { file: `${path}/__init__.py`, folders: [path] }
    if (isFile(tree, `${path}.py`)) return { file: `${path}.py`, folders: [] }
    if (kindOf(tree, path) === 'directory') namespace.push(path)
  }
  return namespace.length === 0 ? null : { file: null, folders: namespace }
}

function isFile(tree: FileTree, path: string): boolean {
  return kindOf(tree, path) === 'file'
}

function kindOf(tree: FileTree, path: string): ReturnType<FileTree['kindOf']> {
  try {
    return tree.kindOf(path)
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}
