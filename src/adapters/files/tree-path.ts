/** Paths as Python writes and joins them. Knows nothing about what stands at a path. */
import { posix } from 'node:path'

/** `str(pathlib.PurePosixPath(text))`: no double slash, no `.` segment, no slash at the end; `..` stays. */
export function purePath(text: string): string {
  const root = /^\/\/(?!\/)/.test(text) ? '//' : text.startsWith('/') ? '/' : ''
  const rest = text.split('/').filter((segment) => segment !== '' && segment !== '.')
  return root + rest.join('/') || '.'
}

/** `os.path.join` for one step: an absolute second path replaces the first. */
export function joinPath(base: string, path: string): string {
  if (path.startsWith('/') || base === '') return path
  return base.endsWith('/') ? base + path : `${base}/${path}`
}

/** A path as people should see it: relative to the working directory, absolute when it lies outside. */
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
