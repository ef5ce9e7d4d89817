/** Analyzes the command line after `run --`. Reports uncertainty as a problem instead of guessing. */
import { shown } from '../text/display.ts'
import { shellCommand } from '../text/shell-quoting.ts'
import { type WrappedProblem, nameOf, takeAssignments } from './command-options.ts'
import { type RunnerEffects, behindEnv, behindPython, behindRunner, runners } from './command-runners.ts'
import { parseShell, simpleCommands } from './parse-shell.ts'
import {
  type Outcome,
  type WrappedUpgrade,
  alembicUpgrade,
  changingCommands,
  flaskUpgrade,
  managerUpgrade,
} from './upgrade-command.ts'

/** The parsed words after `run --`. */
export interface WrappedCommand {
  /** The command to start, without leading assignments (`FLASK_APP=app flask …`). */
  readonly argv: readonly string[]
  /** Variables assigned before the command. */
  readonly assignments: ReadonlyMap<string, string>
  /** Variables set by `env` or an assignment. A null value means that `env -u` removes the variable. */
  readonly environment: ReadonlyMap<string, string | null>
  /** True for `env -i`, which starts with an empty environment. */
  readonly emptyEnvironment: boolean
  /** Working directory set by `env -C`, `uv --directory` or `poetry -C`; null for the current one. */
  readonly folder: string | null
  /** The upgrade that the command runs; null if there is a `problem`. */
  readonly upgrade: WrappedUpgrade | null
  /** Why the command's effect is unknown. */
  readonly problem: WrappedProblem | null
  /** A command that isn't an upgrade, such as `alembic downgrade`, if any. */
  readonly otherCommand: string | null
}

/** Parses the words of a command. Never throws. */
export function parseWrappedCommand(words: readonly string[]): WrappedCommand {
  const prefix: Prefix = {
    environment: new Map(),
    emptyEnvironment: false,
    folder: null,
    otherCommand: null,
  }
  const [assignments, argv] = takeAssignments(words)
  for (const [name, value] of assignments) prefix.environment.set(name, value)
  const outcome = upgradeOf(argv, prefix, 0)
  if ('kind' in outcome) prefix.otherCommand ??= changeWithin(argv, outcome)
  const [upgrade, problem] = 'kind' in outcome ? [null, outcome] : [outcome, null]
  return { argv, assignments, ...prefix, upgrade, problem }
}

/**
 * Returns the first command that changes something but isn't an upgrade. Also searches shell code and unknown
 * launchers.
 */
function changeWithin(words: readonly string[], problem: WrappedProblem): string | null {
  const tails =
    problem.kind === 'shell'
      ? commandsOfShell(words)
      : problem.kind === 'unknownCommand'
        ? words.flatMap((word, at) =>
            /(?:^|\/)(?:alembic|flask|manage\.py)$/.test(word) ? [words.slice(at)] : [],
          )
        : []
  for (const tail of tails) {
    const { otherCommand } = parseWrappedCommand(tail)
    if (otherCommand !== null && changingCommands.has(otherCommand.split(' ').at(-1) ?? ''))
      return otherCommand
  }
  return null
}

/** The commands inside `sh -c '…'`. */
function commandsOfShell(words: readonly string[]): readonly (readonly string[])[] {
  const parsed = parseShell(shellCommand(words))
  if (parsed.kind === 'unknown') return []
  const commands = simpleCommands(parsed.list).map((one) => one.words.map(({ text }) => text))
  return commands.filter((command) => command.join('\0') !== words.join('\0'))
}

interface Prefix extends RunnerEffects {
  otherCommand: string | null
}

/** Maximum number of nested launchers. */
const maxPrefixes = 8

function upgradeOf(words: readonly string[], prefix: Prefix, depth: number): Outcome {
  const [program, ...rest] = words
  if (program === undefined || depth > maxPrefixes) return { kind: 'noProgram', program: null }
  const name = program.replace(/^.*[/\\]/, '').replace(/\.exe$/, '')
  const next = (behind: readonly string[] | WrappedProblem): Outcome =>
    'kind' in behind ? behind : upgradeOf(behind, prefix, depth + 1)
  if (name === 'alembic') return alembicUpgrade(rest, prefix)
  if (name === 'flask') return flaskUpgrade(rest, prefix)
  if (/^python(\d(\.\d+)?)?t?$/.test(name)) return next(behindPython(rest))
  if (name === 'manage.py') return managerUpgrade(rest, prefix)
  if (name === 'env') return next(behindEnv(rest, prefix))
  if (name in runners) return next(behindRunner(name as keyof typeof runners, rest, prefix))
  if (/^(ba|da|z|k)?sh$/.test(name)) return { kind: 'shell', name: shown(name) }
  return { kind: 'unknownCommand', command: nameOf(program) === '...' ? 'that' : nameOf(name) }
}
