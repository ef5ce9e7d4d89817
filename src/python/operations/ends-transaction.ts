/** Matches imports of modules that may end a transaction themselves. */
const plainImport =
  /^[ \t]*(?:from|import)[ \t]+(?!(?:__future__|alembic|sqlalchemy|sqlmodel|typing|uuid|datetime|enum|json|os|re)\b)/m

/** Returns whether a migration's text suggests that the migration ends its own transaction. */
export function mayEndTransaction(text: string): boolean {
  return (
    plainImport.test(text) || /commit|rollback|begin|isolation|session|dblink|\bdo\b|\bcall\b/i.test(text)
  )
}
