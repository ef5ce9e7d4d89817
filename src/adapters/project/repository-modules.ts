/**
 * Finds the Python modules of the repository where Python would, as far as that can be told from the files: what is
 * installed wins over nothing here, so names of libraries are left alone. Each file is read once, when it is asked for.
 */
import type { ImportPaths } from '../../core/history/repository.ts'
import { type ModuleFile, type ModuleSource, noModules } from '../../python/interpreter/run.ts'
import { isHarmlessModule } from '../../python/operations/harmless-modules.ts'
import { type FileTree, FileUnreadable, readableBytes } from '../files/file-tree.ts'
import { joinPath, shownPath } from '../files/tree-path.ts'

/** Modules that are read; more say nothing new. */
const maxFiles = 200
/** Larger ones hold data. */
const maxFileBytes = 1_000_000

/** Libraries that a project has installed, whatever its own folders are called. */
const libraries =
  /^(?:alembic|sqlalchemy|sqlmodel|flask|flask_migrate|flask_sqlalchemy|sqlalchemy_utils|geoalchemy2|django|celery|pandas|psycopg2?|asyncpg|pytest|setuptools|fastapi|starlette|asyncio|concurrent|sqlite3|site|test|builtins|__main__)$/

const namespacePackage: ModuleFile = { bytes: new Uint8Array(), path: '', isPackage: true }

/** The modules below these folders; without them there are none. */
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
  return { find, isElsewhere }
}

function isInstalled(name: string): boolean {
  const [top = ''] = name.split('.')
  return top === '' || libraries.test(top) || isHarmlessModule(top)
}

/** Where a module lies: its file, or null for folders without `__init__.py`. */
interface Place {
  readonly file: string | null
  /** Where modules inside of it are looked for. */
  readonly folders: readonly string[]
}

/** Null: nowhere, or in several places of which it isn't certain which comes first. */
function placeOf(tree: FileTree, paths: ImportPaths, name: string): Place | null {
  return placeOnPath(tree, paths, name) ?? placeBeside(tree, paths, name)
}

/** A module beside the migrations, imported by the name of the package around them. */
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

/** As Python's path finder does: in each folder a package, then a file; folders without `__init__.py` come last. */
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
