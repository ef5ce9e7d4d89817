/** Matches imports of modules that may end a transaction. */
const plainImport =
  /^[ \t]*(?:from|import)[ \t]+(?!(?:__future__|alembic|sqlalchemy|sqlmodel|typing|uuid|datetime|enum|json|os|re)\b)/m

/** Whether the text suggests that the migration ends its own transaction. */
export function mayEndTransaction(text: string): boolean {
  return (
    plainImport.test(text) ||
    /commit|rollback|begin(?!_nested)|isolation|session|dblink|\bdo\b|\bcall\b/i.test(text)
  )
}

/** Whether the text suggests that the migration enables autocommit without `autocommit_block()`. */
export function mayEnableAutocommit(text: string): boolean {
  return /isolation_level|\.autocommit\b/i.test(text)
}
