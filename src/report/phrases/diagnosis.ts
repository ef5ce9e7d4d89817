/** Why nothing certain can be said of an upgrade, in clauses without a full stop. */
import type { Undetermined } from '../../core/diagnosis/diagnose.ts'
import { formatAlembicVersion } from '../../core/history/alembic-version.ts'
import { pythonRepr } from '../../core/text/python-text.ts'
import type { UnknownReason } from '../../core/upgrade/prediction.ts'
import { unreadableReason } from '../../rules/phrases/unreadable-file.ts'

/** Why a check or a lint has no verdict. */
export function undetermined(why: Undetermined): string {
  return why.kind === 'prediction'
    ? unknownReason(why.reason)
    : `rule ${why.codes.join(', ')} of the guard failed`
}

/** Why the outcome of an upgrade is unknown. */
export function unknownReason(why: UnknownReason): string {
  switch (why.kind) {
    case 'oldAlembic':
      return `Alembic ${formatAlembicVersion(why.version)} is older than ${formatAlembicVersion(why.oldest)}, which works differently`
    case 'env':
      return `${why.path} can't be understood (${why.expression})`
    case 'file':
      return `${why.path} is only known at run time (${unreadableReason(why.reason)})`
    case 'order':
      return why.complete
        ? 'the outcome depends on an order that changes from run to run (Python sets, or the file system)'
        : 'the outcome may depend on an order that changes from run to run, and there are too many orders to try'
    case 'inheritedLabels':
      return `"${why.identifier}" depends on inherited labels, which Alembic collects in no fixed order`
    case 'endless':
      return `Alembic would loop forever: it doesn't detect the cycle of ${why.ids.join(', ')}`
    case 'relation':
      return `${why.table} is ${why.view ? 'a view' : 'not a table'}, and it is unknown whether it allows "${why.statement}"`
    case 'rowSecurity':
      return `policies of row-level security on ${why.table} may refuse what Alembic writes`
    case 'idInSql':
      return `the id ${pythonRepr(why.id)} would break the SQL that Alembic writes`
    case 'columnType':
      return `it is unknown whether version_num of type ${why.type} accepts the id ${pythonRepr(why.id)}`
    case 'filledColumn':
      return `it is unknown whether SQLite fills the column ${why.column} of ${why.table} by default`
    default:
      return why satisfies never
  }
}
