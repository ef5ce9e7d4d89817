/** Finds statements in a rehearsal that production's older version of PostgreSQL may reject. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { SqlStatement } from '../../core/lint/sql-statement.ts'
import {
  type KnownNames,
  functionVersions,
  looserBehaviorIn,
  stricterBehaviorIn,
} from '../../core/rehearsal/changed-behavior.ts'
import { newerSyntaxIn } from '../../core/rehearsal/newer-syntax.ts'
import type { RehearsedMigration, ServerError } from '../../core/rehearsal/statement-log.ts'
import type { CatalogObject } from '../../core/schema/catalog-diff.ts'
import { shown } from '../../core/text/display.ts'
import { readLintedSource } from '../../python/lint/lint-facts.ts'
import { looserReason, stricterReason } from '../../report/phrases/rehearsal.ts'
import {
  type SqlToken,
  accept,
  cursorOf,
  isKeyword,
  readObjectName,
  statementsOf,
  tokensOfSql,
} from '../../python/operations/sql/tokens.ts'

/** Input for {@link versionNotes}. */
export interface VersionNotesWish {
  readonly migrations: readonly Pick<RehearsedMigration, 'revision' | 'texts'>[]
  /** Production's major version of PostgreSQL. */
  readonly major: number
  readonly repository: Pick<Repository, 'modules'>
  readonly cwd: string
  /** Production's objects; null if unknown. */
  readonly objects: readonly CatalogObject[] | null
}

/** Returns one sentence for each statement that production's PostgreSQL version may reject. */
export function versionNotes(wish: VersionNotesWish): readonly string[] {
  const { migrations, major, repository, cwd } = wish
  const names = knownNames(wish)
  const isNew = newFunctionOf(wish)
  return migrations.flatMap(({ revision, texts }) => {
    const notes = texts.flatMap((text) => {
      return statementsOf(tokensOfSql(text) ?? []).flatMap((statement) => {
        const plain = plainText(statement)
        const form = newerSyntaxIn(plain, major) ?? isNew(plain)
        const place = (): string => placeOf(revision, statement, repository, cwd)
        if (form !== null)
          return `${place()} uses ${form.name}, which was introduced in PostgreSQL ${form.since}, so production (PostgreSQL ${major}) will reject it`
        const looser = names && looserBehaviorIn(plain, names, major)
        return looser === null ? [] : `${place()} ${looserReason(looser, major)}`
      })
    })
    return [...new Set(notes)]
  })
}

/**
 * Returns why production's older server might accept a statement that the copy rejected; null if there is no such
 * reason.
 */
export function stricterVersion(text: string, error: ServerError, major: number): string | null {
  const plain = statementsOf(tokensOfSql(text) ?? [])
    .map(plainText)
    .join(' ; ')
  const stricter = stricterBehaviorIn(plain, error, major)
  return stricter && stricterReason(stricter, major)
}

function knownNames({ migrations, objects }: VersionNotesWish): KnownNames | null {
  if (objects === null) return null
  const bare = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
  const of = (wanted: string, isWanted: (one: CatalogObject) => boolean = () => true): ReadonlySet<string> =>
    new Set(objects.filter((one) => one.kind === wanted && isWanted(one)).map(({ name }) => bare(name)))
  return {
    // A table's `definition` begins with its `relkind`.
    partitionedTables: of('table', ({ definition }) => definition.startsWith('p')),
    materializedViews: of('materialized view'),
    constraints: new Set([...of('constraint'), ...namesAfter(['add', 'constraint'], migrations)]),
    createdEnums: new Set(namesAfter(['create', 'type'], migrations, ['as', 'enum'])),
  }
}

/**
 * Returns a function that finds calls to SQL functions missing from production's version. Functions defined in the
 * schema or in the migrations don't count.
 */
function newFunctionOf({
  migrations,
  major,
  objects,
}: VersionNotesWish): (statement: string) => { readonly name: string; readonly since: number } | null {
  if (objects === null) return () => null
  const defined = new Set([
    ...objects.flatMap(({ kind, name }) => (kind === 'function' ? (/(\w+)\(/.exec(name)?.[1] ?? []) : [])),
    ...namesAfter(['function'], migrations),
  ])
  return (statement) => {
    for (const [, name = ''] of statement.matchAll(/(?<!\. )\b(\w+) \(/g)) {
      const since = functionVersions.get(name) ?? 0
      if (since > major && !defined.has(name)) return { name: `the function ${name}()`, since }
    }
    return null
  }
}

/** Returns the unqualified object names that follow the given keywords in the migrations' SQL. */
function namesAfter(
  before: readonly string[],
  migrations: VersionNotesWish['migrations'],
  after: readonly string[] = [],
): readonly string[] {
  const statements = migrations.flatMap(({ texts }) => texts.flatMap(nestedStatements))
  return statements.flatMap((tokens) =>
    tokens.flatMap((_token, at) => {
      const cursor = cursorOf(tokens.slice(at), '')
      const name = accept(cursor, ...before) ? readObjectName(cursor) : null
      return name !== null && accept(cursor, ...after) ? [name.name] : []
    }),
  )
}

/** Returns the statements in SQL text, including those in DO blocks. */
function nestedStatements(text: string): readonly (readonly SqlToken[])[] {
  return statementsOf(tokensOfSql(text) ?? []).flatMap((statement) => [
    statement,
    ...(isKeyword(statement[0], 'do') ? statement : []).flatMap(({ kind, word }) =>
      kind === 'string' ? nestedStatements(word) : [],
    ),
  ])
}

/** Formats a statement in the way that {@link newerSyntaxIn} expects. */
function plainText(statement: readonly SqlToken[]): string {
  return statement
    .map(({ kind, word }) => (kind === 'string' ? `''` : kind === 'quoted' ? '""' : word))
    .join(' ')
}

/**
 * Returns the location of the call that runs the statement, or the location of `upgrade()` if no such call is found.
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
