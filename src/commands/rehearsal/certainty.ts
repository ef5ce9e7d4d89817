/** Whether what happened on the copy is certain to happen in production, and if not why. */
import { readableBytes } from '../../adapters/files/file-tree.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import { readProjectEnvironment } from '../../adapters/project/environment-use.ts'
import { isCertainRefusal } from '../../core/rehearsal/certain-failure.ts'
import type { LoggedStatement } from '../../core/rehearsal/statement-log.ts'
import { shown } from '../../core/text/display.ts'
import { answerSource } from '../../python/operations/sql/answer-source.ts'
import { readEnvironmentUse } from '../../python/env/environment-use.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { Prediction } from '../../core/upgrade/prediction.ts'
import type { SafeCommand } from './environment.ts'
import type { RehearsalObservation, Stage } from './stage.ts'

/** What was rehearsed. */
export interface RehearsedProject {
  readonly context: { readonly cwd: string }
  readonly command: Pick<SafeCommand, 'removed' | 'replaced'>
  readonly repository: Repository
  readonly prediction: Prediction
}

/** A failure, as it was seen. */
export interface SeenFailure {
  readonly seen: RehearsalObservation
  /** The last statement that the server refused. */
  readonly refused: LoggedStatement | null
  /** The exception that ended the command, as it printed it. */
  readonly said: string | null
}

/** Why production may not get the statements that the copy got, as a clause; null: it will get the same. */
export function statementsDoubt(
  { copied }: Stage,
  project: RehearsedProject,
  { rowsRead }: Pick<RehearsalObservation, 'rowsRead'>,
): string | null {
  if (copied === null) return "the copy isn't all of production's schema"
  if (rowsRead !== null)
    return `it had asked for ${shown(rowsRead)} before, which the copy may answer otherwise`
  return withheldFrom(project) ?? (copied.alike ? null : versionDoubt(project))
}

/** Why production may not fail, as a clause; null: it's certain to. */
export function doubtOf(
  stage: Stage,
  project: RehearsedProject,
  { seen, refused, said }: SeenFailure,
): string | null {
  const { copied } = stage
  const doubt = statementsDoubt(stage, project, seen)
  if (doubt !== null || copied === null) return doubt
  if (refused?.error == null || said === null || !saysSo(said, refused.error.message))
    return 'no statement that the server refused ended the command'
  const source = answerSource(refused.text, (name) => copied.names.has(name))
  if (!isCertainRefusal(refused, { alike: copied.alike, source }))
    return 'the error may depend on rows or on the server'
  return null
}

/** Whether the exception is the server's: drivers quote its words in their own ways. */
function saysSo(said: string, message: string): boolean {
  const plain = (text: string): string => text.replace(/[\s"'\\]+/g, ' ')
  return plain(said).includes(plain(message.split('\n', 1)[0] ?? ''))
}

/** A variable that the migrations read, and that has another value in a rehearsal, or none. */
function withheldFrom({ context, command, repository, prediction }: RehearsedProject): string | null {
  const tree = diskTree(context.cwd)
  const files = pendingFiles({ repository, prediction })
  const { reads, sources } = readProjectEnvironment(tree, {
    envPath: null,
    scriptLocation: repository.scriptLocation,
    modules: [],
    files,
  })
  const computed = sources.find(({ what }) => what.startsWith('reads a variable'))
  if (computed) return `${shown(computed.path)} reads variables that a rehearsal may not pass on`
  // What env.py itself reads decides which migrations run; the way to the database is replaced on purpose.
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
    : `the project reads ${shown(other)}, which has another value in a rehearsal, or none (--pass-env ${shown(other)})`
}

/** Code that asks for the server's version may take another way there. */
function versionDoubt(project: RehearsedProject): string | null {
  const tree = diskTree(project.context.cwd)
  const asks = pendingFiles(project).find((path) =>
    new TextDecoder().decode(readableBytes(tree, path) ?? new Uint8Array()).includes('server_version'),
  )
  return asks === undefined ? null : `${shown(asks)} asks for the server's version, and the copy's is another`
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
