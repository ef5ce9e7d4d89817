/** Parses Alembic and Flask-Migrate command lines. */
import { type WrappedProblem, nameOf, option, takeWords, valuesOf } from './command-options.ts'

/** An upgrade run by `alembic` or `flask db`. */
export interface WrappedUpgrade {
  readonly tool: 'alembic' | 'flask-migrate'
  /** The `-c` options; empty for Alembic's default file. */
  readonly config: readonly string[]
  /** The `-n` option: a section of the ini file. */
  readonly name: string | null
  /** Flask-Migrate's `-d` option. */
  readonly directory: string | null
  readonly target: string
  /** The names, but not the values, of `-x` arguments. Only env.py knows their meaning. */
  readonly arguments: readonly string[]
  /** True for `--sql`, which only prints the statements. */
  readonly offline: boolean
}

/** An upgrade, or why the command isn't one. */
export type Outcome = WrappedUpgrade | WrappedProblem

/** Output parameter: the name of a command that isn't an upgrade. */
interface CommandNote {
  otherCommand: string | null
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
/** Parses an `alembic` command line (alembic/config.py, `CommandLine`). */
export function alembicUpgrade(words: readonly string[], note: CommandNote): Outcome {
  const before = takeWords('alembic', words, alembicOptions, { stop: true, shorten: true })
  if ('kind' in before) return before
  const [verb, ...rest] = before.positionals
  if (verb !== 'upgrade') return notAnUpgrade('alembic', verb, note)
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
export function flaskUpgrade(words: readonly string[], note: CommandNote): Outcome {
  const before = takeWords('flask', words, flaskOptions, { stop: true, shorten: false })
  return 'kind' in before ? before : databaseUpgrade('flask', before.positionals, note)
}

/** Parses a Flask-Script `manage.py`, which Flask-Migrate used before version 3. */
export function managerUpgrade(words: readonly string[], note: CommandNote): Outcome {
  return databaseUpgrade('manage.py', words, note)
}

/** Parses Flask-Migrate's command line (flask_migrate/cli.py). */
function databaseUpgrade(program: string, [group, ...words]: readonly string[], note: CommandNote): Outcome {
  if (group !== 'db') return notAnUpgrade(program, group, null)
  const database = `${program} ${group}`
  const before = takeWords(database, words, migrateOptions, { stop: true, shorten: false })
  if ('kind' in before) return before
  const [verb, ...rest] = before.positionals
  if (verb !== 'upgrade') return notAnUpgrade(database, verb, note)
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

/** Commands other than `upgrade` that change version rows, files or the schema. */
export const changingCommands: ReadonlySet<string> = new Set([
  'downgrade',
  'stamp',
  'revision',
  'migrate',
  'merge',
  'edit',
  'init',
  'ensure_version',
])

/** All commands in Alembic 1.20 and Flask-Migrate 4 except `upgrade`. */
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

function notAnUpgrade(program: string, verb: string | undefined, note: CommandNote | null): WrappedProblem {
  if (note && verb !== undefined && otherCommands.has(verb)) note.otherCommand = `${program} ${verb}`
  return { kind: 'notUpgrade', program, verb: verb === undefined ? null : nameOf(verb) }
}
