/** Names and texts as SQL writes them, so that nothing in them can end them. */

/** An identifier, exactly as given; both dialects. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string constant of SQLite, and of PostgreSQL where the text holds no backslash. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A string constant of PostgreSQL that means the same whatever `standard_conforming_strings` says. */
export function quotePostgresText(text: string): string {
  return `E${quoteText(text.replaceAll('\\', '\\\\'))}`
}
