/** Reads `[tool.alembic]` in pyproject.toml as Alembic 1.16 and later do. Only this file imports the TOML parser. */
import { pythonRepr } from '../../core/text/python-text.ts'
import { PythonRaise } from '../source/python-error.ts'

/** A TOML value. Integers are `bigint`, to distinguish `1` from `1.0`. */
export type TomlValue = string | bigint | number | boolean | TomlDate | readonly TomlValue[] | TomlTable
export type TomlTable = ReadonlyMap<string, TomlValue>
/** A TOML date or time; `date` is its Python type. */
export interface TomlDate {
  readonly date: 'datetime.datetime' | 'datetime.date' | 'datetime.time'
}

/** Rules for interpreting TOML values, which depend on Alembic's version. */
export interface TomlRules {
  /** Folder containing the TOML file, for `%(here)s`. */
  readonly here: string
  /** True for Alembic 1.16.4 and later. Earlier versions expect the string `"true"` instead of a boolean. */
  readonly booleans: boolean
  /** True for Alembic 1.16.5 and later. */
  readonly integers: boolean
}

/** An option's value after `%(here)s` interpolation. For tables, only the keys are kept. */
export type TomlOption =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'table'; readonly keys: readonly string[] }
  | { readonly kind: 'tables'; readonly tables: readonly (readonly string[])[] }
  | { readonly kind: 'int'; readonly value: bigint; readonly bool: boolean }

/**
 * Parses TOML.
 * @throws {@link PythonRaise} with `TOMLDecodeError`. The error's type and position match Python's; the message may
 * differ.
 */
export async function parseToml(text: string): Promise<TomlTable> {
  const { parse, TomlError, TomlDate: ParsedDate } = await import('smol-toml')
  // Python's tomllib rejects a byte order mark.
  if (text.startsWith('\ufeff')) {
    throw new PythonRaise('TOMLDecodeError', 'Invalid statement (at line 1, column 1)')
  }
  const plain = (value: unknown): TomlValue => {
    if (value instanceof ParsedDate) {
      if (value.isDate()) return { date: 'datetime.date' }
      return { date: value.isTime() ? 'datetime.time' : 'datetime.datetime' }
    }
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value === 'object' && value !== null) return table(value)
    if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return value
    return String(value)
  }
  const table = (value: object): TomlTable =>
    new Map(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
  try {
    return table(parse(text, { integersAsBigInt: true }))
  } catch (error) {
    if (error instanceof TomlError) {
      const reason = /Invalid TOML document: ([^\n]*)/.exec(error.message)?.[1] ?? 'invalid'
      throw new PythonRaise('TOMLDecodeError', `${reason} (at line ${error.line}, column ${error.column})`)
    }
    // The document is too deeply nested. Python's parser is recursive too, so it would also fail.
    if (error instanceof RangeError) {
      throw new PythonRaise('RecursionError', 'maximum recursion depth exceeded')
    }
    throw error
  }
}

/** Whether the value is a table, as opposed to an array or a date. */
export function isTable(value: TomlValue | undefined): value is TomlTable {
  return value instanceof Map
}

/**
 * Equivalent of `data.get("tool", {}).get("alembic", {})`.
 * @throws {@link PythonRaise} if `tool` or `alembic` isn't a table
 */
export function alembicTable(document: TomlTable): TomlTable {
  const tool = document.get('tool')
  if (tool === undefined) return new Map()
  if (!isTable(tool)) {
    throw new PythonRaise('AttributeError', `'${typeName(tool)}' object has no attribute 'get'`)
  }
  const table = tool.get('alembic')
  if (table === undefined) return new Map()
  if (!isTable(table)) throw new PythonRaise('CommandError', 'Incorrect TOML format')
  return table
}

/** Equivalent of `Config._get_toml_config_value` (alembic/config.py). */
export function readTomlOption(table: TomlTable, name: string, rules: TomlRules): TomlOption {
  const value = table.get(name)
  if (value === undefined) return { kind: 'absent' }
  const formatted = (item: TomlValue): string => {
    if (typeof item === 'string') return formatPercent(item, { here: rules.here })
    const type = typeName(item)
    throw new PythonRaise('TypeError', `unsupported operand type(s) for %: '${type}' and 'dict'`)
  }
  if (typeof value === 'string') return { kind: 'text', value: formatted(value) }
  if (Array.isArray(value)) {
    const items: readonly TomlValue[] = value
    if (!isTable(items[0])) return { kind: 'list', values: items.map(formatted) }
    return {
      kind: 'tables',
      tables: items.map((item) => {
        if (!isTable(item)) {
          throw new PythonRaise('AttributeError', `'${typeName(item)}' object has no attribute 'items'`)
        }
        for (const inner of item.values()) formatted(inner)
        return [...item.keys()]
      }),
    }
  }
  if (isTable(value)) {
    for (const inner of value.values()) formatted(inner)
    return { kind: 'table', keys: [...value.keys()] }
  }
  if (rules.integers && (typeof value === 'bigint' || typeof value === 'boolean')) {
    return { kind: 'int', value: BigInt(value), bool: typeof value === 'boolean' }
  }
  const which = rules.booleans ? ` for key: ${pythonRepr(name)}` : ''
  throw new PythonRaise('CommandError', `unsupported TOML value type${which}`)
}

/**
 * Equivalent to `Config.get_alembic_boolean_option` in Alembic 1.16.4 and later. Earlier versions compare with
 * `"true"`.
 */
export function readTomlSwitch(table: TomlTable, name: string, rules: TomlRules): boolean {
  if (!rules.booleans) {
    const option = readTomlOption(table, name, rules)
    return option.kind === 'text' && option.value === 'true'
  }
  const value = table.get(name) ?? false
  if (typeof value === 'boolean') return value
  throw new PythonRaise('CommandError', `boolean value expected for TOML parameter ${pythonRepr(name)}`)
}

/** Python's name for a value's type. */
function typeName(value: TomlValue): string {
  if (typeof value === 'string') return 'str'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'float'
  if (typeof value === 'boolean') return 'bool'
  if (Array.isArray(value)) return 'list'
  return 'date' in value ? value.date : 'dict'
}

const conversion =
  /(?<flags>[#0\- +]*)(?<width>\*|\d*)(?:\.(?<precision>\*|\d*))?[hlL]?(?<type>[^#0-9\- +*.hlL])/uy

/**
 * Equivalent of `text % {…}`. Supports `%(name)s`, `%r`, `%a` and `%%`.
 * @throws {@link PythonRaise} with `ValueError`, `TypeError` or `KeyError`
 */
export function formatPercent(text: string, values: Readonly<Record<string, string>>): string {
  let out = ''
  let position = 0
  for (;;) {
    const percent = text.indexOf('%', position)
    if (percent < 0) return out + text.slice(position)
    out += text.slice(position, percent)
    const name = text[percent + 1] === '(' ? keyAt(text, percent + 2) : undefined
    conversion.lastIndex = percent + 1 + (name === undefined ? 0 : name.length + 2)
    const groups = conversion.exec(text)?.groups
    if (!groups) throw new PythonRaise('ValueError', 'incomplete format')
    position = conversion.lastIndex
    const { flags = '', width = '', precision, type = '' } = groups
    if (type === '%') {
      out += '%'
      continue
    }
    if (width === '*' || precision === '*') throw new PythonRaise('TypeError', '* wants int')
    if (name !== undefined && !Object.hasOwn(values, name))
      throw new PythonRaise('KeyError', pythonRepr(name))
    if ('diouxXeEfFgGc'.includes(type)) throw wrongType(type, name === undefined ? 'dict' : 'str')
    if (!'sra'.includes(type)) {
      const code = (type.codePointAt(0) ?? 0).toString(16)
      const index = Array.from(text.slice(0, position)).length - 1
      throw new PythonRaise(
        'ValueError',
        `unsupported format character '${type}' (0x${code}) at index ${index}`,
      )
    }
    // `%s` formats the whole dictionary, which is never a usable path.
    const value = name === undefined ? dictRepr(values) : (values[name] ?? '')
    const shown = type === 's' || name === undefined ? value : pythonRepr(value)
    const cut =
      precision === undefined
        ? shown
        : Array.from(shown)
            .slice(0, Number(precision || 0))
            .join('')
    const pad = ' '.repeat(Math.min(Math.max(0, Number(width || 0) - Array.from(cut).length), 4096))
    out += flags.includes('-') ? cut + pad : pad + cut
  }
}

/** Returns the key from `start` to its closing parenthesis. Inner parentheses must be balanced. */
function keyAt(text: string, start: number): string {
  let open = 1
  for (let index = start; index < text.length; index += 1) {
    if (text[index] === '(') open += 1
    if (text[index] === ')') open -= 1
    if (open === 0) return text.slice(start, index)
  }
  throw new PythonRaise('ValueError', 'incomplete format key')
}

function wrongType(type: string, given: string): PythonRaise {
  if (type === 'c') return new PythonRaise('TypeError', '%c requires int or char')
  const wanted = 'oxX'.includes(type) ? 'an integer is required' : 'a real number is required'
  // Python's message for float conversions is different.
  if ('eEfFgG'.includes(type)) return new PythonRaise('TypeError', `must be real number, not ${given}`)
  return new PythonRaise('TypeError', `%${type} format: ${wanted}, not ${given}`)
}

function dictRepr(values: Readonly<Record<string, string>>): string {
  const items = Object.entries(values).map(([key, value]) => `${pythonRepr(key)}: ${pythonRepr(value)}`)
  return `{${items.join(', ')}}`
}
