/**
 * Remedies for a version row that belongs to another application, because the database is the wrong one or its
 * version table is shared.
 */
import type { Facts } from '../../core/diagnosis/rule.ts'
import { type Discovery, type Remedy, advice, edit } from '../../core/findings/finding.ts'
import { schemaOwnership } from '../../core/judge/schema-ownership.ts'
import { counted, listed, shown } from '../../core/text/display.ts'
import { keysOf } from '../../core/schema/object-keys.ts'

/** Describes a version row written by another application, and proposes remedies. */
export interface Stranger {
  readonly message: string
  readonly evidence: Discovery['evidence']
  readonly remedies: readonly Remedy[]
  readonly notAdvised: string
}

/** Describes a row that, according to the schema, another application wrote; null for other rows. */
export function strangerOf({ graph, database }: Facts, row: string): Stranger | null {
  const live = database?.live
  if (!database || !live) return null
  // If a file refers to the row's revision, the row belongs to this project.
  if (
    graph.revisions.some(
      ({ downRevisions, dependsOn }) => downRevisions.includes(row) || dependsOn.includes(row),
    )
  ) {
    return null
  }
  const found = schemaOwnership(graph, database.state.versionTable.name, live)
  if (!found || found.others.length === 0) return null
  const tables = `${counted(found.others.length, 'other table')}: ${listed(found.others, 4)}`
  const { name } = database.state.versionTable
  if (found.ours.length === 0) {
    return {
      message: `The database has none of these migrations' tables, but it does have ${tables}. Either it belongs to another application, or another application shares its version table.`,
      evidence: [],
      remedies: [
        advice(`Check the URL: ${shown(database.state.name)} looks like another application's database.`),
        edit(
          `If both applications are meant to share this database, give this one its own version table (pass version_table to context.configure() in env.py).`,
          'likely',
        ),
      ],
      notAdvised: `creating a placeholder or stamping again, because the row in ${shown(name)} belongs to the other application.`,
    }
  }
  const { state } = database
  const made = live.transactions.kind === 'available' ? live.transactions.rows : []
  const own = made.find(({ version }) => version === row)?.made ?? []
  const keys = keysOf({ dialect: state.dialect, defaultSchema: live.schema.defaultSchema })
  const theirs = new Set(found.others.map((one) => keys.name({ schema: null, name: one })))
  const tablesMade = own.flatMap((one) =>
    one.kind === 'table' ? [one.name] : one.table === null ? [] : [one.table],
  )
  const shared =
    state.versions.length > 1 &&
    tablesMade.length > 0 &&
    tablesMade.every((one) => theirs.has(keys.name({ schema: null, name: one })))
  if (!shared) return null
  return {
    message: `The transaction that wrote the row created ${listed([...new Set(tablesMade)], 4)}, which no migration in this release mentions. Another application uses the same version table.`,
    evidence: [],
    remedies: [
      edit(
        `Give each application its own version table (pass version_table to context.configure() in env.py), and move its existing row to that table.`,
        'likely',
      ),
      advice('Or give one of them its own database.'),
    ],
    notAdvised: `creating a placeholder or removing the row, because the other application would lose its row.`,
  }
}
