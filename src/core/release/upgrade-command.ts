/** What the words of Alembic's and Flask-Migrate's command lines come to. */
import { type WrappedProblem, nameOf, option, takeWords, valuesOf } from './command-options.ts'

/** An upgrade by Alembic's command line or by Flask-Migrate's. */
export interface WrappedUpgrade {
  readonly tool: 'alembic' | 'flask-migrate'
  /** `-c`, as often as it was given; empty: Alembic's own choice. */
  readonly config: readonly string[]
  /** `-n`: the section of the ini file. */
  readonly name: string | null
  /** Flask-Migrate's `-d`. */
  readonly directory: string | null
  readonly target: string
  /** Names (never the values) of what `-x` hands to env.py, which alone knows what they mean. */
  readonly arguments: readonly string[]
  /** `--sql`: prints statements and leaves the database as it is. */
  readonly offline: boolean
}

/** What a command line comes to: an upgrade, or why it is none. */
export type Outcome = WrappedUpgrade | WrappedProblem

/** Notes a command that is certainly no upgrade. */
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
/** alembic/config.py, `CommandLine`: options of its own, the word `upgrade`, then those of `upgrade`. */
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

/** Flask's own options, then `db upgrade`. */
export function flaskUpgrade(words: readonly string[], note: CommandNote): Outcome {
  const before = takeWords('flask', words, flaskOptions, { stop: true, shorten: false })
  return 'kind' in before ? before : databaseUpgrade('flask', before.positionals, note)
}

/** Flask-Script's `manage.py`, the way of Flask-Migrate before 3. */
export function managerUpgrade(words: readonly string[], note: CommandNote): Outcome {
  return databaseUpgrade('manage.py', words, note)
}

/** flask_migrate/cli.py: `db [-d DIR] [-x ARG] upgrade [-d DIR] [-x ARG] [--sql] [--tag TAG] [REVISION]`. */
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
  // What stands behind the verb replaces what stands before it.
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

/** Commands of Alembic and Flask-Migrate that write rows, files or the schema, besides `upgrade`. */
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

/** Commands of Alembic 1.20 and Flask-Migrate 4 besides `upgrade`. */
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
