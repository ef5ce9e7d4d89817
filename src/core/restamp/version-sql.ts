/** Generates the SQL that changes a version table. Every statement is safe to rerun. */
import { dialectOf } from '../dialect/index.ts'
import type { DatabaseState, VersionTable } from '../history/database-state.ts'

/** A change to version rows. Each item in `changed` replaces the id `from` with the id `to`. */
export interface RowChange {
  readonly changed: readonly { readonly from: string; readonly to: string }[]
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/** The statements of one transaction. Rows are checked after `lock` and before `commit`. */
export interface VersionScript {
  readonly begin: string
  /** Statement that locks the table; null if `begin` already does. */
  readonly lock: string | null
  readonly read: string
  readonly changes: readonly string[]
  readonly commit: string
}

/** Generates the script. Rows are removed first and added last. */
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

/** Returns the change that restores the previous version rows. */
export function reversed({ changed, removed, added }: RowChange): RowChange {
  return { changed: changed.map(({ from, to }) => ({ from: to, to: from })), removed: added, added: removed }
}
