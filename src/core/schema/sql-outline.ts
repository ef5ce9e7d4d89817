/**
 * Reduces SQL to outlines without comments, literals or function bodies. An outline shows only the kind of
 * statement; python/operations reads the details.
 */

/** A statement in uppercase with single spaces, literals as `''` and dollar-quoted bodies as `$$`. */
export type SqlOutline = string

/** Returns each statement's outline. Keeps unknown parts (U+FFFC). */
export function outlineOf(sql: string): readonly SqlOutline[] {
  return sql
    .replace(/--[^\n]*|\/\*[^]*?\*\/|\$(\w*)\$[^]*?\$\1\$|'(?:[^']|'')*'/g, (part) =>
      part.startsWith('$') ? '$$' : part.startsWith("'") ? "''" : ' ',
    )
    .split(';')
    .map((statement) => statement.replace(/\s+/g, ' ').trim().toUpperCase())
    .filter((statement) => statement !== '')
}

/** Whether any statement changes the schema. */
export function isDdl(sql: string): boolean {
  return outlineOf(sql).some((statement) =>
    /^(?:CREATE|DROP|ALTER|TRUNCATE|RENAME|COMMENT)\b/.test(statement),
  )
}

/**
 * Returns the statement's kind and the `IF [NOT] EXISTS` clause it could have. Null if it already has the clause or
 * doesn't support it.
 */
export function unguarded(statement: SqlOutline): { readonly what: string; readonly guard: string } | null {
  const created =
    /^CREATE (?:UNIQUE )?(?:UNLOGGED )?(TABLE|INDEX|SCHEMA|SEQUENCE|EXTENSION|MATERIALIZED VIEW)\b(.*)$/.exec(
      statement,
    )
  if (created) {
    if (/^\s*(?:CONCURRENTLY\s+)?IF NOT EXISTS\b/.test(created[2] ?? '')) return null
    return { what: `CREATE ${created[1]}`, guard: 'IF NOT EXISTS' }
  }
  const dropped =
    /^DROP (TABLE|INDEX|SCHEMA|SEQUENCE|EXTENSION|MATERIALIZED VIEW|VIEW|TYPE|FUNCTION|PROCEDURE|TRIGGER|DOMAIN|POLICY)\b(.*)$/.exec(
      statement,
    )
  if (dropped) {
    if (/^\s*(?:CONCURRENTLY\s+)?IF EXISTS\b/.test(dropped[2] ?? '')) return null
    return { what: `DROP ${dropped[1]}`, guard: 'IF EXISTS' }
  }
  if (!/^ALTER (?:FOREIGN )?TABLE\b/.test(statement)) return null
  const added = /\bADD COLUMN (?!IF NOT EXISTS\b)/.exec(statement)
  if (added) return { what: 'ALTER TABLE ... ADD COLUMN', guard: 'IF NOT EXISTS' }
  const lost = /\bDROP (COLUMN|CONSTRAINT) (?!IF EXISTS\b)/.exec(statement)
  return lost ? { what: `ALTER TABLE ... DROP ${lost[1]}`, guard: 'IF EXISTS' } : null
}
