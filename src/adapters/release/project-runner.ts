/** Determines which tool (such as `poetry run`) runs a project's programs. Doesn't run anything itself. */
import { posix } from 'node:path'
import { parseToml, isTable } from '../../python/config/toml.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import { type FileTree, readableBytes } from '../files/file-tree.ts'
import { topFolder } from './release-files.ts'

const locks: readonly (readonly [file: string, words: readonly string[]])[] = [
  ['uv.lock', ['uv', 'run']],
  ['poetry.lock', ['poetry', 'run']],
  ['pdm.lock', ['pdm', 'run']],
  ['Pipfile.lock', ['pipenv', 'run']],
  ['Pipfile', ['pipenv', 'run']],
]

const tables = ['uv', 'poetry', 'pdm'] as const

/**
 * Returns the prefix for commands that run the project's programs. The prefix may be empty. Searches the working
 * directory and its parents in the repository.
 */
export async function readRunner(tree: FileTree): Promise<readonly string[]> {
  const top = topFolder(tree)
  for (let folder = tree.cwd; ; folder = posix.dirname(folder)) {
    const lock = locks.find(([file]) => readableBytes(tree, posix.join(folder, file)) !== null)
    if (lock) return lock[1]
    const tool = await toolOf(readableBytes(tree, posix.join(folder, 'pyproject.toml')))
    if (tool !== null) return [tool, 'run']
    if (folder === top || folder === posix.dirname(folder)) return []
  }
}

async function toolOf(bytes: Uint8Array | null): Promise<string | null> {
  if (!bytes) return null
  try {
    const tool = (await parseToml(new TextDecoder().decode(bytes))).get('tool')
    if (!isTable(tool)) return null
    return tables.find((name) => isTable(tool.get(name))) ?? null
  } catch (error) {
    if (error instanceof PythonRaise) return null
    throw error
  }
}
