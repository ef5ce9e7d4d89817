/** Quotes SQL names and strings so that their content can't end them. */

/** Quotes an identifier exactly as given, for both dialects. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a string constant for SQLite, or for PostgreSQL if the text has no backslash. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Quotes a PostgreSQL string constant that doesn't depend on `standard_conforming_strings`. */
export function quotePostgresText(text: string): string {
  return `E${quoteText(text.replaceAll('\\', '\\\\'))}`
}
