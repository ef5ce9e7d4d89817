/**
 * Finds rules in `.slugignore` and `.dockerignore`. Their syntax differs from that of `.gitignore`, so git can't
 * evaluate them.
 */

/** The format of an ignore file. */
export type IgnoreStyle = 'slug' | 'docker'

/** A rule that excludes a path. */
export interface IgnoreRule {
  readonly line: number
  readonly pattern: string
}

interface Rule extends IgnoreRule {
  readonly negated: boolean
  readonly foldersOnly: boolean
  readonly matches: (path: string) => boolean
}

/** Returns the rule that excludes a path, if any. Paths are relative to the ignore file. */
export function ignoringRule(text: string, style: IgnoreStyle, path: string): IgnoreRule | null {
  const parts = path.split('/')
  const folders = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
  let deciding: IgnoreRule | null = null
  for (const { line, pattern, negated, foldersOnly, matches } of parse(text, style)) {
    // Excluding a folder excludes everything in it.
    if (!folders.some(matches) && (foldersOnly || !matches(path))) continue
    deciding = negated ? null : { line, pattern }
  }
  return deciding
}

function parse(text: string, style: IgnoreStyle): readonly Rule[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  return lines.flatMap((raw, index) => {
    if (raw.startsWith('#')) return []
    const rule = style === 'docker' ? dockerRule(raw) : slugRule(raw)
    return rule ? [{ ...rule, line: index + 1, pattern: raw.trim() }] : []
  })
}

type Meaning = Pick<Rule, 'negated' | 'foldersOnly' | 'matches'>

/**
 * Parses a `.dockerignore` rule: Go's `filepath.Match` plus `**` and `!` (moby/patternmatcher, ignorefile). Names
 * without a slash match only at the top level. The last match wins.
 */
function dockerRule(raw: string): Meaning | null {
  const trimmed = raw.trim()
  const negated = trimmed.startsWith('!')
  const pattern = cleaned(negated ? trimmed.slice(1).trim() : trimmed)
  if (pattern === '') return null
  const common = { negated, foldersOnly: false }
  // A plain name after `**` matches as a suffix: `**b` matches `ab`.
  const ending = /^\*\*(?<rest>[^*?[\]\\/][^*?[\]\\]*)$/.exec(pattern)?.groups?.['rest']
  if (ending !== undefined) return { ...common, matches: (path) => path.endsWith(ending) }
  return { ...common, matches: matcherOf(pattern, { lastIsAll: true }) }
}

/** Cleans a pattern as Go's `filepath.Clean` does, and removes a leading slash. */
function cleaned(pattern: string): string {
  const parts: string[] = []
  for (const part of pattern.split('/')) {
    if (part === '..' && parts.length > 0) parts.pop()
    else if (part !== '' && part !== '.' && part !== '..') parts.push(part)
  }
  return parts.join('/')
}

/** Parses a `.slugignore` rule: like `.gitignore`, but without negation. Names without a slash match at any depth. */
function slugRule(raw: string): Meaning | null {
  if (raw.startsWith('!')) return null
  const trimmed = raw.replace(/(?<!\\)[ \t]+$/, '')
  const foldersOnly = trimmed.endsWith('/')
  const body = trimmed.replace(/\/$/, '')
  if (body === '') return null
  const rooted = body.includes('/') ? body.replace(/^\//, '') : `**/${body}`
  return { negated: false, foldersOnly, matches: matcherOf(rooted, { lastIsAll: false }) }
}

/**
 * Converts a pattern to a matcher. `*` and `?` don't match slashes. `**` does if it is a whole segment or `lastIsAll`
 * is true.
 */
function matcherOf(
  pattern: string,
  { lastIsAll }: { readonly lastIsAll: boolean },
): (path: string) => boolean {
  let source = ''
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? ''
    if (character === '*' && pattern[at + 1] === '*') {
      const whole = at === 0 || pattern[at - 1] === '/'
      at += 1
      if (pattern[at + 1] === '/' && (whole || lastIsAll)) {
        at += 1
        source += '(?:.*/)?'
      } else if (at === pattern.length - 1 && (whole || lastIsAll)) source += '.*'
      else source += lastIsAll ? '(?:.*/)?' : '[^/]*'
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[' && pattern.includes(']', at + 2)) {
      const end = pattern.indexOf(']', at + 2)
      source += `[${pattern
        .slice(at + 1, end)
        .replace(/^!/, lastIsAll ? '!' : '^')
        .replaceAll('[', String.raw`\[`)}]`
      at = end
    } else if (character === '\\' && at + 1 < pattern.length) {
      at += 1
      source += literal(pattern[at] ?? '')
    } else source += literal(character)
  }
  try {
    const expression = new RegExp(`^${source}$`, 'su')
    return (path) => expression.test(path)
  } catch {
    // An invalid pattern either matches no file or makes the build fail.
    return () => false
  }
}

function literal(character: string): string {
  return character.replace(/[$()*+./?[\\\]^{|}]/, String.raw`\$&`)
}
