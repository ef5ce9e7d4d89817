/** Explains why an upgrade's outcome is unknown. The messages don't end with a period. */
import type { Undetermined } from '../../core/diagnosis/diagnose.ts'
import { formatAlembicVersion } from '../../core/history/alembic-version.ts'
import { pythonRepr } from '../../core/text/python-text.ts'
import type { UnknownReason } from '../../core/upgrade/prediction.ts'
import { unreadableReason } from '../../rules/phrases/unreadable-file.ts'

/** Explains why a check or lint run reached no verdict. */
export function undetermined(why: Undetermined): string {
  if (why.kind === 'prediction') return unknownReason(why.reason)
  const { codes, checks = [] } = why
  const rules = codes.length === 0 ? [] : [`${codes.length === 1 ? 'rule' : 'rules'} ${codes.join(', ')}`]
  return `the guard's ${[...rules, ...new Set(checks)].join(' and ')} failed`
}

/** Explains why an upgrade's outcome is unknown. */
export function unknownReason(why: UnknownReason): string {
  switch (why.kind) {
    case 'oldAlembic':
      return `Alembic ${formatAlembicVersion(why.version)} is older than ${formatAlembicVersion(why.oldest)}, the oldest supported version`
    case 'env':
      return `${why.path} can't be evaluated (${why.expression})`
    case 'file':
      return `${why.path} is only known at run time (${unreadableReason(why.reason)})`
    case 'order':
      return why.complete
        ? 'the outcome depends on the order of Python sets or directory listings, which varies from run to run'
        : 'the outcome may depend on an order that varies from run to run, and there are too many possible orders to try'
    case 'inheritedLabels':
      return `"${why.identifier}" depends on inherited labels, which Alembic collects in an undefined order`
    case 'endless':
      return `Alembic would loop forever, because it doesn't detect the cycle through ${why.ids.join(', ')}`
    case 'relation':
      return `can't tell whether ${why.table}, which is ${why.view ? 'a view' : 'not a table'}, allows "${why.statement}"`
    case 'rowSecurity':
      return `row-level security policies on ${why.table} may reject Alembic's writes`
    case 'idInSql':
      return `the id ${pythonRepr(why.id)} would break the SQL that Alembic writes`
    case 'columnType':
      return `can't tell whether version_num (type ${why.type}) accepts the id ${pythonRepr(why.id)}`
    case 'filledColumn':
      return `can't tell whether SQLite supplies a value for column ${why.column} of ${why.table}`
    default:
      return why satisfies never
  }
}
