/** Generates revision ids like Alembic (`alembic.util.rev_id`). */
import { randomBytes } from 'node:crypto'

/** Returns twelve random hexadecimal digits. */
export function newRevisionId(): string {
  return randomBytes(6).toString('hex')
}
