/** Libraries whose functions end no transaction unless they are told to. */
const plainImport =
  /^[ \t]*(?:from|import)[ \t]+(?!(?:__future__|alembic|sqlalchemy|sqlmodel|typing|uuid|datetime|enum|json|os|re)\b)/m

/** May the text of a migration end the transaction that it runs in? Any word that could says yes. */
export function mayEndTransaction(text: string): boolean {
  return (
    plainImport.test(text) || /commit|rollback|begin|isolation|session|dblink|\bdo\b|\bcall\b/i.test(text)
  )
}
