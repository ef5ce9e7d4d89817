/** The list of all dialects. To add a database, write a value of `Dialect` and enter it here. */
import type { Dialect, DialectName } from './dialect.ts'
import { postgresql } from './postgresql.ts'
import { sqlite } from './sqlite.ts'

const dialects: Readonly<Record<DialectName, Dialect>> = { postgresql, sqlite }

/** The dialect of whatever bears its name: a database, a snapshot, a report. */
export function dialectOf({ dialect }: { readonly dialect: DialectName }): Dialect {
  return dialects[dialect]
}

/** By SQLAlchemy's name; undefined: a database that isn't known here, such as `mysql`. */
export function dialectNamed(name: string): Dialect | undefined {
  return Object.values(dialects).find((one) => one.name === name)
}
