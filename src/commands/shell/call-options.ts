/** Options of this call that a printed command repeats, so that it is about the same project and database. */
import type { Env } from './option-reader.ts'
import type { OptionInputs } from './option-values.ts'
import { type OptionName, type OptionSpec, options, projectOptions, releaseVerbOptions } from './options.ts'

/** One option with its value as words. */
export interface CallOption {
  readonly name: OptionName
  readonly value: string
  /** `-c a.ini`, `--app=-odd` */
  readonly words: readonly string[]
}

/** What of the command line is repeated. Variables and pyproject.toml hold for the next call as well. */
export interface CallSettings {
  readonly call: {
    readonly options: readonly CallOption[]
    /** `--database-url` was given and no variable holds the same: it is no text to print. */
    readonly urlUnsaid: boolean
  }
}

const one = releaseVerbOptions.filter((name) => name !== 'database-url')
const many = [...one, 'schemas'] as const

/** What the verbs that a hint may name take of it. */
export const keptOptions: Readonly<Record<string, readonly OptionName[]>> = {
  check: many,
  preflight: many,
  explain: one,
  graph: one,
  placeholder: one,
  restore: one,
  restamp: one,
  manifest: projectOptions,
  recover: projectOptions,
}

/** Reads them off the command line. */
export function readCall(given: OptionInputs, env: Env): CallSettings {
  const kept = many.flatMap((name: OptionName): CallOption[] => {
    const value = given[name]
    // Said in a Procfile for plainness; it is what every verb assumes.
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

/** An option in its shortest form; a value that begins with a dash belongs to its option only behind `=`. */
export function callOption(name: OptionName, value: string): CallOption {
  const { alias }: OptionSpec = options[name]
  if (value.startsWith('-')) return { name, value, words: [`--${name}=${value}`] }
  return { name, value, words: [alias === undefined ? `--${name}` : `-${alias}`, value] }
}
