/** Finds the migration histories in a checkout. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/** Folders to skip: hidden folders, third-party code, tests and project templates. */
const skipped = /^(?:\..*|node_modules|site-packages|__pycache__|tests?|testing|\{.*)$/

/**
 * Returns every history below `checkout`, largest first. `script` is the folder that contains env.py, or
 * null. `start` is the folder that contains alembic.ini, or `checkout` if there is none. All paths are
 * absolute.
 */
export function findHistories(checkout) {
  const folders = [...migrationFolders(checkout)]
  const groups = joined(folders)
  return groups
    .map((group) => {
      const script = above(group[0].path, checkout, 'env.py')
      const paths = group.map(({ path }) => path)
      return {
        project: basename(checkout).replace('+', '/'),
        name: relative(checkout, common(paths)),
        checkout,
        folders: paths,
        script,
        start: above(script ?? paths[0], checkout, 'alembic.ini') ?? checkout,
        files: group.flatMap(({ files }) => files),
      }
    })
    .toSorted((left, right) => right.files.length - left.files.length)
}

function* migrationFolders(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
  const files = []
  const ids = new Set()
  const parents = new Set()
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !skipped.test(entry.name)) yield* migrationFolders(path)
    if (!entry.isFile() || !entry.name.endsWith('.py')) continue
    const text = readFileSync(path, 'utf8')
    const parent = /^down_revision\b[^=\n]*=([^\n]*(?:\n[ )][^\n]*)*)/m.exec(text)
    const id = /^revision\b[^=\n]*=\s*([^\n]*)/m.exec(text)
    if (!parent || !id) continue
    files.push(path)
    for (const [, word] of id[1].matchAll(/["']([^"']+)["']/g)) ids.add(word)
    for (const [, word] of parent[1].matchAll(/["']([^"']+)["']/g)) parents.add(word)
  }
  if (files.length > 0) yield { path: folder, files, ids, parents }
}

/** Groups the folders whose migrations refer to each other. */
function joined(folders) {
  const groups = folders.map((folder) => [folder])
  for (const folder of folders) {
    for (const other of folders) {
      const mine = groups.find((group) => group.includes(folder))
      const theirs = groups.find((group) => group.includes(other))
      if (mine === theirs || ![...folder.parents].some((id) => other.ids.has(id) && !folder.ids.has(id)))
        continue
      theirs.push(...mine)
      groups.splice(groups.indexOf(mine), 1)
    }
  }
  return groups
}

/**
 * Returns the nearest folder that contains the file, searching from `path` up to `top`; null if there is
 * none.
 */
function above(path, top, file) {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder
    if (folder === top) return null
  }
}

function common(paths) {
  let folder = paths[0]
  while (!paths.every((path) => path === folder || path.startsWith(`${folder}/`))) folder = dirname(folder)
  return folder
}
