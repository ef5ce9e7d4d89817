/** Finds rehearsed statements whose syntax is too new for production's PostgreSQL version. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { SqlStatement } from '../../core/lint/sql-statement.ts'
import { newerSyntaxIn } from '../../core/rehearsal/newer-syntax.ts'
import type { RehearsedMigration } from '../../core/rehearsal/statement-log.ts'
import { shown } from '../../core/text/display.ts'
import { readLintedSource } from '../../python/lint/lint-facts.ts'
import { type SqlToken, statementsOf, tokensOfSql } from '../../python/operations/sql/tokens.ts'

/** Input to the comparison. */
export interface VersionNotesWish {
  readonly migrations: readonly Pick<RehearsedMigration, 'revision' | 'texts'>[]
  /** Major version of PostgreSQL in production. */
  readonly major: number
  readonly repository: Pick<Repository, 'modules'>
  readonly cwd: string
}

/** Returns a sentence about each statement with syntax that production's PostgreSQL version doesn't support. */
export function versionNotes({ migrations, major, repository, cwd }: VersionNotesWish): readonly string[] {
  return migrations.flatMap(({ revision, texts }) => {
    const notes = texts.flatMap((text) => {
      return statementsOf(tokensOfSql(text) ?? []).flatMap((statement) => {
        const form = newerSyntaxIn(plainText(statement), major)
        if (form === null) return []
        const place = placeOf(revision, statement, repository, cwd)
        return `${place} uses ${form.name}, which PostgreSQL ${form.since} introduced, so production (PostgreSQL ${major}) will reject it`
      })
    })
    return [...new Set(notes)]
  })
}

/** Converts a statement to the form that {@link newerSyntaxIn} expects. */
function plainText(statement: readonly SqlToken[]): string {
  return statement
    .map(({ kind, word }) => (kind === 'string' ? `''` : kind === 'quoted' ? '""' : word))
    .join(' ')
}

/**
 * Returns the line of the call that executes the statement, or the line of `upgrade()` if the migration doesn't contain
 * the statement's text.
 */
function placeOf(
  revision: string,
  statement: readonly SqlToken[],
  { modules }: VersionNotesWish['repository'],
  cwd: string,
): string {
  const module = modules.find(
    ({ revision: own }) => own.kind === 'value' && own.value.kind === 'str' && own.value.value === revision,
  )
  if (module === undefined) return shown(revision)
  const bytes = diskTree(cwd).readFile(module.path)
  const { sql } = readLintedSource(bytes ?? new Uint8Array(), module.path, 'postgresql')
  const isSame = (tokens: SqlStatement['tokens']): boolean =>
    tokens.length === statement.length && tokens.every(({ word }, at) => word === statement[at]?.word)
  const call = sql.upgrade.find(({ tokens }) => isSame(tokens))
  const upgrade = module.upgrade.kind === 'unbound' ? 1 : module.upgrade.span.line
  return `${shown(module.path)}, line ${call?.span.line ?? upgrade},`
}
