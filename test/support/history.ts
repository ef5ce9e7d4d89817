/** Small handwritten histories. */
import { type AlembicVersion, newestKnownVersion } from '../../src/core/history/alembic-version.ts'
import { type DatabaseState, type VersionRow, emptyDatabase } from '../../src/core/history/database-state.ts'
import { type RevisionGraph, buildGraph } from '../../src/core/history/revision-graph.ts'
import type { MigrationModule, PyValue } from '../../src/core/history/migration-module.ts'
import type { Repository } from '../../src/core/history/repository.ts'
import { emptyRepository, moduleOf } from './random-history.ts'

/** A revision: its parents, or any of its properties. `name` is the file name, `ID.py` by default. */
export type Line =
  | readonly string[]
  | {
      readonly down?: readonly string[]
      readonly dependsOn?: readonly string[]
      readonly labels?: readonly string[]
      readonly id?: string
      readonly module?: Partial<MigrationModule>
    }

/** Returns a project from an object such as `{ a: [], b: ['a'] }`. Files are loaded in the object's order. */
export function project(
  lines: Readonly<Record<string, Line>>,
  alembic: AlembicVersion = newestKnownVersion,
): Repository {
  const modules = Object.entries(lines).map(([key, line]) => {
    const about = 'length' in line ? { down: line } : line
    const module = moduleOf({
      name: `${key}.py`,
      revision: about.id ?? key,
      downRevision: value(about.down),
      dependsOn: value(about.dependsOn),
      branchLabels: value(about.labels),
      upgrade: 'takes all',
    })
    return { ...module, ...about.module }
  })
  return { ...emptyRepository(alembic), modules }
}

export function graphOf(lines: Readonly<Record<string, Line>>): RevisionGraph {
  return buildGraph(project(lines))
}

/**
 * Returns a database with these rows. `rows` is null if there is no version table; a null element stands for
 * NULL.
 */
export function database(
  rows: readonly (string | null)[] | null,
  changes: Partial<DatabaseState> = {},
  dialect: DatabaseState['dialect'] = 'postgresql',
): DatabaseState {
  const empty = emptyDatabase(dialect)
  if (rows === null) return { ...empty, ...changes }
  const columns = [{ name: 'version_num', type: 'character varying(32)', nullable: false, hasDefault: false }]
  const versions = rows.map((row): VersionRow =>
    row === null ? { kind: 'null' } : { kind: 'text', value: row },
  )
  const versionTable = { ...empty.versionTable, exists: true, relation: 'table' as const, width: 32, columns }
  return { ...empty, versionTable, versions, ...changes }
}

function value(names: readonly string[] = []): PyValue {
  const [only] = names
  if (only === undefined) return { kind: 'none' }
  if (names.length === 1) return { kind: 'str', value: only }
  return { kind: 'tuple', items: names.map((name) => ({ kind: 'str', value: name })) }
}
