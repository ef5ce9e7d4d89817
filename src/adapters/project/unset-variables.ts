/** Determines which environment variables are definitely unset when Alembic runs. */
import { posix } from 'node:path'
import { codeFiles, isTestCode, mentions, repositoryTop } from '../files/code-files.ts'
import type { FileTree } from '../files/file-tree.ts'
import { joinPath } from '../files/tree-path.ts'
import { namesInDotenv } from '../files/dotenv.ts'

/** Matches code that may set a variable, such as an assignment or `os.putenv`. */
const sets =
  /environ\s*\[[^\]]*\]\s*=(?!=)|environ\s*\|=|environ\.(?:setdefault|update)\b|\b(?:putenv|setenv)\b/

/**
 * Returns a function that tells whether a variable is definitely unset: neither in `env` nor set by a .env file or
 * code. Assumes that Alembic runs in the guard's environment. The first call searches the code.
 */
export function unsetVariables(
  tree: FileTree,
  env: Readonly<Record<string, string | undefined>>,
): (variable: string) => boolean {
  let texts: readonly string[] | null | undefined
  return (variable) => {
    if (env[variable] !== undefined) return false
    if (texts === undefined) texts = settingTexts(tree)
    return texts !== null && !texts.some((text) => text.includes(variable))
  }
}

/** Matches calls that load the nearest .env file, or possibly any file. */
const loadsNearest = /\b(?:load|find)_dotenv\b/
const loadsAny = /\b(?:load_dotenv|read_env)\s*\(\s*[^\s)]/

/** Returns the contents of files that may set variables: .env files and code. Null if the search was incomplete. */
function settingTexts(tree: FileTree): readonly string[] | null {
  const top = repositoryTop(tree)
  const folders = new Set(foldersAbove(tree.cwd, top))
  const texts: string[] = []
  const files = codeFiles(tree, [], top)
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) {
      const named = [...folders].flatMap((folder) => namesInDotenv(tree, folder))
      return next.value ? null : [...texts, ...named]
    }
    const { path, bytes } = next.value
    if (!path.endsWith('.py') || isTestCode(path) || !mentions(bytes, 'env')) continue
    const text = new TextDecoder().decode(bytes)
    if (loadsAny.test(text)) return null
    if (loadsNearest.test(text))
      for (const folder of foldersAbove(posix.dirname(joinPath(tree.cwd, path)), top)) folders.add(folder)
    if (sets.test(text)) texts.push(text)
  }
}

/** Returns the folder and its parents, up to `top`. */
function foldersAbove(folder: string, top: string): readonly string[] {
  const parent = posix.dirname(folder)
  return folder === top || folder === parent ? [folder] : [folder, ...foldersAbove(parent, top)]
}
