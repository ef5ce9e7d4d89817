/** Normalizes and joins paths like Python, without accessing the file system. */
import { posix } from 'node:path'

/** Normalizes a path like `str(pathlib.PurePosixPath(text))`. Keeps `..`. */
export function purePath(text: string): string {
  const root = /^\/\/(?!\/)/.test(text) ? '//' : text.startsWith('/') ? '/' : ''
  const rest = text.split('/').filter((segment) => segment !== '' && segment !== '.')
  return root + rest.join('/') || '.'
}

/** Joins two paths like `os.path.join`: an absolute second path replaces the first. */
export function joinPath(base: string, path: string): string {
  if (path.startsWith('/') || base === '') return path
  return base.endsWith('/') ? base + path : `${base}/${path}`
}

/** Returns a path for display, relative if it's inside the working directory. */
export function shownPath(cwd: string, path: string): string {
  if (path.startsWith(`${cwd}/`)) {
    const below = path.slice(cwd.length + 1)
    if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(below)) return below
  }
  const relative = posix.relative(cwd, joinPath(cwd, path))
  return relative === ''
    ? '.'
    : /^\.\.(\/|$)/.test(relative)
      ? posix.normalize(joinPath(cwd, path))
      : relative
}
