/** Describes the objects created by the transactions that wrote the version rows. */
import type { TransactionEvidence } from '../../core/schema/schema-snapshot.ts'
import { counted, shown } from '../../core/text/display.ts'

/** Maximum number of objects to name. */
const maxNames = 12

/** Returns one sentence per lost revision about the objects created in its transaction. */
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
        `the transaction that wrote ${shown(id)} created no catalog objects, so ${shown(id)} was stamped manually, ran no DDL, or only dropped objects`,
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
