/**
 * Analyzes the words after `run --`: the `alembic upgrade` they run, its working directory and its variables. Only
 * uses the words; reports anything uncertain as a problem instead of guessing.
 */
import { shown } from '../text/display.ts'
import { shellCommand } from '../text/shell-quoting.ts'
import { parseShell, simpleCommands } from './parse-shell.ts'

/** An upgrade with Alembic's or Flask-Migrate's command line. */
export interface WrappedUpgrade {
  readonly tool: 'alembic' | 'flask-migrate'
  /** All `-c` values; empty for Alembic's default. */
  readonly config: readonly string[]
  /** `-n`: the section of the ini file. */
  readonly name: string | null
  /** Flask-Migrate's `-d`. */
  readonly directory: string | null
  readonly target: string
  /** Names (never values) of `-x` arguments, whose meaning only env.py knows. */
  readonly arguments: readonly string[]
  /** `--sql`: only prints statements. */
  readonly offline: boolean
}

/** The parsed words after `run --`. */
export interface WrappedCommand {
  /** The command to start, without the leading assignments that a shell would process (`FLASK_APP=app flask …`). */
  readonly argv: readonly string[]
  /** Variables set by those assignments. */
  readonly assignments: ReadonlyMap<string, string>
  /** Every variable that `env` or an assignment sets for the command; null if unset. */
  readonly environment: ReadonlyMap<string, string | null>
  /** `env -i`: the command gets no other variables. */
  readonly emptyEnvironment: boolean
  /** Working directory set by `env -C`, `uv --directory` or `poetry -C`; null for the current one. */
  readonly folder: string | null
  /** Null if there is a `problem`. */
  readonly upgrade: WrappedUpgrade | null
  /** Why the effect of the command is unknown. */
  readonly problem: WrappedProblem | null
  /**
   * An Alembic or Flask-Migrate command that certainly isn't an upgrade: `alembic downgrade`; null if there is none.
   */
  readonly otherCommand: string | null
}

/** Why a command isn't understood. Words are filtered by `nameOf`, so no secret is repeated. */
export type WrappedProblem =
  /** `program`: the launcher without a program to run, if there is one. */
  | { readonly kind: 'noProgram'; readonly program: 'python' | null }
  | { readonly kind: 'shell'; readonly name: string }
  /** Not a known migration program: `command` is its name, or words such as `python -m app`. */
  | { readonly kind: 'unknownCommand'; readonly command: string }
  | {
      readonly kind: 'unknownOption' | 'noValue'
      readonly program: string
      readonly option: string
    }
  | { readonly kind: 'noRevision' | 'severalRevisions'; readonly program: string }
  /** `verb` is null if the program has no subcommand. */
  | { readonly kind: 'notUpgrade'; readonly program: string; readonly verb: string | null }

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
 * Finds an Alembic command that changes something but isn't an upgrade, inside a shell string or after an unknown
 * launcher. Null if none is found.
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
    if (otherCommand !== null && changing.has(otherCommand.split(' ').at(-1) ?? '')) return otherCommand
  }
  return null
}

/** Returns the commands inside `sh -c '…'`, without the shells. */
function commandsOfShell(words: readonly string[]): readonly (readonly string[])[] {
  const parsed = parseShell(shellCommand(words))
  if (parsed.kind === 'unknown') return []
  const commands = simpleCommands(parsed.list).map((one) => one.words.map(({ text }) => text))
  return commands.filter((command) => command.join('\0') !== words.join('\0'))
}

interface Prefix {
  readonly environment: Map<string, string | null>
  emptyEnvironment: boolean
  folder: string | null
  otherCommand: string | null
}

type Outcome = WrappedUpgrade | WrappedProblem

/** Maximum number of nested launchers in a release command. */
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

/** Option of a program: its names, its key, and whether it takes a value. */
interface Option {
  readonly names: readonly string[]
  readonly key: string
  readonly value: boolean
}

interface Words {
  readonly given: readonly { readonly key: string; readonly value: string }[]
  readonly positionals: readonly string[]
}

/** `-c FILE`, `--directory DIR`, `--sql`: one line each in the tables below. */
function option(names: string, key: string, value: 'value' | 'flag'): Option {
  return { names: names.split(' '), key, value: value === 'value' }
}

const alembicOptions = [
  option('-c --config', 'config', 'value'),
  option('-n --name', 'name', 'value'),
  option('-x', 'argument', 'value'),
  option('--raiseerr -q --quiet', 'flag', 'flag'),
]
const upgradeOptions = [option('--sql', 'sql', 'flag'), option('--tag', 'tag', 'value')]
const migrateOptions = [
  option('-d --directory', 'directory', 'value'),
  option('-x --x-arg', 'argument', 'value'),
]
const flaskOptions = [
  option('-A --app -e --env-file', 'ignored', 'value'),
  option('--debug --no-debug', 'flag', 'flag'),
]
const pythonOptions = [
  option('-W -X', 'ignored', 'value'),
  option('-b -B -d -E -I -O -OO -P -q -s -S -u -v -x', 'flag', 'flag'),
]

/** Parses Alembic's command line (alembic/config.py, `CommandLine`): global options, then `upgrade` and its options. */
function alembicUpgrade(words: readonly string[], prefix: Prefix): Outcome {
  const before = takeWords('alembic', words, alembicOptions, { stop: true, shorten: true })
  if ('kind' in before) return before
  const [verb, ...rest] = before.positionals
  if (verb !== 'upgrade') return notAnUpgrade('alembic', verb, prefix)
  const after = takeWords('alembic upgrade', rest, upgradeOptions, { stop: false, shorten: true })
  if ('kind' in after) return after
  const [target, ...more] = after.positionals
  if (target === undefined) return { kind: 'noRevision', program: 'alembic upgrade' }
  if (more.length > 0) return { kind: 'severalRevisions', program: 'alembic upgrade' }
  return {
    tool: 'alembic',
    config: valuesOf(before, 'config'),
    name: valuesOf(before, 'name').at(-1) ?? null,
    directory: null,
    target,
    arguments: valuesOf(before, 'argument').map(nameOf),
    offline: valuesOf(after, 'sql').length > 0,
  }
}

/** Parses Flask's own options, then `db upgrade`. */
function flaskUpgrade(words: readonly string[], prefix: Prefix): Outcome {
  const before = takeWords('flask', words, flaskOptions, { stop: true, shorten: false })
  return 'kind' in before ? before : databaseUpgrade('flask', before.positionals, prefix)
}

/** Parses Flask-Script's `manage.py`, used by Flask-Migrate before version 3. */
function managerUpgrade(words: readonly string[], prefix: Prefix): Outcome {
  return databaseUpgrade('manage.py', words, prefix)
}

/**
 * Parses Flask-Migrate's command line (flask_migrate/cli.py):
 * `db [-d DIR] [-x ARG] upgrade [-d DIR] [-x ARG] [--sql] [--tag TAG] [REVISION]`.
 */
function databaseUpgrade(program: string, [group, ...words]: readonly string[], prefix: Prefix): Outcome {
  if (group !== 'db') return notAnUpgrade(program, group, null)
  const database = `${program} ${group}`
  const before = takeWords(database, words, migrateOptions, { stop: true, shorten: false })
  if ('kind' in before) return before
  const [verb, ...rest] = before.positionals
  if (verb !== 'upgrade') return notAnUpgrade(database, verb, prefix)
  const whole = `${database} ${verb}`
  const known = [...migrateOptions, ...upgradeOptions]
  const after = takeWords(whole, rest, known, { stop: false, shorten: false })
  if ('kind' in after) return after
  const [target = 'head', ...more] = after.positionals
  if (more.length > 0) return { kind: 'severalRevisions', program: whole }
  // Options after the subcommand override those before it.
  const of = (key: string): readonly string[] =>
    valuesOf(after, key).length > 0 ? valuesOf(after, key) : valuesOf(before, key)
  return {
    tool: 'flask-migrate',
    config: [],
    name: null,
    directory: of('directory').at(-1) ?? null,
    target,
    arguments: of('argument').map(nameOf),
    offline: of('sql').length > 0,
  }
}

/** `python -m alembic …`, `python manage.py …`: the words as if the module or script were the program. */
function behindPython(words: readonly string[]): readonly string[] | WrappedProblem {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    const module = /^-[bBdEIOPqsSuvx]*m(.*)$/.exec(word)?.[1]
    if (module !== undefined) {
      const name = module === '' ? words[index + 1] : module
      const rest = words.slice(index + (module === '' ? 2 : 1))
      if (name === 'alembic' || name === 'alembic.config') return ['alembic', ...rest]
      if (name === 'flask') return ['flask', ...rest]
      return { kind: 'unknownCommand', command: `python -m ${nameOf(name ?? '')}` }
    }
    const known = pythonOptions.find(({ names }) => names.includes(word))
    if (known?.value) index += 1
    else if (!known) {
      if (word.startsWith('-')) return unknownOption('python', word)
      return words.slice(index)
    }
  }
  return { kind: 'noProgram', program: 'python' }
}

/** Parses GNU and BSD `env`. */
function behindEnv(words: readonly string[], prefix: Prefix): readonly string[] | WrappedProblem {
  const known = [
    option('-i --ignore-environment -', 'empty', 'flag'),
    option('-u --unset', 'unset', 'value'),
    option('-C --chdir', 'folder', 'value'),
  ]
  const read = takeWords('env', words, known, { stop: true, shorten: false })
  if ('kind' in read) return read
  if (valuesOf(read, 'empty').length > 0) {
    prefix.environment.clear()
    prefix.emptyEnvironment = true
  }
  for (const name of valuesOf(read, 'unset')) prefix.environment.set(name, null)
  changeFolder(prefix, valuesOf(read, 'folder').at(-1))
  const [assignments, rest] = takeAssignments(read.positionals)
  for (const [name, value] of assignments) prefix.environment.set(name, value)
  return rest
}

/** Programs that run another program in a Python environment; `folder` options change its working directory. */
const runners = {
  poetry: {
    before: [
      option('-C --directory', 'folder', 'value'),
      option('-P --project', 'ignored', 'value'),
      option(
        '-q --quiet -n --no-interaction -v -vv -vvv --ansi --no-ansi --no-plugins --no-cache',
        'flag',
        'flag',
      ),
    ],
    after: [],
  },
  uv: {
    before: [
      option('--directory', 'folder', 'value'),
      option('--project --config-file --cache-dir --color', 'ignored', 'value'),
      option('-q --quiet -v --verbose --offline --no-progress --no-cache -n', 'flag', 'flag'),
    ],
    after: [
      option('--directory', 'folder', 'value'),
      option(
        '--with --with-requirements --with-editable --extra --no-extra --group --no-group --only-group -p --python --package --project --env-file --index --default-index --index-url -i --extra-index-url',
        'ignored',
        'value',
      ),
      option(
        '--frozen --locked --no-sync --no-dev --dev --only-dev --all-extras --all-groups --isolated --active --exact --no-project --no-env-file --no-editable --offline --no-progress -q --quiet -v --verbose --no-config --no-cache -n',
        'flag',
        'flag',
      ),
      option('-m --module', 'module', 'flag'),
    ],
  },
  pipenv: { before: [option('-q --quiet -v --verbose', 'flag', 'flag')], after: [] },
  pdm: {
    before: [option('-q --quiet -v --verbose -I --ignore-python', 'flag', 'flag')],
    after: [option('-s --site-packages --no-site-packages', 'flag', 'flag')],
  },
} as const

/** `poetry run alembic …`: the words after `run`. */
function behindRunner(
  name: keyof typeof runners,
  words: readonly string[],
  prefix: Prefix,
): readonly string[] | WrappedProblem {
  const runner = runners[name]
  const before = takeWords(name, words, runner.before, { stop: true, shorten: false })
  if ('kind' in before) return before
  const [verb, ...rest] = before.positionals
  if (verb !== 'run') return { kind: 'unknownCommand', command: `${name} ${nameOf(verb ?? '')}` }
  const after = takeWords(`${name} run`, rest, runner.after, { stop: true, shorten: false })
  if ('kind' in after) return after
  changeFolder(prefix, valuesOf(before, 'folder').at(-1))
  changeFolder(prefix, valuesOf(after, 'folder').at(-1))
  return valuesOf(after, 'module').length > 0 ? ['python', '-m', ...after.positionals] : after.positionals
}

function changeFolder(prefix: Prefix, folder: string | undefined): void {
  if (folder === undefined) return
  prefix.folder = prefix.folder === null || folder.startsWith('/') ? folder : `${prefix.folder}/${folder}`
}

/**
 * Parses options and positional arguments. `stop`: at the first positional argument, leaving the rest to another
 * program. `shorten`: accepts unambiguous prefixes of long options, as argparse does.
 */
function takeWords(
  program: string,
  words: readonly string[],
  known: readonly Option[],
  { stop, shorten }: { readonly stop: boolean; readonly shorten: boolean },
): Words | WrappedProblem {
  const given: { key: string; value: string }[] = []
  const positionals: string[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    if (word === '--') return { given, positionals: [...positionals, ...words.slice(index + 1)] }
    const found = findOption(word, known, shorten)
    if (found === null) {
      if (word.startsWith('-') && !/^-\d+$/.test(word)) return unknownOption(program, word)
      positionals.push(word)
      if (stop) return { given, positionals: [...positionals, ...words.slice(index + 1)] }
      continue
    }
    if (found.option.value && found.attached === null) index += 1
    const value = found.option.value ? (found.attached ?? words[index]) : ''
    if (value === undefined) return { kind: 'noValue', program, option: optionShown(word) }
    given.push({ key: found.option.key, value })
  }
  return { given, positionals }
}

/** `-c FILE`, `-cFILE`, `--config FILE`, `--config=FILE`, `--conf FILE`. */
function findOption(
  word: string,
  known: readonly Option[],
  shorten: boolean,
): { readonly option: Option; readonly attached: string | null } | null {
  const [name = '', attached = null] = word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]
  const exact = known.find(({ names }) => names.includes(name))
  if (exact) return attached !== null && !exact.value ? null : { option: exact, attached }
  if (shorten && name.startsWith('--') && name.length > 2) {
    const meant = known.filter(({ names }) => names.some((one) => one.startsWith(name)))
    const [only] = meant
    return only && meant.length === 1 ? { option: only, attached } : null
  }
  if (word.startsWith('--') || !word.startsWith('-') || word.length < 3) return null
  const short = known.find(({ names, value }) => value && names.includes(word.slice(0, 2)))
  return short ? { option: short, attached: word.slice(2).replace(shorten ? /^=/ : /^$/, '') } : null
}

function valuesOf({ given }: Words, key: string): readonly string[] {
  return given.filter((one) => one.key === key).map(({ value }) => value)
}

/** Splits leading `NAME=value` words from the rest. */
function takeAssignments(
  words: readonly string[],
): readonly [ReadonlyMap<string, string>, readonly string[]] {
  const assignments = new Map<string, string>()
  let index = 0
  for (; index < words.length; index += 1) {
    const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(words[index] ?? '') ?? []
    if (name === undefined) break
    assignments.set(name, value ?? '')
  }
  return [assignments, words.slice(index)]
}

/** Returns the printable part of a word: everything before the `=`, and nothing that could be a database URL. */
function nameOf(word: string): string {
  const name = word.replace(/=[^]*$/, '')
  return /:\/\/|@/.test(name) ? '...' : shown(name)
}

function optionShown(word: string): string {
  return shown(word.replace(/^(--?[\w-]*)[^]*$/, '$1'))
}

function unknownOption(program: string, word: string): WrappedProblem {
  return { kind: 'unknownOption', program, option: optionShown(word) }
}

/** Commands of Alembic 1.20 and Flask-Migrate 4 other than `upgrade`. */
/** Commands among them that write rows, files or the schema. */
const changing = new Set([
  'downgrade',
  'stamp',
  'revision',
  'migrate',
  'merge',
  'edit',
  'init',
  'ensure_version',
])

const otherCommands = new Set([
  'branches',
  'check',
  'current',
  'downgrade',
  'edit',
  'ensure_version',
  'heads',
  'history',
  'init',
  'list-templates',
  'list_templates',
  'merge',
  'migrate',
  'revision',
  'show',
  'stamp',
])

function notAnUpgrade(program: string, verb: string | undefined, prefix: Prefix | null): WrappedProblem {
  if (prefix && verb !== undefined && otherCommands.has(verb)) prefix.otherCommand = `${program} ${verb}`
  return { kind: 'notUpgrade', program, verb: verb === undefined ? null : nameOf(verb) }
}
