/**
 * Parses an ini file as Python's `configparser.ConfigParser(defaults={'here': …})` does, with the same errors
 * (CPython 3.11, Lib/configparser.py).
 */
import { pythonRepr } from '../../core/text/python-text.ts'
import { PythonRaise, indentOf, pythonTrim, pythonTrimEnd } from '../source/python-error.ts'

/** A parsed ini file. Option names are lowercase; values aren't interpolated. */
export interface Ini {
  /** Options in `[DEFAULT]`, plus the caller's defaults (`here`). `sections` doesn't include them. */
  readonly defaults: ReadonlyMap<string, string>
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** `here` is substituted for `%(here)s`. `source` is the `repr()` of the file name, for use in messages. */
export interface IniContext {
  readonly here: string
  readonly source: string
}

const defaultSection = 'DEFAULT'
const sectionHeader = /^\[([^\n]+)\]/
const maxChain = 10
/** Maximum length of an interpolated value. Python has no limit and would run out of memory. */
const maxValueLength = 10_000_000

type Lines = string[]

/**
 * Parses an ini file.
 * @throws {@link PythonRaise} with `MissingSectionHeaderError`, `DuplicateSectionError`, `DuplicateOptionError` or
 * `ParsingError`
 */
export function parseIni(text: string, context: IniContext): Ini {
  const defaults = new Map<string, Lines>()
  const sections = new Map<string, Map<string, Lines>>()
  const seen = new Map<string, Set<string>>()
  const broken: string[] = []
  let sectionName = ''
  let section: Map<string, Lines> | null = null
  let optionName = ''
  let indent = 0
  let lineNumber = 0

  for (const line of linesOf(text)) {
    lineNumber += 1
    const value = pythonTrim(line)
    if (value.startsWith('#') || value.startsWith(';')) continue
    if (value === '') {
      if (optionName !== '') section?.get(optionName)?.push('')
      continue
    }
    const lineIndent = indentOf(line)
    if (section && optionName !== '' && lineIndent > indent) {
      section.get(optionName)?.push(value)
      continue
    }
    indent = lineIndent
    const header = sectionHeader.exec(value)?.[1]
    if (header !== undefined) {
      sectionName = header
      optionName = ''
      if (header === defaultSection) {
        section = defaults
      } else {
        if (sections.has(header)) {
          throw new PythonRaise('DuplicateSectionError', duplicate(context, lineNumber, 'section', header))
        }
        section = new Map()
        sections.set(header, section)
      }
      continue
    }
    if (!section) {
      throw new PythonRaise(
        'MissingSectionHeaderError',
        `File contains no section headers.\nfile: ${context.source}, line: ${lineNumber}\n${pythonRepr(line)}`,
      )
    }
    const delimiter = value.search(/[=:]/)
    if (delimiter < 0) {
      broken.push(brokenLine(lineNumber, line))
      continue
    }
    if (delimiter === 0) broken.push(brokenLine(lineNumber, line))
    optionName = pythonTrimEnd(value.slice(0, delimiter)).toLowerCase()
    const names = seen.get(sectionName) ?? new Set()
    seen.set(sectionName, names)
    if (names.has(optionName)) {
      const where = `${pythonRepr(optionName)} in section ${pythonRepr(sectionName)}`
      throw new PythonRaise('DuplicateOptionError', duplicate(context, lineNumber, 'option', where, true))
    }
    names.add(optionName)
    section.set(optionName, [pythonTrim(value.slice(delimiter + 1))])
  }

  if (broken.length > 0) {
    throw new PythonRaise(
      'ParsingError',
      `Source contains parsing errors: ${context.source}${broken.join('')}`,
    )
  }
  return {
    defaults: new Map([['here', context.here], ...joined(defaults)]),
    sections: new Map([...sections].map(([name, options]) => [name, joined(options)])),
  }
}

/** Equivalent of `has_section`; false for `[DEFAULT]`. */
export function hasSection(ini: Ini, section: string): boolean {
  return ini.sections.has(section)
}

/** Equivalent of `has_option`. Options in `[DEFAULT]` count if the section exists. */
export function hasOption(ini: Ini, section: string, option: string): boolean {
  return optionsOf(ini, section)?.has(option.toLowerCase()) ?? false
}

/**
 * Equivalent of `get(section, option, fallback=None)`.
 * @throws {@link PythonRaise} with one of the three `Interpolation…Error`s
 */
export function readOption(ini: Ini, section: string, option: string): string | null {
  const options = optionsOf(ini, section)
  const name = option.toLowerCase()
  const raw = options?.get(name)
  return options && raw !== undefined ? interpolate(raw, { section, option: name, raw, options }) : null
}

/**
 * Equivalent of `items(section)`; null if the section is missing.
 * @throws {@link PythonRaise} at the first option that can't be interpolated
 */
export function readSection(ini: Ini, section: string): ReadonlyMap<string, string> | null {
  const options = optionsOf(ini, section)
  if (!options || !hasSection(ini, section)) return null
  return new Map(
    [...options].map(([option, raw]) => [option, interpolate(raw, { section, option, raw, options })]),
  )
}

function optionsOf(ini: Ini, section: string): ReadonlyMap<string, string> | null {
  if (section === defaultSection) return ini.defaults
  const own = ini.sections.get(section)
  return own ? new Map([...ini.defaults, ...own]) : null
}

interface Asked {
  readonly section: string
  readonly option: string
  readonly raw: string
  readonly options: ReadonlyMap<string, string>
}

/** Equivalent of `BasicInterpolation.before_get`. */
function interpolate(raw: string, asked: Asked): string {
  const out: string[] = []
  const budget = { left: maxValueLength }
  substitute(raw, asked, 1, out, budget)
  return out.join('')
}

function substitute(
  text: string,
  asked: Asked,
  depth: number,
  out: string[],
  budget: { left: number },
): void {
  const where = `option ${pythonRepr(asked.option)} in section ${pythonRepr(asked.section)} contains an interpolation key`
  if (depth > maxChain) {
    throw new PythonRaise(
      'InterpolationDepthError',
      `Recursion limit exceeded in value substitution: ${where} which cannot be substituted in ` +
        `${maxChain} steps. Raw value: ${pythonRepr(asked.raw)}`,
    )
  }
  let position = 0
  while (position < text.length) {
    const percent = text.indexOf('%', position)
    if (percent < 0) {
      out.push(text.slice(position))
      return
    }
    out.push(text.slice(position, percent))
    const next = text[percent + 1]
    if (next === '%') {
      out.push('%')
      position = percent + 2
      continue
    }
    if (next !== '(') {
      const found = pythonRepr(text.slice(percent))
      throw new PythonRaise('InterpolationSyntaxError', `'%' must be followed by '%' or '(', found: ${found}`)
    }
    const close = text.indexOf(')', percent)
    if (close < percent + 3 || text[close + 1] !== 's') {
      const found = pythonRepr(text.slice(percent))
      throw new PythonRaise('InterpolationSyntaxError', `bad interpolation variable reference ${found}`)
    }
    const name = text.slice(percent + 2, close).toLowerCase()
    position = close + 2
    const value = asked.options.get(name)
    if (value === undefined) {
      throw new PythonRaise(
        'InterpolationMissingOptionError',
        `Bad value substitution: ${where} ${pythonRepr(name)} which is not a valid option name. ` +
          `Raw value: ${pythonRepr(asked.raw)}`,
      )
    }
    budget.left -= 1 + value.length
    if (budget.left < 0)
      throw new PythonRaise('MemoryError', 'the value grows without limit when interpolated')
    if (value.includes('%')) substitute(value, asked, depth + 1, out, budget)
    else out.push(value)
  }
}

/** Splits the text into lines that end with `\n`, as universal newlines mode does. */
function linesOf(text: string): string[] {
  const lines = text.replace(/\r\n?/g, '\n').split(/(?<=\n)/)
  return lines.length === 1 && lines[0] === '' ? [] : lines
}

function joined(options: ReadonlyMap<string, Lines>): ReadonlyMap<string, string> {
  return new Map([...options].map(([name, lines]) => [name, pythonTrimEnd(lines.join('\n'))]))
}

function brokenLine(lineNumber: number, line: string): string {
  return `\n\t[line ${String(lineNumber).padStart(2)}]: ${pythonRepr(line)}`
}

function duplicate(context: IniContext, line: number, what: string, name: string, quoted = false): string {
  const shown = quoted ? name : pythonRepr(name)
  return `While reading from ${context.source} [line ${String(line).padStart(2)}]: ${what} ${shown} already exists`
}
