/** Generates ids for new migrations as Alembic does (`alembic.util.rev_id`). */
import { randomBytes } from 'node:crypto'

/** Returns twelve random hexadecimal digits as a new revision id. */
export function newRevisionId(): string {
  return randomBytes(6).toString('hex')
}
