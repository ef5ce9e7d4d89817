/** Pieces that the words for every cause are made of: places, commits, paths, and the commands that recur. */
import { type Remedy, advice, command } from '../../core/findings/finding.ts'
import { shortCommit } from '../../core/lost/git-history.ts'
import type { RestorePlan } from '../../core/lost/restore-plan.ts'
import type { RowChange } from '../../core/restamp/version-sql.ts'
import type { RemedyContext } from '../../core/lost/provenances.ts'
import { listed, shown } from '../../core/text/display.ts'

/** A cause in words. */
export interface ProvenanceText {
  /** One to three sentences. */
  readonly message: string
  readonly evidence: readonly (readonly [label: string, value: string])[]
  readonly remedies: readonly Remedy[]
  readonly notAdvised: string | null
}

/** What the plan of a restore runs into. */
export function linkRows(plan: {
  readonly unfound: readonly string[]
  readonly relinks: readonly { child: string }[]
}): [string, string][] {
  return [
    ...(plan.unfound.length > 0 ? [['Not found either', listed(plan.unfound)] as [string, string]] : []),
    ...(plan.relinks.length > 0
      ? [['The graph continued with', listed(plan.relinks.map(({ child }) => child))] as [string, string]]
      : []),
  ]
}

/** The guard's own command for it. */
export function restoreCommand(revision: string, title: string, plan: RestorePlan): Remedy {
  const argv = ['alembic-guard', 'restore', revision, '--write']
  return command(title, argv, 'working-tree', 'likely', { kind: 'restore', plan })
}

/** Gives a row another id; it runs no migration. */
export function restampCommand(
  title: string,
  row: string,
  id: string,
  applicability: Remedy['applicability'],
): Remedy {
  return rowsCommand(title, { changed: [{ from: row, to: id }], removed: [], added: [] }, applicability)
}

/** Changes version rows; it runs no migration. */
export function rowsCommand(
  title: string,
  change: RowChange,
  applicability: Remedy['applicability'],
): Remedy {
  const option = (name: string, value: string): readonly string[] =>
    value.startsWith('-') ? [`--${name}=${value}`] : [`--${name}`, value]
  const argv = [
    'alembic-guard',
    'restamp',
    ...change.changed.flatMap(({ from, to }) => [...option('from', from), ...option('to', to)]),
    ...change.removed.flatMap((id) => option('remove', id)),
    ...change.added.flatMap((id) => option('add', id)),
    '--yes',
  ]
  return command(title, argv, 'database', applicability, { kind: 'restamp', change })
}

/** Creates empty migrations; none `named`: for all that are `lost`. `after` null: where the evidence says. */
export function placeholderCommand(
  title: string,
  named: readonly string[],
  after: string | null,
  applicability: Remedy['applicability'],
  lost: readonly string[] = named,
): Remedy {
  const place = after === null ? [] : ['--after', after]
  const argv = ['alembic-guard', 'placeholder', ...named, ...place, '--write']
  return command(title, argv, 'working-tree', applicability, { kind: 'placeholder', revisions: lost, after })
}

/** The question that has to be asked first. */
export function rightDatabase({ database }: RemedyContext): Remedy {
  if (!database) return advice('Is it the right database? Check what DATABASE_URL points at.', 'unsure')
  const where = database.host === null ? '' : ` on ${shown(database.host)}`
  return advice(`Is ${shown(database.name)}${where} the right database for this code?`, 'unsure')
}

/** A commit in one row or two. */
export function commitRows(
  label: string,
  commit: {
    readonly id: string
    readonly author?: string
    readonly date?: string
    readonly subject?: string
  } | null,
): [string, string][] {
  if (!commit) return []
  const { id, author, date, subject } = commit
  const who = author === undefined ? '' : `, ${shown(author)}`
  const when = date === undefined ? '' : `, ${date.slice(0, 10)}`
  return [
    [label, `${shortCommit(id)}${when}${who}`],
    ...(subject === undefined ? [] : [['Subject', shown(subject)] as [string, string]]),
  ]
}

/** A path of the repository as it is typed in a folder of it. */
export function relativePath(folder: string, path: string): string {
  const from = folder === '' ? [] : folder.split('/')
  const to = path.split('/')
  while (from.length > 0 && to.length > 1 && from[0] === to[0]) {
    from.shift()
    to.shift()
  }
  return [...from.map(() => '..'), ...to].join('/')
}
