/** Finds the statements of a rehearsal that production's older version of PostgreSQL doesn't accept. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { Repository } from '../../core/history/repository.ts'
import { newerSyntaxIn } from '../../core/rehearsal/newer-syntax.ts'
import type { RehearsedMigration } from '../../core/rehearsal/statement-log.ts'
import { shown } from '../../core/text/display.ts'
import { type SqlToken, statementsOf, tokensOfSql } from '../../python/operations/sql/tokens.ts'

/** Input of the comparison. */
export interface VersionNotesWish {
  readonly migrations: readonly Pick<RehearsedMigration, 'revision' | 'texts'>[]
  /** Major version of production. */
  readonly major: number
  readonly repository: Pick<Repository, 'modules'>
  readonly cwd: string
}

/** Returns one sentence for each statement whose syntax production's version doesn't know. */
export function versionNotes({ migrations, major, repository, cwd }: VersionNotesWish): readonly string[] {
  return migrations.flatMap(({ revision, texts }) => {
    const notes = texts.flatMap((text) => {
      const found = statementsOf(tokensOfSql(text) ?? []).flatMap((statement) => {
        const form = newerSyntaxIn(plainText(statement), major)
        return form === null ? [] : [form]
      })
      return found.map(
        ({ name, since }) =>
          `${placeOf(revision, text, repository, cwd)} uses ${name}, which PostgreSQL ${since} introduced, so production (PostgreSQL ${major}) will reject it`,
      )
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

/** Returns the statement's line if the migration's source contains it, otherwise the line of its `upgrade()`. */
function placeOf(
  revision: string,
  text: string,
  { modules }: VersionNotesWish['repository'],
  cwd: string,
): string {
  const module = modules.find(
    ({ revision: own }) => own.kind === 'value' && own.value.kind === 'str' && own.value.value === revision,
  )
  if (module === undefined) return shown(revision)
  const bytes = diskTree(cwd).readFile(module.path)
  const source = bytes === null ? '' : new TextDecoder().decode(bytes)
  const [first = ''] = text.trim().split('\n')
  const at = first === '' ? -1 : source.indexOf(first.trim())
  const upgrade = module.upgrade.kind === 'unbound' ? 1 : module.upgrade.span.line
  return `${shown(module.path)}, line ${at < 0 ? upgrade : source.slice(0, at).split('\n').length},`
}
