/** Types and shape checks for catalog query results about a version table. */
import type { SessionLock } from '../../core/history/database-state.ts'
import { type Shape, fields, flag, listOf, number, oneOf, orNull, text } from './answer-shape.ts'

/** A relation with the same name as the version table. */
export interface Relation {
  readonly schema: string
  readonly name: string
  readonly kind: string
  readonly visible: boolean
  readonly readable: boolean
  readonly writable: boolean
  readonly mayInsert: boolean
  readonly mayUpdate: boolean
  readonly mayDelete: boolean
  readonly unique: boolean
  /** Whether reading the relation could run functions with the guard's privileges, as reading a view can. */
  readonly runsCode: boolean
  /** Whether row-level security may hide rows from our role or reject its writes; null if neither. */
  readonly rowSecurity: 'hides' | 'writes' | null
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly nullable: boolean
    readonly hasDefault: boolean
    /** Type name from `pg_type`. For a domain, this is its base type. */
    readonly base: string
    readonly width: number | null
  }[]
  readonly locks: readonly SessionLock[]
}

/** Another session's lock. */
export const lockShape: Shape<SessionLock> = fields<SessionLock>({
  pid: number,
  mode: text,
  state: orNull(text),
  application: orNull(text),
  transactionAge: orNull(number),
  blocksWrites: flag,
})

/** A relation with the same name as the version table. */
export const relationShape: Shape<Relation> = fields<Relation>({
  schema: text,
  name: text,
  kind: text,
  visible: flag,
  readable: flag,
  writable: flag,
  mayInsert: flag,
  mayUpdate: flag,
  mayDelete: flag,
  unique: flag,
  runsCode: flag,
  rowSecurity: orNull(oneOf('hides', 'writes')),
  columns: listOf(
    fields<Relation['columns'][number]>({
      name: text,
      type: text,
      nullable: flag,
      hasDefault: flag,
      base: text,
      width: orNull(number),
    }),
  ),
  locks: listOf(lockShape),
})
