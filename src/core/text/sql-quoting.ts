/** Quotes SQL names and strings so that their content can't close the quotes. */

/** Quotes an identifier for PostgreSQL or SQLite. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a string for SQLite. Also works for PostgreSQL if the text has no backslash. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Quotes a PostgreSQL string so that it doesn't depend on `standard_conforming_strings`. */
export function quotePostgresText(text: string): string {
  return `E${quoteText(text.replaceAll('\\', '\\\\'))}`
}
