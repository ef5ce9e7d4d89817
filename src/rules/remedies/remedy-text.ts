/** Wording shared by remedies: commits, paths and common commands. */
import { type Remedy, advice, command } from '../../core/findings/finding.ts'
import { shortCommit } from '../../core/lost/git-history.ts'
import type { RestorePlan } from '../../core/lost/restore-plan.ts'
import type { RowChange } from '../../core/restamp/version-sql.ts'
import type { RemedyContext } from '../../core/lost/provenances.ts'
import { listed, shown } from '../../core/text/display.ts'

/** Text that explains why a revision was lost. */
export interface ProvenanceText {
  /** One to three sentences. */
  readonly message: string
  readonly evidence: readonly (readonly [label: string, value: string])[]
  readonly remedies: readonly Remedy[]
  readonly notAdvised: string | null
}

/**
 * Returns evidence rows for the missing migrations that `restore` can't find, and for the later migrations to
 * relink.
 */
export function linkRows(plan: {
  readonly unfound: readonly string[]
  readonly relinks: readonly { child: string }[]
}): [string, string][] {
  return [
    ...(plan.unfound.length > 0 ? [['Also missing', listed(plan.unfound)] as [string, string]] : []),
    ...(plan.relinks.length > 0
      ? [['Later migrations', listed(plan.relinks.map(({ child }) => child))] as [string, string]]
      : []),
  ]
}

/** Proposes `alembic-guard restore`. */
export function restoreCommand(revision: string, title: string, plan: RestorePlan): Remedy {
  const argv = ['alembic-guard', 'restore', revision, '--write']
  return command(title, argv, 'working-tree', 'likely', { kind: 'restore', plan })
}

/** Proposes using `alembic-guard restamp` to change one version row without running migrations. */
export function restampCommand(
  title: string,
  row: string,
  id: string,
  applicability: Remedy['applicability'],
): Remedy {
  return rowsCommand(title, { changed: [{ from: row, to: id }], removed: [], added: [] }, applicability)
}

/** Proposes using `alembic-guard restamp` to change version rows without running migrations. */
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

/**
 * Proposes placeholders for `named`, or for all lost revisions if `named` is empty. If `after` is null, the evidence
 * decides their position.
 */
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

/** Advises checking that this is the right database. */
export function rightDatabase({ database }: RemedyContext): Remedy {
  if (!database) return advice('Check that DATABASE_URL points at the right database.', 'unsure')
  const where = database.host === null ? '' : ` on ${shown(database.host)}`
  return advice(`Check that ${shown(database.name)}${where} is the right database for this code.`, 'unsure')
}

/** Evidence rows for a commit. */
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

/** Makes `path` relative to `folder`. Both are relative to the repository root. */
export function relativePath(folder: string, path: string): string {
  const from = folder === '' ? [] : folder.split('/')
  const to = path.split('/')
  while (from.length > 0 && to.length > 1 && from[0] === to[0]) {
    from.shift()
    to.shift()
  }
  return [...from.map(() => '..'), ...to].join('/')
}
