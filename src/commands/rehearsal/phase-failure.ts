/** Explains why a command failed on the scratch database. Throws if the rehearsal itself is the cause. */
import { copyError, oneSessionError } from '../../adapters/embedded/one-session.ts'
import { noAnswer } from '../../adapters/scratch/postgres-proxy.ts'
import { diskTree } from '../../adapters/files/disk-tree.ts'
import type { LoggedStatement } from '../../core/rehearsal/statement-log.ts'
import { shown, shownSentence } from '../../core/text/display.ts'
import { parseFailure } from '../../core/rehearsal/traceback.ts'
import { GuardError } from '../../errors.ts'
import type { RehearsalFailureReport } from '../../report/model/report.ts'
import type { Stage } from './stage.ts'
import { doubtOf } from './certainty.ts'
import type { Phase, Played, Ran, Script } from './script.ts'

/**
 * Throws if the command succeeded but didn't change the scratch database, although migrations were pending.
 * @throws GuardError (unavailable)
 */
export function refuseUnmoved({ failure, seen, report }: Played, { prediction, versions }: Script): void {
  const idle = prediction.outcome !== 'succeeds' || prediction.steps.length === 0
  const same = [...report.versionsAfter].sort().join('\n') === [...versions].sort().join('\n')
  if (failure === null && !idle && same && seen.done.length === 0) throw neverCame()
}

function neverCame(): GuardError {
  return new GuardError(
    'unavailable',
    'The command exited with 0 but never connected to the scratch database, so nothing was rehearsed.',
    'env.py doesn\'t read its URL from the environment: make it read os.environ["DATABASE_URL"].',
  )
}

/** Matches errors about an unreachable server, or about a write outside the copy. */
const cutOff =
  /could not translate host name|Name or service not known|name resolution|Network is unreachable|Connection refused|Connection timed out|No address associated|getaddrinfo|ConnectionError|ConnectionRefusedError|password authentication failed|no password supplied|for the rehearsed command only|attempt to write a readonly database|Cannot assign requested address|Max retries exceeded|dns error|error sending request|failed to fetch|ssl_?\w*\.load_cert_chain/i

/**
 * Throws if the isolation caused the failure, because the release won't be isolated.
 * @throws GuardError (unavailable)
 */
function refuseOwnLimits({ command }: Script, { seen, output }: Ran, error: string | null): void {
  const said = error ?? output.slice(-2000)
  const missing = command.removed.find((name) =>
    new RegExp(`(?<![A-Za-z0-9])${name}(?![A-Za-z0-9])`, 'i').test(said),
  )
  if (missing !== undefined) {
    throw new GuardError(
      'unavailable',
      `The command needs the variable ${shown(missing)}, which a rehearsal doesn't pass on: ${lastWords(said)}`,
      `If the variable doesn't identify a database, use --pass-env ${shown(missing)}.`,
    )
  }
  const elsewhere = !seen.reached && /\b(?:OperationalError|InterfaceError)\b/.test(output)
  if (seen.rest.some((one) => one.error !== null) || !(elsewhere || cutOff.test(output))) return
  throw new GuardError(
    'unavailable',
    `A rehearsal allows connections only to the scratch database, but the command needs another connection: ${lastWords(said)}`,
    'If the command needs network access for anything other than a database, use --allow-network. env.py must then get the database URL from the environment.',
  )
}

/** Returns the last line of the error, without exception class names. */
function lastWords(said: string): string {
  const line = said.trim().split('\n').at(-1) ?? ''
  return shown(line.replace(/^[\w.]+: \([\w.]+\) /, ''))
}

/**
 * Describes how a command failed.
 * @throws GuardError (unavailable) if the rehearsal itself is the cause.
 */
export function failureOf(stage: Stage, script: Script, phase: Phase, ran: Ran): RehearsalFailureReport {
  const { seen, status, problem, output } = ran
  const told = parseFailure(output)
  const place = placeIn(script, told.frames)
  const refused = seen.rest.findLast(({ error }) => error !== null && error.code !== '25P02') ?? null
  const steps = script.prediction.steps
  const next = phase === 'downgrade' ? null : (steps[seen.done.length]?.revision ?? null)
  const revision = place?.revision ?? (refused !== null || seen.rest.length > 0 ? next : null)
  const location = place && { path: place.path, line: place.line }
  if (status !== 0 && problem === null && !(!seen.reached && seen.wantedTls))
    refuseOwnLimits(script, ran, told.error)
  refuseServerLimits(refused, output, stage)
  refuseMissing(refused, stage)
  const doubt = doubtOf(stage, script, { seen, refused, said: told.error })
  const base = {
    phase,
    revision,
    location,
    error: told.error,
    statement: refused === null ? null : clip(refused.text),
    sqlstate: refused?.error?.code ?? null,
    certain: doubt === null,
    ...(doubt !== null && { doubt }),
    output: output.trim() === '' ? [] : output.trimEnd().split('\n').slice(-12),
    // The copy has no rows, so code that expects rows may fail.
    hint:
      place !== null && refused === null && stage.schema !== 'empty' && !script.withData
        ? 'The copy contains no data: check whether this line also fails with data.'
        : null,
  }
  if (problem !== null) return { ...base, message: `The command couldn't be started: ${problem}.` }
  if (!seen.reached && seen.wantedTls) {
    return {
      ...base,
      message: "The command requires TLS, which the scratch database doesn't offer.",
      hint: 'If env.py sets sslmode=require in connect_args, read the sslmode from an environment variable instead.',
    }
  }
  if (!seen.reached && status === 0) throw neverCame()
  const words = {
    upgrade: 'upgrade',
    downgrade: 'downgrade',
    'upgrade-again': 'second upgrade',
    'check-models': 'check',
  }
  return {
    ...base,
    message: `The ${words[phase]} exited with status ${status}${refusedWords(refused, stage)}.`,
  }
}

const elsewhere = "Use --scratch-server to rehearse on a server like production's."

/**
 * Throws if the embedded server has exited, for example because it ran out of memory.
 * @throws GuardError (unavailable)
 */
export function refuseEndedServer({ embedded }: Stage): void {
  if (!embedded?.ended()) return
  throw new GuardError(
    'unavailable',
    'The embedded PostgreSQL exited before the command did, so the rehearsal is inconclusive.',
    elsewhere,
  )
}

/**
 * Throws if the failure was caused by limits of the scratch server, because production might not have them.
 * @throws GuardError (unavailable)
 */
function refuseServerLimits(refused: LoggedStatement | null, output: string, stage: Stage): void {
  const said = refused?.error?.message ?? ''
  const extension =
    /^extension "(.*)" is not available$|open extension control file ".*\/(.*)\.control"/.exec(said)
  if (extension) {
    const name = shown(extension[1] ?? extension[2] ?? '')
    throw new GuardError(
      'unavailable',
      `A migration creates the extension ${name}, which the scratch server (PostgreSQL ${stage.server}, ${stage.where}) doesn't have.`,
      elsewhere,
    )
  }
  if (stage.embedded === null) return
  if (output.includes(oneSessionError) || output.includes(noAnswer)) {
    throw new GuardError(
      'unavailable',
      'The command uses two connections at once, one of them in an open transaction, but the embedded PostgreSQL supports only one session.',
      elsewhere,
    )
  }
  if (output.includes(copyError)) {
    throw new GuardError('unavailable', `The command can't be rehearsed here: ${copyError}.`, elsewhere)
  }
  // PGlite doesn't include some procedural languages, libraries and server files.
  if (/^(?:58P01|58000)$/.test(refused?.error?.code ?? '') || /^language ".*" does not exist$/.test(said)) {
    throw new GuardError(
      'unavailable',
      `The embedded PostgreSQL doesn't support a statement in a migration: ${shownSentence(said)}.`,
      elsewhere,
    )
  }
}

/**
 * Throws if the failure is due to a role or publication that production has but the copy lacks.
 * @throws GuardError (unavailable)
 */
function refuseMissing(refused: LoggedStatement | null, { missing }: Stage): void {
  const said = /^(role|publication) "(.*)" does not exist$/.exec(refused?.error?.message ?? '')
  const [, kind = '', name = ''] = said ?? []
  const names = kind === 'role' ? missing.roles : missing.publications
  if (!names.includes(name)) return
  throw new GuardError(
    'unavailable',
    `A migration refers to the ${kind} ${shown(name)}, which exists in production but not in the copy. The guard creates roles, grants and publications only on a scratch server that it starts itself.`,
    `Remove --scratch-server and --scratch-url so that the guard starts its own server.`,
  )
}

function refusedWords(refused: LoggedStatement | null, { leftOut }: Stage): string {
  if (refused?.error === null || refused === null) return ''
  const { message } = refused.error
  const gone = leftOut.find(({ what }) => {
    const name = what.split(' ').slice(1).join(' ')
    return name !== '' && message.includes(name)
  })
  const because = gone ? `, possibly because the copy omits an object (${shown(gone.what)})` : ''
  return `: the server reported ${shownSentence(message)}${because}`
}

/** Shortens a statement to one line and removes passwords. */
export function clip(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/(password\s+)E?'(?:[^']|'')*'/gi, "$1'...'")
    .trim()
  return line.length > 500 ? `${line.slice(0, 497)}...` : line
}

/** Returns the innermost traceback frame that is in a migration. */
function placeIn(
  { context, repository }: Script,
  frames: readonly { readonly path: string; readonly line: number }[],
): { readonly path: string; readonly line: number; readonly revision: string | null } | null {
  const tree = diskTree(context.cwd)
  const real = (path: string): string => tree.realPath(path) ?? path
  const modules = new Map(repository.modules.map((module) => [real(module.path), module] as const))
  for (const { path, line } of frames.toReversed()) {
    const module = modules.get(real(path))
    if (!module) continue
    const { revision } = module
    const id = revision.kind === 'value' && revision.value.kind === 'str' ? revision.value.value : null
    return { path: module.path, line, revision: id }
  }
  return null
}
