/**
 * Evaluates file paths and reads the repository's text files. Folders outside `__file__`'s path are unknown, because
 * they differ between machines.
 */
import type { Call, Run } from '../run.ts'
import { type Term, bool, hole, list, none, textTerm, unknown } from '../values.ts'

type FileTerm = Extract<Term, { kind: 'file' }>
type PathTerm = Extract<Term, { kind: 'path' }>
type Opened = Extract<Term, { kind: 'opened' }>

/** Matches path segments that don't name a folder. */
const nameless = /^\.{0,2}$/

/** Returns the last part of a path; null if unknown. */
export function fileName({ name }: FileTerm | PathTerm): string | null {
  return nameless.test(name) ? null : name
}

/** Returns the folder that contains a file; null if unknown. */
export function folderOf<Kind extends FileTerm | PathTerm>(term: Kind): Kind | null {
  const { folders = [], name } = term
  return nameless.test(name) ? null : { ...term, name: folders.at(-1) ?? '.', folders: folders.slice(0, -1) }
}

/** Evaluates `os.path.join(folder, …)` and `folder / …`; null if any part is unknown or absolute. */
export function joinedPath<Kind extends FileTerm | PathTerm>(
  base: Kind,
  parts: readonly Term[],
): Kind | null {
  const { name, folders = [] } = base
  const segments = [...folders, name]
  for (const part of parts) {
    if (part.kind !== 'str' || part.value.startsWith('/')) return null
    segments.push(...part.value.split('/').filter((one) => one !== '' && one !== '.'))
  }
  return { ...base, name: segments.at(-1) ?? '', folders: segments.slice(0, -1) }
}

/** Evaluates a path's attribute; null if it isn't modeled. */
export function pathPart(path: PathTerm, name: string): Term | null {
  if (name === 'parent') return folderOf(path)
  const file = fileName(path)
  if (file === null) return null
  const dot = file.lastIndexOf('.')
  const end = dot > 0 ? dot : file.length
  if (name === 'name') return textTerm(file)
  if (name === 'stem') return textTerm(file.slice(0, end))
  return name === 'suffix' ? textTerm(file.slice(end)) : null
}

/** Evaluates `path.parents[index]`; null if unknown. */
export function parentAt(path: PathTerm, index: number): PathTerm | null {
  const parent = index < 0 ? null : folderOf(path)
  return parent === null || index === 0 ? parent : parentAt(parent, index - 1)
}

/** Evaluates `os.path.realpath` and `Path.resolve`; null if there may be symlinks. */
export function resolvedPath<Kind extends FileTerm | PathTerm>(path: Kind, run: Run): Kind | null {
  return run.modules.files?.isReal(textOf(path)) ? path : null
}

/** Evaluates a method call on a path; null if it isn't modeled. */
export function callPathMethod(call: Call, path: PathTerm, name: string, run: Run): Term | null {
  switch (name) {
    case 'absolute':
      return call.args.length === 0 ? path : null
    case 'resolve':
      return call.args.length === 0 ? resolvedPath(path, run) : null
    case 'joinpath':
      return joinedPath(path, call.args)
    case 'open':
      return opened(path, call.args, call, run)
    case 'read_text': {
      const text = readText(path, call.args, call, run)
      return text === null ? unknown : textTerm(text)
    }
    default:
      return null
  }
}

/** Evaluates `open(path, …)`. */
export function openFile(call: Call, run: Run): Term {
  const [path, ...options] = call.args
  const isPath = path?.kind === 'file' || path?.kind === 'path' || path?.kind === 'str'
  return (isPath ? opened(path, options, call, run) : null) ?? unknown
}

function opened(
  path: FileTerm | PathTerm | Extract<Term, { kind: 'str' }>,
  given: readonly Term[],
  call: Call,
  run: Run,
): Opened | null {
  const [mode = call.keywords.get('mode') ?? textTerm('r'), ...more] = given
  if (mode.kind !== 'str' || !/^(?:r|rt|tr)$/.test(mode.value) || more.length > 0) return null
  const text = readText(path, [], call, run)
  return text === null ? null : { kind: 'opened', text, branch: run.branch, isRead: false }
}

/** Keyword arguments of `open` that don't affect the text. The encoding is checked separately. */
const harmless = new Set(['mode', 'encoding', 'errors'])

/** Reads a text file as Python's text mode does; null if the text is unknown. */
function readText(
  path: FileTerm | PathTerm | Extract<Term, { kind: 'str' }>,
  given: readonly Term[],
  call: Call,
  run: Run,
): string | null {
  const [encoding = call.keywords.get('encoding') ?? none, ...more] = given
  const isUtf8 = encoding.kind === 'none' || (encoding.kind === 'str' && /^utf-?8$/i.test(encoding.value))
  if (!isUtf8 || more.length > 0 || [...call.keywords.keys()].some((key) => !harmless.has(key))) return null
  const text = run.modules.files?.read(path.kind === 'str' ? path.value : textOf(path)) ?? null
  return text === null || text.includes(hole) ? null : text.replaceAll(/\r\n?/g, '\n')
}

function textOf({ name, folders = [] }: FileTerm | PathTerm): string {
  return [...folders, name].join('/')
}

/** Evaluates a method call on an open file; null if it isn't modeled. Supports only the first read. */
export function callFileMethod(call: Call, file: Opened, name: string, run: Run): Term | null {
  if (name === 'close') return none
  if (name === 'readable') return bool(true)
  if (call.args.length > 0 || !/^(?:read|readlines)$/.test(name)) return null
  const lines = linesOf(file, run)
  if (lines === null) return unknown
  return name === 'read' ? textTerm(file.text) : list(lines)
}

/** Returns what a loop iterates over: an open file's lines, or the value itself. */
export function iterable(value: Term, run: Run): Term {
  if (value.kind !== 'opened') return value
  const lines = linesOf(value, run)
  return lines === null ? unknown : list(lines)
}

/** Returns an open file's lines; null if some may already have been read. */
function linesOf(file: Opened, run: Run): readonly Term[] | null {
  if (file.isRead || file.branch !== run.branch) {
    file.isRead = true
    return null
  }
  file.isRead = true
  return (file.text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map(textTerm)
}
