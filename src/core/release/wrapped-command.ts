/**
 * What the words after `run --` will do: which `alembic upgrade` they come to, in which folder, with which
 * variables. Reads words only; whatever it does not know for certain it names as a problem instead of guessing.
 */
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

/** The words after `run --`, taken apart. */
export interface WrappedCommand {
  /** What is to be started: the words without assignments (`FLASK_APP=app flask …`) that a shell would take. */
  readonly argv: readonly string[]
  /** Variables of those assignments. */
  readonly assignments: ReadonlyMap<string, string>
  /** Every variable that `env` or an assignment sets for the command; null: taken away. */
  readonly environment: ReadonlyMap<string, string | null>
  /** `env -i`: the command gets nothing else. */
  readonly emptyEnvironment: boolean
  /** The folder the command is run in, as `env -C`, `uv --directory` or `poetry -C` say; null: this one. */
  readonly folder: string | null
  /** Null: see `problem`. */
  readonly upgrade: WrappedUpgrade | null
  /** Why it can't be told what the command does. */
  readonly problem: WrappedProblem | null
  /** A command of Alembic or Flask-Migrate that is certainly no upgrade: `alembic downgrade`; null: it is none. */
  readonly otherCommand: string | null
}

/** Takes the words of a command apart. Never throws. */
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
 * A command of Alembic, somewhere in what isn't understood, that changes something and is no upgrade: in what a shell is
 * told, or behind a program that starts others. Null: none is seen.
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

/** The commands of `sh -c '…'`, without the shells. */
function commandsOfShell(words: readonly string[]): readonly (readonly string[])[] {
  const parsed = parseShell(shellCommand(words))
  if (parsed.kind === 'unknown') return []
  const commands = simpleCommands(parsed.list).map((one) => one.words.map(({ text }) => text))
  return commands.filter((command) => command.join('\0') !== words.join('\0'))
}

interface Prefix extends RunnerEffects {
  otherCommand: string | null
}

/** More programs in front of each other than this are no release command. */
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
