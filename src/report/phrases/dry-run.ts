/** Explains what wasn't checked against the live schema, and why. */
import type { UncheckedReason } from '../../core/dry-run/dry-run.ts'
import { type EnvDoubt, doubtText, effectsOn } from '../../core/history/env-effects.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { DialectName } from '../../core/dialect/dialect-name.ts'

/** Explains why only a rehearsal can check an operation. */
export function uncheckedReason(why: UncheckedReason): string {
  switch (why.kind) {
    case 'unreadable':
      return why.reason ?? 'the file is missing'
    case 'opaque':
      return why.reason
    case 'uncertain':
      return why.naming
        ? `its names depend on a naming convention that the guard doesn't know: ${doubtText(why.naming)}`
        : 'its preconditions are unknown'
    case 'catalog':
      return `it writes to the system catalog ${why.table}`
    case 'rows':
      return 'it reads or writes rows, and some of its names or types are unknown'
    case 'check': {
      const { table, condition } = why
      const find =
        condition === null ? '' : `; to find such rows: SELECT * FROM ${table} WHERE NOT (${condition})`
      return `rows of ${table} may violate the new CHECK constraint${find}`
    }
    default:
      return `the guard can't fully check it (${partNames[why.what] ?? why.what})`
  }
}

/** Readable names for internal names that are too terse. */
const partNames: Readonly<Record<string, string>> = {
  "type's CHECK": "the column type's CHECK constraint",
  'index storage': "the index's storage options",
  'view dependents': 'objects that depend on the view',
  'materialized view dependents': 'objects that depend on the view',
  'sequence dependents': 'objects that depend on the sequence',
  'type dependents': 'objects that depend on the type',
}

const costs: Readonly<Record<EnvDoubt['touches']['kind'], string>> = {
  everything: 'nothing was checked against the live schema',
  names: "unqualified names weren't checked",
  rights: "the role's privileges weren't checked",
  'new objects': 'objects that are missing now may exist when the migrations run',
  'version width': "the length of revision ids wasn't checked",
  tables: "the tables it uses weren't checked",
  schema: "the schema it uses wasn't checked",
}

/** Explains which checks env.py prevents, one sentence per problem. */
export function envRemarks({ env }: Repository, dialect: DialectName): readonly string[] {
  return effectsOn(env, dialect).doubts.map((doubt) => `${doubtText(doubt)}: ${costs[doubt.touches.kind]}`)
}
