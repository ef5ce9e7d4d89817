/** Libraries whose functions end a transaction only on request. */
const plainImport =
  /^[ \t]*(?:from|import)[ \t]+(?!(?:__future__|alembic|sqlalchemy|sqlmodel|typing|uuid|datetime|enum|json|os|re)\b)/m

/** Returns whether a migration contains words that suggest that it ends its own transaction. */
export function mayEndTransaction(text: string): boolean {
  return (
    plainImport.test(text) || /commit|rollback|begin|isolation|session|dblink|\bdo\b|\bcall\b/i.test(text)
  )
}
