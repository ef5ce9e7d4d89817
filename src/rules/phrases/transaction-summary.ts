/** What the transactions of the version rows made, in sentences without a full stop. */
import type { TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import { counted, shown } from '../../core/text/display.ts'

/** Most objects that are listed by name. */
const maxNames = 12

/** One sentence for each lost revision; none where the catalog does not tell. */
export function transactionLines(
  lost: readonly string[],
  transactions: TransactionEvidence,
): readonly string[] {
  if (transactions.kind === 'unavailable') return []
  return lost.flatMap((id) => {
    const row = transactions.rows.find(({ version }) => version === id)
    if (!row) return []
    const { made } = row
    if (made.length === 0) {
      return [
        `nothing in the catalog was created by the transaction that wrote ${shown(id)}, so it was stamped by hand, did no DDL, or only dropped things`,
      ]
    }
    const names = made
      .slice(0, maxNames)
      .map(({ kind, name, table }) =>
        kind === 'droppedColumn'
          ? `a column dropped from ${shown(table ?? '')}`
          : kind === 'column'
            ? `column ${shown(table ?? '')}.${shown(name)}`
            : `${kind} ${shown(name)}`,
      )
    const rest = made.length - names.length
    return [
      `the transaction that wrote ${shown(id)} created or changed ${counted(made.length, 'object')}: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
    ]
  })
}
