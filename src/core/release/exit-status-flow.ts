/**
 * Follows every path through a release command (`&&`, `||`, `;` and pipes) as POSIX `sh` would, including `set -e`.
 */
import type { AndOr, Pipeline, ShellCommand, ShellList } from './parse-shell.ts'

/** What a simple command does. A `guarded-upgrade` runs the guard, then the upgrade. */
export type Role = 'upgrade' | 'guarded-upgrade' | 'guard' | 'other'

type Simple = Extract<ShellCommand, { kind: 'simple' }>

/** Possible outcomes of a release command. */
export interface ExitStatusFlow {
  /** True if the release can succeed even though the last upgrade failed. */
  readonly hidesFailure: boolean
  /** True if an upgrade can run before the guard. */
  readonly unguarded: boolean
  /** True if an upgrade can run even though the guard blocked it. */
  readonly ignoresGuard: boolean
}

type Result = 'none' | 'ok' | 'failed'

/** The state at one point in a possible run. */
interface Way {
  readonly succeeded: boolean
  readonly upgrade: Result
  readonly guard: Result
  /** Whether `set -e` and `set -o pipefail` are in effect. */
  readonly errexit: boolean
  readonly pipefail: boolean
  /** True if the last command failed in a place where `set -e` doesn't apply. */
  readonly excused: boolean
  /** True if the shell has exited. */
  readonly ended: boolean
}

/** Follows every path through the shell commands. */
export function exitStatusFlow(list: ShellList, roleOf: (command: Simple) => Role): ExitStatusFlow {
  const seen = { unguarded: false, ignoresGuard: false }
  const start: Way = {
    succeeded: true,
    upgrade: 'none',
    guard: 'none',
    errexit: false,
    pipefail: false,
    excused: false,
    ended: false,
  }

  function ways(before: readonly Way[], step: (way: Way) => readonly Way[]): readonly Way[] {
    const after = new Map<string, Way>()
    for (const way of before)
      for (const next of way.ended ? [way] : step(way)) after.set(Object.values(next).join(), next)
    return [...after.values()]
  }

  /** Runs a list of commands. If the shell tests its status (`tested`), `set -e` doesn't apply. */
  function runList(before: readonly Way[], commands: ShellList, tested: boolean): readonly Way[] {
    return commands.reduce((current, andOr) => ways(current, (way) => runAndOr(way, andOr, tested)), before)
  }

  function runAndOr(way: Way, { first, rest, background }: AndOr, tested: boolean): readonly Way[] {
    if (background) {
      // The shell continues with status 0 without waiting for background jobs.
      return ways(runAndOr(way, { first, rest, background: false }, true), (after) => [
        { ...after, succeeded: true, ended: false, errexit: way.errexit, pipefail: way.pipefail },
      ]).map((after) => (after.ended ? { ...after, ended: false, succeeded: true } : after))
    }
    let current = runPipeline(way, first, tested || rest.length > 0)
    for (const [index, { operator, pipeline }] of rest.entries()) {
      const last = index === rest.length - 1
      current = ways(current, (after) =>
        after.succeeded === (operator === '&&') ? runPipeline(after, pipeline, tested || !last) : [after],
      )
    }
    return current
  }

  function runPipeline(way: Way, { negated, commands }: Pipeline, tested: boolean): readonly Way[] {
    const quiet = tested || negated
    const [only] = commands
    let after: readonly Way[]
    if (commands.length === 1 && only) after = runCommand(way, only, quiet)
    else {
      // Each command in a pipeline runs in its own subshell.
      let current: readonly { way: Way; failed: boolean }[] = [{ way, failed: false }]
      for (const command of commands) {
        current = current.flatMap(({ way: before, failed }) =>
          inOwnShell(before, (inner) => runCommand(inner, command, quiet)).map((next) => ({
            way: next,
            failed: failed || !next.succeeded,
          })),
        )
      }
      after = current.map(({ way: last, failed }) => ({
        ...last,
        succeeded: way.pipefail ? !failed : last.succeeded,
      }))
    }
    const braces = commands.length === 1 && only?.kind !== 'simple' && only?.shell === 'this'
    return after.map((last) => {
      if (last.ended) return last
      if (negated) return { ...last, succeeded: !last.succeeded, excused: last.succeeded }
      const excused = !last.succeeded && (tested || (braces && last.excused))
      const next = { ...last, excused }
      return !next.succeeded && next.errexit && !excused ? { ...next, ended: true } : next
    })
  }

  function runCommand(way: Way, command: ShellCommand, tested: boolean): readonly Way[] {
    if (command.kind === 'simple') return runSimple(way, command)
    if (command.shell === 'this') return runList([way], command.list, tested)
    if (command.shell === 'copy') return inOwnShell(way, (inner) => runList([inner], command.list, tested))
    // A new shell doesn't inherit `set -e`, and isn't affected by how the caller uses its status.
    const errexit = command.options.includes('e')
    const pipefail = command.options.includes('pipefail')
    return inOwnShell(way, (inner) => runList([{ ...inner, errexit, pipefail }], command.list, false))
  }

  function inOwnShell(way: Way, run: (inner: Way) => readonly Way[]): readonly Way[] {
    return run(way).map((after) => ({
      ...after,
      ended: false,
      errexit: way.errexit,
      pipefail: way.pipefail,
    }))
  }

  function runSimple(way: Way, command: Simple): readonly Way[] {
    const [program, first] = command.words.map(({ text }) => text)
    const both = [
      { ...way, succeeded: true },
      { ...way, succeeded: false },
    ]
    const role = roleOf(command)
    if (role === 'upgrade') {
      if (way.guard === 'none') seen.unguarded = true
      if (way.guard === 'failed') seen.ignoresGuard = true
    }
    let after: readonly Way[] = both
    if (role === 'upgrade' || role === 'guarded-upgrade')
      after = both.map((next) => ({ ...next, upgrade: next.succeeded ? 'ok' : 'failed' }))
    else if (role === 'guard')
      after = both.map((next) => ({ ...next, guard: next.succeeded ? 'ok' : 'failed' }))
    else if (program === undefined || program === 'true' || program === ':')
      after = [{ ...way, succeeded: true }]
    else if (program === 'echo' || program === 'cd' || program === 'export') {
      // Assume that `cd` succeeds. If it fails, the release fails too.
      after = [{ ...way, succeeded: true }]
    } else if (program === 'false') after = [{ ...way, succeeded: false }]
    else if (program === 'exit')
      after = [{ ...way, succeeded: first === undefined ? way.succeeded : first === '0', ended: true }]
    else if (program === 'set') after = [afterSet(way, command)]
    // `exec` replaces the shell.
    return command.words[0]?.text === 'exec' && command.words.length > 1
      ? after.map((next) => ({ ...next, ended: true }))
      : after
  }

  const ends = runList([start], list, false)
  return {
    ...seen,
    hidesFailure: ends.some(({ succeeded, upgrade }) => succeeded && upgrade === 'failed'),
  }
}

/** Applies `set -e`, `set -eu`, `set -o pipefail` or `set +e`. */
function afterSet(way: Way, { words }: Simple): Way {
  let { errexit, pipefail } = way
  for (const [index, { text }] of words.entries()) {
    const on = text.startsWith('-')
    if (!/^[-+][a-z]+$/i.test(text)) continue
    if (text.includes('e')) errexit = on
    if (!text.endsWith('o')) continue
    const name = words[index + 1]?.text
    if (name === 'pipefail') pipefail = on
    if (name === 'errexit') errexit = on
  }
  return { ...way, errexit, pipefail, succeeded: true }
}
