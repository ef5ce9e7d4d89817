/** Evaluates Python code that reads options of alembic.ini. */
import { type Term, none, textTerm, unknown } from '../interpreter/values.ts'

/** Option values by lowercase name. A value is null if it may be a secret. */
export type IniOptions = ReadonlyMap<string, string | null>

/** Evaluates `config.get_main_option(name, default)`. `options` is undefined if the options are unknown. */
export function mainOption(options: IniOptions | undefined, [name, otherwise = none]: readonly Term[]): Term {
  if (options === undefined || name?.kind !== 'str') return unknown
  const value = options.get(name.value.toLowerCase())
  if (value === undefined) return otherwise
  return value === null ? unknown : textTerm(value)
}
