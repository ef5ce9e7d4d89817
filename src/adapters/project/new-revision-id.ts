/** Generates revision ids the way Alembic does (`alembic.util.rev_id`). */
import { randomBytes } from 'node:crypto'

/** Returns twelve random hexadecimal digits. */
export function newRevisionId(): string {
  return randomBytes(6).toString('hex')
}
