/** Options of alembic.ini, as read by Python code. */
import { type Term, none, textTerm, unknown } from '../interpreter/values.ts'

/** Options by lower-case name; null values may be secrets. */
export type IniOptions = ReadonlyMap<string, string | null>

/** Returns the value of `config.get_main_option(name, default)`; `options` is absent if unknown. */
export function mainOption(options: IniOptions | undefined, [name, otherwise = none]: readonly Term[]): Term {
  if (options === undefined || name?.kind !== 'str') return unknown
  const value = options.get(name.value.toLowerCase())
  if (value === undefined) return otherwise
  return value === null ? unknown : textTerm(value)
}
