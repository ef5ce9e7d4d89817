/** Values of options in the form that settings want; what is wrong with one is added to the list of mistakes. */
import type { IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import type { Raw } from './option-values.ts'
import type { OptionName } from './options.ts'

/** The environment's variables. */
export type Env = Readonly<Record<string, string | undefined>>

/** What the readers of settings ask. */
export interface OptionReader {
  /** Everything that is wrong; all of it is reported at once. */
  readonly mistakes: string[]
  text(name: OptionName): string | null
  flag(name: OptionName): boolean
  /** Null: it was not said. */
  choice(name: OptionName): boolean | null
  strings(name: OptionName): readonly string[]
  /** Strings, and from a file also tables. */
  list(name: OptionName): readonly (string | IgnoreEntry)[]
  /** A number that fits; the default where none was said, and where it doesn't fit. */
  number<Default extends number | null>(
    name: OptionName,
    standard: Default,
    fits: (value: number) => boolean,
    mistake: string,
  ): number | Default
}

/** Reads the values of options by name. */
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

/** The choice that the text names; the first when it names none. */
export function oneOfWords<Choice extends string>(
  choices: readonly [Choice, ...Choice[]],
  text: string | null,
): Choice {
  return choices.find((choice) => choice === text) ?? choices[0]
}
