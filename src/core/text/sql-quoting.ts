/** Quotes SQL names and strings so that their content can't close the quotes. */

/** Quotes an identifier exactly as given. Works for both PostgreSQL and SQLite. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a string constant for SQLite. Also works for PostgreSQL if the text contains no backslash. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Quotes a PostgreSQL string constant in a way that doesn't depend on `standard_conforming_strings`. */
export function quotePostgresText(text: string): string {
  return `E${quoteText(text.replaceAll('\\', '\\\\'))}`
}
