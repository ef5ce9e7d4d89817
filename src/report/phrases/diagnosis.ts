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
      return `${why.path} can't be told without running it (${unreadableReason(why.reason)})`
    case 'order':
      return why.complete
        ? 'the outcome depends on an order that changes from run to run (Python sets, or the file system)'
        : 'the outcome may depend on an order that changes from run to run, and there are too many orders to try'
    case 'inheritedLabels':
      return `"${why.identifier}" goes by inherited labels, which Alembic collects in no particular order`
    case 'endless':
      return `Alembic would never come to an end: it does not notice the circle that ${why.ids.join(', ')} take part in`
    case 'relation':
      return `${why.table} is ${why.view ? 'a view' : 'not a table'}, and whether it takes "${why.statement}" is not known`
    case 'rowSecurity':
      return `policies of row-level security on ${why.table} may refuse what Alembic writes`
    case 'idInSql':
      return `the id ${pythonRepr(why.id)} breaks out of the SQL that Alembic writes`
    case 'columnType':
      return `whether version_num of type ${why.type} takes the id ${pythonRepr(why.id)} is not known`
    case 'filledColumn':
      return `whether SQLite fills the column ${why.column} of ${why.table} by itself is not known`
    default:
      return why satisfies never
  }
}
