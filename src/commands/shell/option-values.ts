/**
 * Collects option values from the command line, the environment and `[tool.alembic-guard]`, in that order of
 * precedence. Validates their types and choices.
 */
import { FileUnreadable, type FileTree } from '../../adapters/files/file-tree.ts'
import type { IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import { shown } from '../../core/text/display.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import { type TomlTable, type TomlValue, isTable, parseToml } from '../../python/config/toml.ts'
import { type OptionName, type OptionSpec, options, variableOf } from './options.ts'

/** The user's options by name. An option that wasn't given is undefined. */
export type OptionInputs = Readonly<
  Partial<Record<OptionName, string | boolean | readonly string[]>> & { positionals?: readonly string[] }
>

/** An option's value before validation, converted to the type that the option expects. */
export type Raw = string | boolean | number | readonly (string | IgnoreEntry)[]

/** Returns the values of all given options. Adds an error message to `mistakes` for each invalid value. */
export async function readOptionValues(
  given: OptionInputs,
  env: Readonly<Record<string, string | undefined>>,
  tree: FileTree,
  mistakes: string[],
): Promise<ReadonlyMap<OptionName, Raw>> {
  const table = await readTable(tree, mistakes)
  const raw = new Map<OptionName, Raw>()
  for (const [name, spec] of Object.entries(options) as [OptionName, OptionSpec][]) {
    const value =
      fromCommandLine(name, spec, given[name], mistakes) ??
      (spec.thisCallOnly
        ? null
        : (fromEnvironment(name, spec, env, mistakes) ?? fromTable(name, spec, table?.get(name), mistakes)))
    if (value !== null) raw.set(name, value)
  }
  return raw
}

function fromCommandLine(
  name: OptionName,
  spec: OptionSpec,
  value: OptionInputs[OptionName],
  mistakes: string[],
): Raw | null {
  if (value === undefined) return null
  const values = typeof value === 'string' || typeof value === 'boolean' ? [value] : value
  if (spec.type === 'list') return values.map(String)
  if (values.length > 1) {
    mistakes.push(`--${name} was given ${values.length} times`)
    return null
  }
  return parseText(`--${name}`, spec, String(values[0]), mistakes)
}

function fromEnvironment(
  name: OptionName,
  spec: OptionSpec,
  env: Readonly<Record<string, string | undefined>>,
  mistakes: string[],
): Raw | null {
  const value = env[variableOf(name)]
  if (value === undefined || value === '') return null
  if (spec.type === 'list') return value.split(',').map((part) => part.trim())
  return parseText(variableOf(name), spec, value, mistakes)
}

/** Converts a string to the type of its option. */
function parseText(where: string, spec: OptionSpec, value: string, mistakes: string[]): Raw | null {
  if (spec.type === 'boolean') {
    if (/^(true|1|yes|on)$/i.test(value)) return true
    if (/^(false|0|no|off)$/i.test(value)) return false
    mistakes.push(`${where} must be true or false, not ${shown(value)}`)
    return null
  }
  if (spec.type === 'number') {
    const number = Number(value)
    if (value.trim() !== '' && Number.isFinite(number)) return number
    mistakes.push(`${where} must be a number, not ${shown(value)}`)
    return null
  }
  if (spec.choices && !spec.choices.includes(value)) {
    mistakes.push(`${where} must be one of ${spec.choices.join(', ')}, not ${shown(value)}`)
    return null
  }
  return value
}

function fromTable(
  name: OptionName,
  spec: OptionSpec,
  value: TomlValue | undefined,
  mistakes: string[],
): Raw | null {
  if (value === undefined) return null
  const where = `pyproject.toml, [tool.alembic-guard] ${name}`
  if (typeof value === 'string')
    return spec.type === 'list' ? [value] : parseText(where, spec, value, mistakes)
  if (typeof value === 'boolean' && spec.type === 'boolean') return value
  if ((typeof value === 'number' || typeof value === 'bigint') && spec.type === 'number') return Number(value)
  if (Array.isArray(value) && spec.type === 'list') {
    const entries = (value as readonly TomlValue[]).map((entry) =>
      typeof entry === 'string' ? entry : name === 'ignore' && isTable(entry) ? ignoreTable(entry) : null,
    )
    if (!entries.includes(null)) return entries.filter((entry) => entry !== null)
  }
  mistakes.push(`${where} must be ${spec.type === 'list' ? 'a list of strings' : `a ${spec.type}`}`)
  return null
}

function ignoreTable(table: TomlTable): IgnoreEntry | null {
  const text = (key: string): string | null => {
    const value = table.get(key)
    return typeof value === 'string' ? value : null
  }
  const code = text('code')
  return code === null ? null : { code, revision: text('revision'), reason: text('reason') }
}

/**
 * Reads `[tool.alembic-guard]`; null if there is none. If the file is invalid but mentions the guard, adds an error
 * to `mistakes`.
 */
async function readTable(tree: FileTree, mistakes: string[]): Promise<TomlTable | null> {
  try {
    const bytes = tree.readFile('pyproject.toml')
    const text = bytes ? new TextDecoder().decode(bytes) : ''
    if (!text.includes('alembic-guard')) return null
    const tool = (await parseToml(text)).get('tool')
    const table = isTable(tool) ? tool.get('alembic-guard') : undefined
    if (table === undefined) return null
    if (!isTable(table)) {
      mistakes.push('pyproject.toml: tool.alembic-guard must be a table')
      return null
    }
    for (const key of table.keys()) {
      // `lint` is a subtable, not an option.
      const spec: OptionSpec | undefined = key in options ? options[key as OptionName] : undefined
      if (key !== 'lint' && (!spec || spec.thisCallOnly))
        mistakes.push(`pyproject.toml, [tool.alembic-guard]: unknown option ${shown(key)}`)
    }
    return table
  } catch (error) {
    if (error instanceof PythonRaise) mistakes.push(`pyproject.toml: ${error.error.message}`)
    else if (error instanceof FileUnreadable) mistakes.push(`pyproject.toml can't be read (${error.code})`)
    else throw error
    return null
  }
}
