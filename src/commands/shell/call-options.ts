/** Decides which options to repeat in suggested commands, so that they use the same project and database. */
import type { Env } from './option-reader.ts'
import type { OptionInputs } from './option-values.ts'
import { type OptionName, type OptionSpec, options, projectOptions, releaseVerbOptions } from './options.ts'

/** An option, its value, and the command-line arguments that set it. */
export interface CallOption {
  readonly name: OptionName
  readonly value: string
  /** Command-line arguments, such as `-c a.ini` or `--app=-odd`. */
  readonly words: readonly string[]
}

/**
 * Command-line options to repeat in suggested commands. Environment variables and pyproject.toml apply to those
 * commands anyway.
 */
export interface CallSettings {
  readonly call: {
    readonly options: readonly CallOption[]
    /**
     * Whether the URL comes only from `--database-url`. Suggested commands leave it out, so that it isn't printed.
     */
    readonly urlUnsaid: boolean
  }
}

const one = releaseVerbOptions.filter((name) => name !== 'database-url')
const many = [...one, 'schemas'] as const

/** Maps each suggested command to the options that it must repeat. */
export const keptOptions: Readonly<Record<string, readonly OptionName[]>> = {
  check: many,
  preflight: one,
  explain: one,
  graph: one,
  placeholder: one,
  restore: one,
  restamp: one,
  manifest: projectOptions,
  recover: projectOptions,
}

/** Returns the options to repeat in suggested commands. */
export function readCall(given: OptionInputs, env: Env): CallSettings {
  const kept = many.flatMap((name: OptionName): CallOption[] => {
    const value = given[name]
    // Don't repeat the default target, which Procfiles often spell out.
    if (name === 'target' && value === 'head') return []
    const values = typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : []
    return values.map((text) => callOption(name, text))
  })
  const url = given['database-url']
  if (typeof url !== 'string') return { call: { options: kept, urlUnsaid: false } }
  const holder = Object.keys(env).find((name) => env[name] === url && /^[A-Za-z_]\w*$/.test(name))
  const named: CallOption[] =
    holder === undefined || holder === 'DATABASE_URL' ? [] : [callOption('database-url-env', holder)]
  const others = kept.filter(({ name }) => name !== 'database-url-env')
  return { call: { options: [...others, ...named], urlUnsaid: holder === undefined } }
}

/** Returns an option in its shortest form. A value that starts with a dash must follow `=`. */
export function callOption(name: OptionName, value: string): CallOption {
  const { alias }: OptionSpec = options[name]
  if (value.startsWith('-')) return { name, value, words: [`--${name}=${value}`] }
  return { name, value, words: [alias === undefined ? `--${name}` : `-${alias}`, value] }
}
