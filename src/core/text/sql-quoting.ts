/** Quotes SQL names and strings so that their content can't end them. */

/** An identifier, exactly as given; for both dialects. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string constant for SQLite, or for PostgreSQL if the text has no backslash. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A PostgreSQL string constant that doesn't depend on `standard_conforming_strings`. */
export function quotePostgresText(text: string): string {
  return `E${quoteText(text.replaceAll('\\', '\\\\'))}`
}
