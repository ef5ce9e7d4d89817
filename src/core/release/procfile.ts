/** Parses a Procfile or a heroku.yml as leniently as the platforms do. */

/** An entry in a Procfile. Line and column are 1-based. */
export interface ProcfileEntry {
  readonly type: string
  readonly command: string
  readonly line: number
  readonly column: number
}

/**
 * Heroku's pattern for Procfile lines (heroku/procfile SPEC.md), extended to accept `release:command`. Lines that
 * start with `#` are comments.
 */
const entry = /^(?<head>[ \t]*(?<type>[A-Za-z0-9_-]+)(?:[ \t]*:[ \t]*|[ \t]+))(?<command>\S.*)$/

/** All entries in file order. The last entry of a type takes effect. */
export function parseProcfile(text: string): readonly ProcfileEntry[] {
  const marked = text.startsWith('\uFEFF') ? 1 : 0
  return text
    .slice(marked)
    .split(/\r\n|\r|\n/)
    .flatMap((source, index) => {
      const groups = /^\s*#/.test(source) ? undefined : entry.exec(source)?.groups
      if (!groups) return []
      const { head = '', type = '', command = '' } = groups
      return [{ type, command: command.trimEnd(), line: index + 1, column: head.length + 1 }]
    })
}

/** The release commands in heroku.yml, and the position of the first one. */
export interface HerokuYmlRelease {
  /** Kept as separate commands, because Heroku doesn't document whether one shell runs all of them. */
  readonly commands: readonly string[]
  readonly line: number
  readonly column: number
}

/**
 * Parses `release:` / `command:` in a heroku.yml; null for unsupported syntax. A YAML library would be fifty times
 * larger.
 */
export function parseHerokuYml(text: string): HerokuYmlRelease | null {
  const lines = text.split(/\r\n|\r|\n/)
  const start = lines.findIndex((line) => /^release\s*:\s*(?:#.*)?$/.test(line))
  if (start < 0) return null
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (/^\s*(?:#.*)?$/.test(line)) continue
    if (!/^\s/.test(line)) return null
    const match = /^(?<head>(?<indent>\s+)command\s*:\s*)(?<value>.*)$/.exec(line)?.groups
    if (!match) continue
    const { head = '', indent = '', value = '' } = match
    const inner = lines.slice(at + 1)
    // In YAML, list items may have the same indentation as their key.
    const end = inner.findIndex(
      (next) =>
        next.trim() !== '' &&
        !/^\s*#/.test(next) &&
        indentOf(next) <= indent.length &&
        !isItem(next, indent.length),
    )
    const below = end < 0 ? inner : inner.slice(0, end)
    const found = commandsOf(value.trim(), below)
    if (!found) return null
    const first =
      value.trim() === '' || /^[|>]/.test(value) ? below.findIndex((next) => !/^\s*(?:#.*)?$/.test(next)) : -1
    return first < 0
      ? { commands: found, line: at + 1, column: head.length + 1 }
      : { commands: found, line: at + 2 + first, column: indentOf(below[first] ?? '') + 1 }
  }
  return null
}

function indentOf(line: string): number {
  return /^\s*/.exec(line)?.[0].length ?? 0
}

function isItem(line: string, indent: number): boolean {
  return indentOf(line) === indent && /^\s*-\s/.test(line)
}

function commandsOf(value: string, below: readonly string[]): readonly string[] | null {
  const lines = below.filter((line) => !/^\s*(?:#.*)?$/.test(line))
  if (/^[|>][-+]?$/.test(value)) {
    const joint = value.startsWith('|') ? '\n' : ' '
    return [lines.map((line) => line.trim()).join(joint)]
  }
  if (value.startsWith('[')) {
    const whole = [value, ...lines.map((line) => line.trim())].join(' ')
    const list = /^\[(?<items>[^]*)\]\s*(?:#.*)?$/.exec(whole)?.groups?.['items']
    return list === undefined ? null : itemsOf(list)
  }
  if (value !== '' && !value.startsWith('#')) {
    const scalar = scalarOf(value)
    return scalar === null || lines.length > 0 ? null : [scalar]
  }
  const items = lines.map((line) => /^\s*-\s+(?<item>.*)$/.exec(line)?.groups?.['item'])
  if (items.length === 0 || items.includes(undefined)) return null
  const texts = items.map((item) => scalarOf((item ?? '').trim()))
  return texts.includes(null) ? null : texts.filter((text) => text !== null)
}

/** The items of a YAML flow sequence such as `[a, "b, c"]`. */
function itemsOf(list: string): readonly string[] | null {
  const items = list.match(/\s*(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^,'"][^,]*)\s*(?:,|$)/g)
  if (!items || items.join('').length !== list.length) return null
  const texts = items.map((item) => scalarOf(item.replace(/,$/, '').trim())).filter((text) => text !== '')
  return texts.includes(null) || texts.length === 0 ? null : texts.filter((text) => text !== null)
}

/** Parses a single-line YAML scalar. Null for anchors, tags and unknown escapes. */
function scalarOf(value: string): string | null {
  const double = /^"(?<inner>(?:\\.|[^"\\])*)"\s*(?:#.*)?$/.exec(value)?.groups?.['inner']
  if (double !== undefined) return /\\[^"\\/]/.test(double) ? null : double.replace(/\\(.)/g, '$1')
  const single = /^'(?<inner>(?:''|[^'])*)'\s*(?:#.*)?$/.exec(value)?.groups?.['inner']
  if (single !== undefined) return single.replaceAll("''", "'")
  return /^[&*!|>%@`"'{[]/.test(value) ? null : value.replace(/\s+#.*$/, '')
}
