/** Decides whether production would produce the same result as a rehearsal. */
import { readableBytes } from '../../adapters/files/file-tree.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { readProjectEnvironment } from '../../adapters/project/environment-use.ts'
import { type UncertainRead, isCertainRefusal } from '../../core/rehearsal/certain-failure.ts'
import type { LoggedStatement } from '../../core/rehearsal/statement-log.ts'
import { shown } from '../../core/text/display.ts'
import { answerSource } from '../../python/operations/sql/answer-source.ts'
import { readEnvironmentUse } from '../../python/env/environment-use.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'
import type { SafeCommand } from './environment.ts'
import type { RehearsalObservation, Stage } from './stage.ts'
import { stricterVersion } from './version-notes.ts'

/** The project and the command to rehearse. */
export interface RehearsedProject {
  readonly context: { readonly cwd: string }
  readonly command: Pick<SafeCommand, 'removed' | 'replaced'>
  readonly repository: Repository
  readonly prediction: Prediction
}

/** A failure observed in a rehearsal. */
export interface SeenFailure {
  readonly seen: RehearsalObservation
  /** The last statement that the server rejected, if any. */
  readonly refused: LoggedStatement | null
  /** The exception that ended the command, as the command printed it. */
  readonly said: string | null
}

/** Returns why production might run different statements than the copy; null if there is no reason to expect that. */
export function statementsDoubt(
  { copied }: Stage,
  project: RehearsedProject,
  { uncertainRead }: Pick<RehearsalObservation, 'uncertainRead'>,
): string | null {
  if (copied === null) return "the copy of production's schema is incomplete"
  if (uncertainRead !== null) return readDoubt(uncertainRead)
  return withheldFrom(project) ?? (copied.alike ? null : versionDoubt(project))
}

function readDoubt(read: UncertainRead): string {
  if (read.kind === 'server')
    return 'the command used server settings or functions that may differ in production'
  if (read.kind === 'failure')
    return 'the command caught an earlier error and continued; that error may not occur in production'
  const table = read.table === null ? '' : ` from ${shown(read.table)}`
  return `the command read data${table}, which may differ in production`
}

/** Returns why the upgrade might not fail in production; null if it is certain to fail. */
export function doubtOf(
  stage: Stage,
  project: RehearsedProject,
  { seen, refused, said }: SeenFailure,
): string | null {
  const { copied, olderMajor } = stage
  const version =
    refused?.error == null || olderMajor === null
      ? null
      : stricterVersion(refused.text, refused.error, olderMajor)
  if (version !== null) return version
  const doubt = statementsDoubt(stage, project, seen)
  if (doubt !== null || copied === null) return doubt
  if (refused?.error == null || said === null || !saysSo(said, refused.error.message))
    return "the command's error didn't come from the server"
  const source = answerSource(refused.text, (name) => copied.names.has(name))
  if (!isCertainRefusal(refused, { alike: copied.alike, source }))
    return 'the error may depend on the data or the server'
  return null
}

/**
 * Whether the exception quotes the server's message. Ignores whitespace, quotes and backslashes, because drivers
 * change them.
 */
function saysSo(said: string, message: string): boolean {
  const plain = (text: string): string => text.replace(/[\s"'\\]+/g, ' ')
  return plain(said).includes(plain(message.split('\n', 1)[0] ?? ''))
}

/**
 * Returns a clause about a variable that the project reads, but that the rehearsal removes or changes; null if there
 * is none.
 */
function withheldFrom({ context, command, repository, prediction }: RehearsedProject): string | null {
  const tree = diskTree(context.cwd)
  const files = pendingFiles({ repository, prediction })
  const { reads, sources } = readProjectEnvironment(tree, {
    envPath: null,
    scriptLocation: repository.scriptLocation,
    modules: [],
    files,
  })
  const computed = sources.find((source) => source.computed)
  if (computed)
    return `${shown(computed.path)} reads environment variables that a rehearsal might not pass on`
  // Environment variables read by env.py may determine which migrations run. Variables that contain the database's
  // address don't count, because the guard changes them on purpose.
  const bytes = repository.env.path === null ? null : readableBytes(tree, repository.env.path)
  const own = (bytes === null ? [] : readEnvironmentUse(bytes).reads).filter(
    ({ name }) => !command.replaced.includes(name),
  )
  const names = new Set([...reads, ...own].map(({ name }) => name.toUpperCase()))
  const other = [...command.removed, ...command.replaced, 'HOME'].find((name) =>
    names.has(name.toUpperCase()),
  )
  return other === undefined
    ? null
    : `the project reads ${shown(other)}, which is missing or different in a rehearsal (to pass it on, use --pass-env ${shown(other)})`
}

/**
 * Returns a clause about a pending migration that reads the server version; null if there is none. The copy's server
 * may run a different version.
 */
function versionDoubt(project: RehearsedProject): string | null {
  const tree = diskTree(project.context.cwd)
  const asks = pendingFiles(project).find((path) =>
    new TextDecoder().decode(readableBytes(tree, path) ?? new Uint8Array()).includes('server_version'),
  )
  return asks === undefined ? null : `${shown(asks)} reads the server version, which differs on the copy`
}

function pendingFiles({
  repository,
  prediction,
}: Pick<RehearsedProject, 'repository' | 'prediction'>): readonly string[] {
  const pending = new Set(
    prediction.outcome === 'succeeds' ? prediction.steps.map(({ revision }) => revision) : [],
  )
  return repository.modules.flatMap(({ path, revision }) => {
    const id = revision.kind === 'value' && revision.value.kind === 'str' ? revision.value.value : null
    return id !== null && pending.has(id) ? [path] : []
  })
}
