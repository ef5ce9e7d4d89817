/** Holds the copy against production before the command starts: what is told of another schema is worth nothing. */
import { readPostgresCatalog } from '../../adapters/isolation/production-mark.ts'
import type { PostgresPlan } from '../../adapters/libpq/libpq.ts'
import { type PostgresScratch, readCatalog } from '../../adapters/scratch/postgres.ts'
import {
  type CatalogDifference,
  type CatalogObject,
  compareCatalogs,
} from '../../core/schema/catalog-diff.ts'
import { listed, shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'

/** What is compared. */
export interface CopyComparison {
  readonly scratch: PostgresScratch
  readonly production: PostgresPlan
  readonly versionTable: string
  /** Schemas that were left out on purpose. */
  readonly excludeSchemas: readonly string[]
  /** The major versions agree. */
  readonly sameVersion: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Kinds whose definition is spelled the same by every version of PostgreSQL. */
const plainKinds: ReadonlySet<string> = new Set(['table', 'column', 'enum', 'sequence'])

/**
 * Compares both catalogs, and makes the invalid indexes that pg_dump leaves out.
 * @returns What production holds, and what to say of the differences that remain, one sentence each.
 * @throws GuardError (unavailable) where the copy lacks something, or has something that production lacks.
 */
export async function compareCopy(
  wish: CopyComparison,
): Promise<{ readonly objects: readonly CatalogObject[]; readonly notes: readonly string[] }> {
  const { scratch, production, versionTable, timeoutMs, signal } = wish
  const theirs = (await readPostgresCatalog(production, versionTable, timeoutMs, signal)).filter(
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
      `The copy is not production's schema: ${one.change === 'lost' ? 'it lacks' : 'only it has'} ${nameOf(one.object)}${missing.length > 1 ? `, and ${missing.length - 1} more differ` : ''}.`,
      wish.sameVersion
        ? 'Did a release change the schema meanwhile? Rehearse again.'
        : 'Rehearse on a server of the same major version: --scratch-server.',
    )
  }
  const changed = differences.filter(({ object }) => wish.sameVersion || plainKinds.has(object.kind))
  const notes =
    changed.length === 0
      ? []
      : [
          `on the copy ${listed(changed.map(({ object }) => nameOf(object)))} ${changed.length === 1 ? 'is' : 'are'} defined otherwise`,
        ]
  return { objects: theirs, notes }
}

function nameOf({ kind, name }: CatalogObject): string {
  return `the ${kind} ${shown(name)}`
}
