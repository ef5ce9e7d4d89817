/**
 * The SQL that changes rows of a version table, statement by statement, each harmless to repeat by hand. Opens
 * nothing and decides nothing.
 */
import { dialectOf } from '../dialect/index.ts'
import type { DatabaseState, VersionTable } from '../history/database-state.ts'

/** What happens to the rows. A row that becomes another keeps its place in the table. */
export interface RowChange {
  readonly changed: readonly { readonly from: string; readonly to: string }[]
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/** One transaction. Between `lock` and `changes` the rows are read and compared, and again before `commit`. */
export interface VersionScript {
  readonly begin: string
  /** Null: `begin` locks already. */
  readonly lock: string | null
  readonly read: string
  readonly changes: readonly string[]
  readonly commit: string
}

/** Removes first and adds last, so that no two rows are ever equal in between. */
export function versionScript(
  dialect: DatabaseState['dialect'],
  table: Pick<VersionTable, 'schema' | 'name'>,
  { changed, removed, added }: RowChange,
): VersionScript {
  const { quoteIdentifier, quoteText: text, writeTransaction } = dialectOf({ dialect })
  const name = [table.schema, table.name]
    .flatMap((part) => (part === null ? [] : [quoteIdentifier(part)]))
    .join('.')
  return {
    begin: writeTransaction.begin,
    lock: writeTransaction.lock?.(name) ?? null,
    read: `SELECT version_num FROM ${name}`,
    changes: [
      ...removed.map((id) => `DELETE FROM ${name} WHERE version_num = ${text(id)}`),
      ...changed.map(
        ({ from, to }) => `UPDATE ${name} SET version_num = ${text(to)} WHERE version_num = ${text(from)}`,
      ),
      ...added.map((id) => `INSERT INTO ${name} (version_num) VALUES (${text(id)})`),
    ],
    commit: 'COMMIT',
  }
}

/** The other way round: what brings back the rows from before. */
export function reversed({ changed, removed, added }: RowChange): RowChange {
  return { changed: changed.map(({ from, to }) => ({ from: to, to: from })), removed: added, added: removed }
}
