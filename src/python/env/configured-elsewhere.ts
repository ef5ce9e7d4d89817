/** Finds options passed to `context.configure` in files that env.py imports. */
import type { EnvFacts } from '../../core/history/env-effects.ts'
import type { Term } from '../interpreter/values.ts'
import type { EnvState } from './env-state.ts'

type Computed = EnvFacts['computed'][number]
type Call = EnvState['configuredElsewhere'] extends Map<unknown, infer One> ? One : never

/** Adds the options from `configure` calls in imported files. Used if env.py contains no such call. */
export function withElsewhere(facts: EnvFacts, calls: readonly Call[]): EnvFacts {
  const computed: Computed[] = []
  const valueOfAll = (option: string): string | boolean | null => {
    const values = calls.map(({ keywords }) =>
      keywords && !keywords.has(option) ? null : plainValue(keywords, option),
    )
    const [first = null] = values
    if (values.every((value) => value === first)) return first
    const at = calls.find((_, index) => values[index] === undefined) ?? calls[0]
    if (at) computed.push({ option, expression: 'context.configure', span: at.span })
    return null
  }
  const open = calls.find(({ keywords }) => keywords?.has('**'))
  if (open) computed.push({ option: '**', expression: 'context.configure', span: open.span })
  const versionTable = valueOfAll('version_table')
  const versionTableSchema = valueOfAll('version_table_schema')
  return {
    ...facts,
    versionTable: typeof versionTable === 'string' ? versionTable : null,
    versionTableSchema: typeof versionTableSchema === 'string' ? versionTableSchema : null,
    transactionPerMigration: valueOfAll('transaction_per_migration') === true,
    computed: [...facts.computed, ...computed],
  }
}

/** Returns an option's value; null for None. Undefined if the option is missing or isn't a literal. */
export function plainValue(
  given: ReadonlyMap<string, Term> | null | undefined,
  option: string,
): string | boolean | null | undefined {
  if (!given || given.has('**')) return undefined
  const term = given.get(option)
  if (term?.kind === 'str' || term?.kind === 'bool') return term.value
  return term?.kind === 'none' ? null : undefined
}
