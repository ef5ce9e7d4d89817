import { shown } from '../text/display.ts'

/** Why a command wasn't recognized. Words are truncated, so that no secret is printed. */
export type WrappedProblem =
  /** `program` is `python` if there's no module or script; null if there's no program. */
  | { readonly kind: 'noProgram'; readonly program: 'python' | null }
  | { readonly kind: 'shell'; readonly name: string }
  /** `command` is a program's name, or words such as `python -m app`. */
  | { readonly kind: 'unknownCommand'; readonly command: string }
  | {
      readonly kind: 'unknownOption' | 'noValue'
      readonly program: string
      readonly option: string
    }
  | { readonly kind: 'noRevision' | 'severalRevisions'; readonly program: string }
  /** `verb` is null if there's no subcommand. */
  | { readonly kind: 'notUpgrade'; readonly program: string; readonly verb: string | null }

/** A program's option. `value` is true if it takes a value. */
export interface Option {
  readonly names: readonly string[]
  readonly key: string
  readonly value: boolean
}

/** Parsed options with values, and positional arguments. */
export interface Words {
  readonly given: readonly { readonly key: string; readonly value: string }[]
  readonly positionals: readonly string[]
}

/** Defines an option such as `-c FILE`, `--directory DIR` or `--sql`. */
export function option(names: string, key: string, value: 'value' | 'flag'): Option {
  return { names: names.split(' '), key, value: value === 'value' }
}

/**
 * Parses options and positional arguments. If `stop` is true, parsing ends at the first positional argument. If
 * `shorten` is true, options may be abbreviated to unambiguous prefixes, as with argparse.
 */
export function takeWords(
  program: string,
  words: readonly string[],
  known: readonly Option[],
  { stop, shorten }: { readonly stop: boolean; readonly shorten: boolean },
): Words | WrappedProblem {
  const given: { key: string; value: string }[] = []
  const positionals: string[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    if (word === '--') return { given, positionals: [...positionals, ...words.slice(index + 1)] }
    const found = findOption(word, known, shorten)
    if (found === null) {
      if (word.startsWith('-') && !/^-\d+$/.test(word)) return unknownOption(program, word)
      positionals.push(word)
      if (stop) return { given, positionals: [...positionals, ...words.slice(index + 1)] }
      continue
    }
    if (found.option.value && found.attached === null) index += 1
    const value = found.option.value ? (found.attached ?? words[index]) : ''
    if (value === undefined) return { kind: 'noValue', program, option: optionShown(word) }
    given.push({ key: found.option.key, value })
  }
  return { given, positionals }
}

/** Parses the option in a word, such as `-c FILE`, `-cFILE`, `--config=FILE` or `--conf FILE`. */
function findOption(
  word: string,
  known: readonly Option[],
  shorten: boolean,
): { readonly option: Option; readonly attached: string | null } | null {
  const [name = '', attached = null] = word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]
  const exact = known.find(({ names }) => names.includes(name))
  if (exact) return attached !== null && !exact.value ? null : { option: exact, attached }
  if (shorten && name.startsWith('--') && name.length > 2) {
    const meant = known.filter(({ names }) => names.some((one) => one.startsWith(name)))
    const [only] = meant
    return only && meant.length === 1 ? { option: only, attached } : null
  }
  if (word.startsWith('--') || !word.startsWith('-') || word.length < 3) return null
  const short = known.find(({ names, value }) => value && names.includes(word.slice(0, 2)))
  return short ? { option: short, attached: word.slice(2).replace(shorten ? /^=/ : /^$/, '') } : null
}

/** An option's values, in order. */
export function valuesOf({ given }: Words, key: string): readonly string[] {
  return given.filter((one) => one.key === key).map(({ value }) => value)
}

/** Separates leading `NAME=value` words from the rest. */
export function takeAssignments(
  words: readonly string[],
): readonly [ReadonlyMap<string, string>, readonly string[]] {
  const assignments = new Map<string, string>()
  let index = 0
  for (; index < words.length; index += 1) {
    const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(words[index] ?? '') ?? []
    if (name === undefined) break
    assignments.set(name, value ?? '')
  }
  return [assignments, words.slice(index)]
}

/** The printable part of a word: the text before `=`, or `...` for a possible URL. */
export function nameOf(word: string): string {
  const name = word.replace(/=[^]*$/, '')
  return /:\/\/|@/.test(name) ? '...' : shown(name)
}

function optionShown(word: string): string {
  return shown(word.replace(/^(--?[\w-]*)[^]*$/, '$1'))
}

/** Reports an unknown option, without revealing its value. */
export function unknownOption(program: string, word: string): WrappedProblem {
  return { kind: 'unknownOption', program, option: optionShown(word) }
}
