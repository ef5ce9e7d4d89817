/**
 * Builds the file name of a new migration as Alembic does (`ScriptDirectory._rev_path`,
 * alembic/script/base.py). Formats `file_template` with Python's `%` rules.
 */

/** Creation time, in the project's time zone. */
export interface Moment {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** Unix time in seconds. */
  readonly epoch: number
}

/** Alembic's default for `truncate_slug_length`. */
const defaultSlugLength = 40

/** Maximum file name length in bytes. Leaves room for a temporary file's suffix. */
const maxNameLength = 200

/** Returns the message's words in lower case, joined by `_`. Truncates a long slug at a word boundary. */
export function slugOf(message: string, most = defaultSlugLength): string {
  const slug = (message.match(/[\p{L}\p{N}_]+/gu) ?? []).join('_').toLowerCase()
  if (slug.length <= most) return slug
  const cut = slug.slice(0, most)
  const last = cut.lastIndexOf('_')
  return `${last < 0 ? cut : cut.slice(0, last)}_`
}

/**
 * Returns the new file's path relative to its version location; null if the template is invalid or unsupported. An
 * empty template means Alembic's default. The path never leads out of the folder.
 */
export function migrationFileName(
  template: string,
  { id, slug, moment, folders }: { id: string; slug: string; moment: Moment; folders: boolean },
): string | null {
  const values: Readonly<Record<string, string | number>> = { ...moment, rev: safe(id), slug: safe(slug) }
  let broken = false
  const text = (template === '' ? '%(rev)s_%(slug)s' : template).replace(
    /%(?:%|\((\w+)\)([-+ 0#]*)(\d*)(?:\.(\d+))?([sdi])|.?)/g,
    (whole, name: string | undefined, flags = '', width = '', precision = '', kind = '') => {
      if (whole === '%%') return '%'
      const value = name === undefined ? undefined : values[name]
      if (value === undefined || (kind !== 's' && typeof value !== 'number')) {
        broken = true
        return ''
      }
      return formatted(value, String(flags), String(width), String(precision), kind === 's')
    },
  )
  if (broken) return null
  const all = text.split('/').filter((part) => part !== '' && part !== '.')
  const segments = folders ? all : all.slice(-1)
  const last = segments.at(-1)
  if (last === undefined || segments.includes('..') || /[\\\0]/.test(text)) return null
  const cut = bytesOf(last) > maxNameLength ? Array.from(last).slice(0, 50).join('') : last
  // Alembic ignores files whose names start with `.#` or `__init__`.
  const name = /^(?:\.|__init__)/.test(cut) ? `placeholder_${cut}` : cut
  return [...segments.slice(0, -1), `${name}.py`].join('/')
}

function formatted(
  value: string | number,
  flags: string,
  width: string,
  precision: string,
  text: boolean,
): string {
  const digits = precision === '' ? 0 : Number(precision)
  const body = text
    ? precision === ''
      ? String(value)
      : String(value).slice(0, digits)
    : String(value).padStart(digits, '0')
  if (flags.includes('-')) return body.padEnd(Number(width))
  return body.padStart(Number(width), flags.includes('0') && !text ? '0' : ' ')
}

function safe(text: string): string {
  return text.replace(/[^\p{L}\p{N}_. -]/gu, '_')
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
