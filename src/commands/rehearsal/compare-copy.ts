/** Compares the copy with production before the command starts. */
import { type PostgresScratch, readCatalog } from '../../adapters/scratch/postgres.ts'
import {
  type CatalogDifference,
  type CatalogObject,
  compareCatalogs,
} from '../../core/schema/catalog-diff.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'

/** Input for comparing the scratch database with production. */
export interface CopyComparison {
  readonly scratch: PostgresScratch
  /** Production's catalog, excluding the version table. */
  readonly production: readonly CatalogObject[]
  readonly versionTable: string
  /** Schemas excluded from the copy. */
  readonly excludeSchemas: readonly string[]
  /** Whether the copy and production have the same major version. */
  readonly sameVersion: boolean
}

/** Kinds of objects whose definitions look the same in all PostgreSQL versions. */
const plainKinds: ReadonlySet<string> = new Set(['table', 'column', 'enum', 'sequence'])

/**
 * Compares the scratch database's catalog with production's. First recreates invalid indexes, because pg_dump omits
 * them.
 * @returns production's objects, and one sentence about each difference.
 * @throws GuardError (unavailable) if an object exists on only one side.
 */
export async function compareCopy(
  wish: CopyComparison,
): Promise<{ readonly objects: readonly CatalogObject[]; readonly notes: readonly string[] }> {
  const { scratch, production, versionTable } = wish
  const theirs = production.filter(
    ({ name, kind }) =>
      !wish.excludeSchemas.some((one) => (kind === 'schema' ? name === one : name.startsWith(`${one}.`))),
  )
  const compare = async (): Promise<readonly CatalogDifference[]> =>
    compareCatalogs(theirs, await readCatalog(scratch, versionTable))
  const first = await compare()
  const invalid = first.filter(({ change, object }) => change === 'lost' && object.kind === 'index')
  for (const { object } of invalid) await scratch.connection.ask(object.definition).catch(() => undefined)
  const differences = invalid.length === 0 ? first : await compare()
  const missing = differences.filter(({ change }) => change !== 'changed')
  const [one] = missing
  if (one) {
    throw new GuardError(
      'unavailable',
      `The copy differs from production's schema: ${one.change === 'lost' ? 'it lacks' : 'only the copy has'} ${nameOf(one.object)}${missing.length > 1 ? `, and there ${missing.length === 2 ? 'is' : 'are'} ${counted(missing.length - 1, 'other difference')}` : ''}.`,
      wish.sameVersion
        ? 'If a release changed the schema in the meantime, rehearse again.'
        : 'Use --scratch-server to rehearse on a server with the same major version.',
    )
  }
  const changed = differences.filter(({ object }) => wish.sameVersion || plainKinds.has(object.kind))
  const notes =
    changed.length === 0
      ? []
      : [
          `in the copy, ${listed(changed.map(({ object }) => nameOf(object)))} ${changed.length === 1 ? 'is' : 'are'} defined differently`,
        ]
  return { objects: theirs, notes }
}

function nameOf({ kind, name }: CatalogObject): string {
  return `the ${kind} ${shown(name)}`
}
