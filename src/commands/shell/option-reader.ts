/**
 * Reads option values and converts them to the types that settings require. Collects error messages about invalid
 * values.
 */
import type { IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import type { Raw } from './option-values.ts'
import type { OptionName } from './options.ts'

/** Environment variables. */
export type Env = Readonly<Record<string, string | undefined>>

/** Typed access to option values. */
export interface OptionReader {
  /** One error message for each invalid value. */
  readonly mistakes: string[]
  text(name: OptionName): string | null
  flag(name: OptionName): boolean
  /** Null if the option wasn't given. */
  choice(name: OptionName): boolean | null
  strings(name: OptionName): readonly string[]
  /** Entries from pyproject.toml can also be tables. */
  list(name: OptionName): readonly (string | IgnoreEntry)[]
  /** Returns the default if the value is missing or invalid. */
  number<Default extends number | null>(
    name: OptionName,
    standard: Default,
    fits: (value: number) => boolean,
    mistake: string,
  ): number | Default
}

/** Creates a reader for option values. */
export function optionReader(values: ReadonlyMap<OptionName, Raw>, mistakes: string[]): OptionReader {
  const list = (name: OptionName): readonly (string | IgnoreEntry)[] => {
    const value = values.get(name)
    return Array.isArray(value) ? value : []
  }
  return {
    mistakes,
    text(name) {
      const value = values.get(name)
      return typeof value === 'string' ? value : null
    },
    flag: (name) => values.get(name) === true,
    choice(name) {
      const value = values.get(name)
      return typeof value === 'boolean' ? value : null
    },
    strings: (name) => list(name).filter((entry) => typeof entry === 'string'),
    list,
    number(name, standard, fits, mistake) {
      const value = values.get(name)
      if (value === undefined) return standard
      if (typeof value === 'number' && fits(value)) return value
      mistakes.push(mistake)
      return standard
    },
  }
}

/** Returns the choice that equals the text, falling back to the first choice. */
export function oneOfWords<Choice extends string>(
  choices: readonly [Choice, ...Choice[]],
  text: string | null,
): Choice {
  return choices.find((choice) => choice === text) ?? choices[0]
}
