/** The shapes of what the catalog says of a version table: its columns, its rights, and the locks on it. */
import type { SessionLock } from '../../core/history/database-state.ts'
import { type Shape, fields, flag, listOf, number, oneOf, orNull, text } from './answer-shape.ts'

/** One relation of the version table's name, as the catalog question gives it. */
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
  /** Reading it would run functions of the database, with the rights of our role: a view's. */
  readonly runsCode: boolean
  /** Row-level security may hide rows from our role, or refuse its writes; null: neither. */
  readonly rowSecurity: 'hides' | 'writes' | null
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly nullable: boolean
    readonly hasDefault: boolean
    /** Name of the type in `pg_type`; of a domain, of the type below it. */
    readonly base: string
    readonly width: number | null
  }[]
  readonly locks: readonly SessionLock[]
}

/** A lock of another session. */
export const lockShape: Shape<SessionLock> = fields<SessionLock>({
  pid: number,
  mode: text,
  state: orNull(text),
  application: orNull(text),
  transactionAge: orNull(number),
  blocksWrites: flag,
})

/** A relation. */
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
