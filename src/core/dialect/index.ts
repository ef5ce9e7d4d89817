/** All dialects. Add new databases here. */
import type { Dialect } from './dialect.ts'
import type { DialectName } from './dialect-name.ts'
import { postgresql } from './postgresql.ts'
import { sqlite } from './sqlite.ts'

const dialects: Readonly<Record<DialectName, Dialect>> = { postgresql, sqlite }

/** Returns the dialect of a database, snapshot or report. */
export function dialectOf({ dialect }: { readonly dialect: DialectName }): Dialect {
  return dialects[dialect]
}

/** Returns the dialect with this SQLAlchemy name; undefined for unsupported databases such as `mysql`. */
export function dialectNamed(name: string): Dialect | undefined {
  return Object.values(dialects).find((one) => one.name === name)
}
