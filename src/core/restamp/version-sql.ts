/**
 * Generates SQL statements that change a version table. All statements are safe to rerun manually. Doesn't open a
 * database or make decisions.
 */
import { dialectOf } from '../dialect/index.ts'
import type { DatabaseState, VersionTable } from '../history/database-state.ts'

/**
 * A change to the rows of the version table. Each item in `changed` replaces the id `from` with the id `to` in an
 * existing row.
 */
export interface RowChange {
  readonly changed: readonly { readonly from: string; readonly to: string }[]
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/**
 * The statements of one transaction. The rows are read and compared with the expected rows twice: after `lock`, and
 * again before `commit`.
 */
export interface VersionScript {
  readonly begin: string
  /** Statement that locks the table; null if `begin` already locks it. */
  readonly lock: string | null
  readonly read: string
  readonly changes: readonly string[]
  readonly commit: string
}

/**
 * Generates the script that changes the version table. Removes rows first and adds rows last, so that the table never
 * contains a row twice.
 */
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

/** Returns the reverse change, which restores the previous rows. */
export function reversed({ changed, removed, added }: RowChange): RowChange {
  return { changed: changed.map(({ from, to }) => ({ from: to, to: from })), removed: added, added: removed }
}
