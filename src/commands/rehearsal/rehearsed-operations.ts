/** Converts the statements from a rehearsal into operations, so that they can be checked against production. */
import { answerSource } from '../../python/operations/sql/answer-source.ts'
import { operationsOfSql } from '../../python/operations/sql/statements.ts'
import type { Operations } from '../../core/history/operation.ts'
import type { Repository } from '../../core/history/repository.ts'

/** Statements run by each migration. If the server rejected the last statement, `refusedAt` is its location. */
export interface RehearsedStatements {
  readonly byRevision: ReadonlyMap<string, readonly string[]>
  readonly refusedAt: { readonly path: string; readonly line: number } | null
}

/**
 * Returns the operations that each revision ran in a rehearsal. Leaves out catalog queries, but not the statements
 * that depend on them.
 */
export function rehearsedOperations(
  { byRevision, refusedAt }: RehearsedStatements,
  { modules }: Repository,
  revisions: ReadonlySet<string>,
): ReadonlyMap<string, Operations> {
  const operations = new Map<string, Operations>()
  for (const module of modules) {
    const { revision, upgrade, path } = module
    const id = revision.kind === 'value' && revision.value.kind === 'str' ? revision.value.value : null
    const texts = id === null || !revisions.has(id) ? undefined : byRevision.get(id)
    if (id === null || texts === undefined) continue
    const start = upgrade.kind === 'unbound' ? { path, line: 1, column: 1 } : upgrade.span
    operations.set(id, {
      kind: 'operations',
      operations: texts.flatMap((text, index) => {
        const isLast = index === texts.length - 1
        const span = isLast && refusedAt?.path === path ? { ...refusedAt, column: 1 } : start
        return isQuestion(text) ? [] : operationsOfSql(text, span)
      }),
    })
  }
  return operations
}

/** Whether the statement only reads the catalog. */
function isQuestion(text: string): boolean {
  return (
    /^[\s(]*(?:SELECT|WITH|SHOW)\b/i.test(text) &&
    !/\bset_config\b/i.test(text) &&
    answerSource(text, () => false) === 'catalog'
  )
}
