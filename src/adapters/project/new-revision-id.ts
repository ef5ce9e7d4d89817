/** Ids for new migrations, as Alembic makes them (`alembic.util.rev_id`). */
import { randomBytes } from 'node:crypto'

/** Twelve hexadecimal digits that no other revision has. */
export function newRevisionId(): string {
  return randomBytes(6).toString('hex')
}
