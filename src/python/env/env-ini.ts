/** Models how env.py reads options from alembic.ini. */
import { type Call, sourceOf } from '../interpreter/run.ts'
import { type Term, textTerm, unknown } from '../interpreter/values.ts'
import { mainOption } from '../operations/ini-options.ts'
import type { EnvRun, EnvState } from './env-state.ts'

/** Whether the first argument is the name of Alembic's section, or `config.config_ini_section`. */
export function isOwnSection({ state, run }: EnvRun, { args, node }: Call): boolean {
  const [given] = args
  if (given?.kind === 'str') return given.value === state.ini?.name
  const [written] = node.args
  return written !== undefined && /(?:^|\.)config_ini_section$/.test(sourceOf(run, written))
}

/** Evaluates `config.get_main_option(name, default)`. */
export function optionOf({ ini }: EnvState, args: readonly Term[], own: boolean): Term {
  return own ? mainOption(ini?.options, args) : unknown
}

/** Evaluates `config.get_section`. Each call returns a new dictionary. */
export function sectionOf({ ini }: EnvState): Term {
  if (ini === null) return unknown
  const entries = [...ini.options].map(
    ([name, value]) =>
      [`str:${name}`, { key: textTerm(name), value: value === null ? unknown : textTerm(value) }] as const,
  )
  return { kind: 'dict', entries: new Map(entries), spoiled: false }
}

/** Marks an option as unknown because env.py sets it. */
export function changeOption(state: EnvState, name: Term): void {
  const { ini } = state
  if (ini === null) return
  state.ini =
    name.kind === 'str' ? { ...ini, options: new Map(ini.options).set(name.value.toLowerCase(), null) } : null
}
