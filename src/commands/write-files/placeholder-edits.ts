/** Turns the plan for a placeholder into edits in the project's style. Doesn't write files. */
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { FileTree } from '../../adapters/files/file-tree.ts'
import type { FileEdit } from '../../core/text/file-edit.ts'
import { migrationFileName, slugOf } from '../../core/history/file-template.ts'
import { type RevisionGraph, childrenOf } from '../../core/history/revision-graph.ts'
import type { MigrationModule } from '../../core/history/migration-module.ts'
import type { PlaceholderPlan } from '../../core/lost/plan-placeholder.ts'
import { comparePythonText } from '../../core/text/python-text.ts'
import type { Repository } from '../../core/history/repository.ts'
import { listed, shown } from '../../core/text/display.ts'
import { repositoryModules } from '../../adapters/project/repository-modules.ts'
import { type LocalMoment, momentIn } from '../../adapters/project/time-zone.ts'
import { GuardError } from '../../errors.ts'
import { headerStyleOf, placeholderSource } from '../../python/edit/placeholder-source.ts'
import { readMigration } from '../../python/header/read-migration.ts'
import { relinkMigration } from '../../python/edit/relink.ts'

/** The edits, and the project as it would be after applying them. */
export interface PlannedEdits {
  readonly edits: readonly FileEdit[]
  readonly repository: Repository
}

/** Text of the new placeholders, without their ids. */
export interface PlaceholderText {
  /** Message for the migration; null to generate it from the id. */
  readonly message: string | null
  /** Sentences that describe the evidence. */
  readonly paragraphs: readonly string[]
  /** Returns the statements for the placeholder's `upgrade()`. */
  readonly upgradeOf: (id: string) => readonly string[]
  readonly now: Date
}

/**
 * Returns the full text of every new and edited file.
 * @throws GuardError (unavailable) if a file can't be edited safely.
 */
export function editsOf(
  cwd: string,
  repository: Repository,
  graph: RevisionGraph,
  plan: PlaceholderPlan,
  text: PlaceholderText,
): PlannedEdits {
  const tree = diskTree(cwd)
  const relinked = plan.relinks.map(({ revision, changes }): FileEdit => {
    const before = tree.readFile(revision.path)
    if (before === null) throw byHand(revision.path, 'it no longer exists', changes)
    const result = relinkMigration(before, revision.path, changes)
    if (result.kind === 'refused') throw byHand(revision.path, result.reason, changes)
    return { kind: 'replace', path: revision.path, before, after: result.bytes }
  })
  const taken = new Set<string>()
  const created = plan.placeholders.map(({ id, parents }): FileEdit => {
    const neighbour = neighbourOf(graph, plan, parents)
    const path = freePath(tree, repository, neighbour, id, text, taken)
    taken.add(path)
    const style = headerStyleOf(neighbour === null ? null : tree.readFile(neighbour))
    const source = placeholderSource(
      {
        id,
        parents,
        message: text.message ?? `placeholder for ${id}`,
        created: stampOf(localMoment(text.now, repository)),
        paragraphs: text.paragraphs,
        upgrade: text.upgradeOf(id),
      },
      style,
    )
    return { kind: 'create', path, after: encoded(source, repository.outputEncoding) }
  })
  const edits = [...created, ...relinked]
  return { edits, repository: afterwards(tree, repository, edits) }
}

/**
 * ASCII text is encoded the same in every Python source encoding. UTF-7, UTF-16 and UTF-32 aren't source encodings.
 */
function encoded(source: string, encoding: string): Uint8Array {
  if (/^(?:utf[-_]?(?:16|32)|utf[-_]?7)/i.test(encoding)) {
    throw new GuardError(
      'unavailable',
      `output_encoding is ${shown(encoding)}, which isn't a Python source encoding`,
      'set output_encoding = utf-8',
    )
  }
  return new TextEncoder().encode(source)
}

/** Returns the migration whose folder and style to copy: a parent if possible; otherwise, a child. */
function neighbourOf(graph: RevisionGraph, plan: PlaceholderPlan, parents: readonly string[]): string | null {
  const candidates = [
    ...parents,
    ...plan.relinks.map(({ revision }) => revision.id),
    ...plan.placeholders.flatMap(({ id }) => childrenOf(graph, id)),
    ...graph.map.byId.keys(),
  ]
  for (const id of candidates) {
    const path = graph.get(id)?.path
    if (path) return path
  }
  return null
}

function freePath(
  tree: FileTree,
  repository: Repository,
  neighbour: string | null,
  id: string,
  { message, now }: PlaceholderText,
  taken: ReadonlySet<string>,
): string {
  const folder =
    repository.versionLocations
      .filter((location) => neighbour?.startsWith(`${location}/`))
      .toSorted((a, b) => b.length - a.length)[0] ?? repository.versionLocations[0]
  const name = migrationFileName(repository.fileTemplate, {
    id,
    slug: slugOf(message ?? 'placeholder', repository.slugLength),
    moment: localMoment(now, repository).moment,
    folders: repository.recursive,
  })
  if (folder === undefined || name === null) {
    throw new GuardError(
      'unavailable',
      `file_template ${shown(repository.fileTemplate)} produces no file name for ${shown(id)}`,
      "check file_template in Alembic's configuration",
    )
  }
  const path = folder === '.' ? name : `${folder}/${name}`
  const free = (candidate: string): boolean => tree.kindOf(candidate) === null && !taken.has(candidate)
  if (free(path)) return path
  const stem = path.slice(0, -'.py'.length)
  for (let count = 2; count < 100; count += 1) {
    if (free(`${stem}_${count}.py`)) return `${stem}_${count}.py`
  }
  throw new GuardError('unavailable', `${shown(path)} already exists`, null)
}

/** Returns the modules as they would be after the edits, in Alembic's order. */
function afterwards(tree: FileTree, repository: Repository, edits: readonly FileEdit[]): Repository {
  const imported = repositoryModules(tree, repository.importPaths)
  const modules: MigrationModule[] = repository.modules.map((module) => {
    const edit = edits.find(({ kind, path }) => kind === 'replace' && path === module.path)
    return edit ? readMigration(edit.after, module.path, imported) : module
  })
  for (const { kind, path, after } of edits) {
    if (kind !== 'create') continue
    const next = modules.findIndex(
      (module) => folderOf(module.path) === folderOf(path) && comparePythonText(module.path, path) > 0,
    )
    modules.splice(next < 0 ? modules.length : next, 0, readMigration(after, path))
  }
  return { ...repository, modules }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

function localMoment(now: Date, { timezone = null }: Repository): LocalMoment {
  const found = momentIn(now, timezone)
  if (found) return found
  throw new GuardError(
    'unavailable',
    `Can't locate timezone: ${shown(timezone ?? '')}`,
    "Alembic rejects this timezone too; correct the timezone setting in Alembic's configuration",
  )
}

function stampOf({ moment, offset }: LocalMoment): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const { year, month, day, hour, minute, second } = moment
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${offset}`
}

function byHand(
  path: string,
  reason: string,
  changes: PlaceholderPlan['relinks'][number]['changes'],
): GuardError {
  const what = changes
    .filter(({ to }) => to.length > 0)
    .map(({ from, to }) => `${from === null ? 'None' : shown(from)} with ${listed(to)}`)
    .join(', ')
  return new GuardError(
    'unavailable',
    `can't edit ${shown(path)} safely: ${reason}`,
    `replace ${what} in its down_revision manually`,
  )
}
