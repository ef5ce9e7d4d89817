/** Resolves `package.sub:folder` to a folder. Runs no code, so it ignores changes to `__path__`. */
import { pythonRepr } from '../../core/text/python-text.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import type { FileTree } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'

/** Whether the text is a package resource rather than a path (alembic/util/pyfiles.py). */
export function isPackageResource(text: string): boolean {
  return !text.startsWith('/') && text.includes(':')
}

/**
 * Returns the absolute path of a package resource. Searches `roots` in order, like Python.
 * @throws PythonRaise (`ModuleNotFoundError`, `ValueError` or `TypeError`) if the import would fail.
 */
export function locateResource(tree: FileTree, text: string, roots: readonly string[]): string {
  const [name = '', ...folders] = text.split(':')
  if (name === '') throw new PythonRaise('ValueError', 'Empty module name')
  if (name.startsWith('.')) {
    const relative = `the 'package' argument is required to perform a relative import for ${pythonRepr(name)}`
    throw new PythonRaise('TypeError', relative)
  }
  let places: readonly string[] = roots
  let imported = ''
  for (const segment of name.split('.')) {
    const module = imported === '' ? segment : `${imported}.${segment}`
    const found = findModule(tree, segment, places)
    if (found.length === 0)
      throw new PythonRaise('ModuleNotFoundError', `No module named ${pythonRepr(module)}`)
    places = found
    imported = module
  }
  const [first = ''] = folders
  // A namespace package can span several folders.
  const place =
    places.find((candidate) => tree.kindOf(joinPath(candidate, first)) !== null) ?? places[0] ?? ''
  return folders.reduce(joinPath, place)
}

/**
 * Returns a package's folders: only the first one with an `__init__.py`, or all folders with that name if none has
 * one.
 */
function findModule(tree: FileTree, segment: string, places: readonly string[]): readonly string[] {
  if (segment === '' || segment.includes('/')) return []
  const namespace: string[] = []
  for (const place of places) {
    const folder = joinPath(place, segment)
    if (tree.kindOf(folder) !== 'directory') continue
    if (tree.kindOf(`${folder}/__init__.py`) === 'file') return [folder]
    namespace.push(folder)
  }
  return namespace
}
