/** Models Python code that reads alembic.ini options. */
import { type Term, none, textTerm, unknown } from '../interpreter/values.ts'

/** Option values, keyed by lowercase name. Null for possible secrets. */
export type IniOptions = ReadonlyMap<string, string | null>

/** Evaluates `config.get_main_option(name, default)`. `options` is undefined if unknown. */
export function mainOption(options: IniOptions | undefined, [name, otherwise = none]: readonly Term[]): Term {
  if (options === undefined || name?.kind !== 'str') return unknown
  const value = options.get(name.value.toLowerCase())
  if (value === undefined) return otherwise
  return value === null ? unknown : textTerm(value)
}
