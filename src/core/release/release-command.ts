/** Classifies a release command by its words. A project's own script is classified as `other`. */
import type { Role } from './exit-status-flow.ts'
import type { ShellCommand, ShellWord } from './parse-shell.ts'

/** `rewrites` changes migration files. `stamps` changes only the version table. */
export type MigrationVerb = 'upgrade' | 'stamps' | 'rewrites' | 'none'

/** A classified command. */
export interface ReleaseCommand {
  readonly verb: MigrationVerb
  readonly role: Role
  /** Null for programs other than migration tools. */
  readonly tool: 'alembic' | 'flask-migrate' | null
  /** The subcommand, such as `flask db migrate`. Arguments may contain secrets, so they are omitted. */
  readonly title: string
}

const nothing: ReleaseCommand = { verb: 'none', role: 'other', tool: null, title: '' }

/** Programs that run another command. `valued` matches options that take a value. */
const launchers: readonly { readonly words: readonly string[]; readonly valued: RegExp }[] = [
  { words: ['exec'], valued: /^-a$/ },
  { words: ['env'], valued: /^-(?:u|C|S)$|^--(?:unset|chdir)$/ },
  { words: ['nohup'], valued: /^$/ },
  { words: ['time'], valued: /^$/ },
  { words: ['timeout'], valued: /^-[ks]$|^--(?:signal|kill-after)$/ },
  { words: ['npx'], valued: /^(?:-p|--package)$/ },
  { words: ['npm', 'exec'], valued: /^$/ },
  { words: ['node'], valued: /^(?:-r|--require|--import)$/ },
  { words: ['poetry', 'run'], valued: /^$/ },
  {
    words: ['uv', 'run'],
    valued: /^(?:-p|--python|--with|--group|--extra|--env-file|--directory|--project)$/,
  },
  { words: ['pipenv', 'run'], valued: /^$/ },
  { words: ['pdm', 'run'], valued: /^(?:-p|--project)$/ },
  { words: ['hatch', 'run'], valued: /^$/ },
  { words: ['rye', 'run'], valued: /^$/ },
  { words: ['bin/start-pgbouncer'], valued: /^$/ },
  { words: ['launcher'], valued: /^$/ },
]

/** Classifies a simple command. */
export function releaseCommandOf(command: Extract<ShellCommand, { kind: 'simple' }>): ReleaseCommand {
  return understand(command.words)
}

function understand(all: readonly ShellWord[]): ReleaseCommand {
  const words = withoutLaunchers(all).map(({ text }) => text)
  const program = words[0]?.split('/').at(-1) ?? ''
  if (/^alembic-guard(?:@.*|\.[cm]?js)?$/.test(program) || isGuardFile(words)) return guardCommand(words)
  const { tool, rest } = migrationTool(words)
  if (tool === null) return nothing
  const [verb, word] = tool === 'alembic' ? alembicVerb(rest) : flaskVerb(rest)
  const title = `${tool === 'alembic' ? 'alembic' : 'flask db'} ${word}`.trim()
  return { verb, role: verb === 'upgrade' ? 'upgrade' : 'other', tool, title }
}

/** Whether the command starts the guard by file name, such as `node dist/cli.js run -- …`. */
function isGuardFile([path = '', verb]: readonly string[]): boolean {
  return /(?:^|\/)dist\/cli\.js$/.test(path) && verb === 'run'
}

/** Classifies guard commands, such as `alembic-guard run … -- alembic upgrade head`. */
function guardCommand(words: readonly string[]): ReleaseCommand {
  const at = words.indexOf('--')
  const verb = words.find((word, index) => index > 0 && !word.startsWith('-')) ?? 'check'
  if (at >= 0) {
    const wrapped = understand(words.slice(at + 1).map((text) => ({ text, dynamic: false })))
    return wrapped.verb === 'upgrade' ? { ...wrapped, role: 'guarded-upgrade' } : wrapped
  }
  return verb === 'check' || verb === 'preflight' || words.length === 1
    ? { ...nothing, role: 'guard' }
    : nothing
}

function withoutLaunchers(all: readonly ShellWord[]): readonly ShellWord[] {
  let words = all
  for (;;) {
    const launcher = launchers.find((one) =>
      one.words.every(
        (word, index) => (words[index]?.text.split('/').at(-1) ?? '') === word.split('/').at(-1),
      ),
    )
    if (!launcher) return words
    let at = launcher.words.length
    for (let word = words[at]?.text; word !== undefined; word = words[at]?.text) {
      if (word === '--') {
        at += 1
        break
      }
      const skipped = word.startsWith('-')
        ? launcher.valued.test(word)
          ? 2
          : 1
        : isAssignment(launcher, word)
          ? 1
          : 0
      if (skipped === 0) break
      at += skipped
    }
    // Skip the duration in `timeout 300 command`.
    if (launcher.words[0] === 'timeout') at += 1
    if (at >= words.length) return words
    words = words.slice(at)
  }
}

function isAssignment(launcher: (typeof launchers)[number], word: string): boolean {
  return launcher.words[0] === 'env' && /^[A-Za-z_]\w*=/.test(word)
}

function migrationTool(words: readonly string[]): {
  tool: ReleaseCommand['tool']
  rest: readonly string[]
} {
  const program = words[0]?.split('/').at(-1) ?? ''
  if (program === 'alembic') return { tool: 'alembic', rest: words.slice(1) }
  if (program === 'flask') return flaskGroup(words.slice(1))
  if (!/^python[\d.]*$/.test(program)) return { tool: null, rest: [] }
  const given = words.slice(1)
  while (given[0] !== undefined && /^-(?:[uBEIOsSq]+|W.+|X.+)$/.test(given[0])) given.shift()
  if (given[0] === '-m' && given[1] === 'alembic') return { tool: 'alembic', rest: given.slice(2) }
  if (given[0] === '-m' && given[1] === 'flask') return flaskGroup(given.slice(2))
  // `python manage.py db upgrade`, as with Flask-Script.
  return given[0]?.endsWith('.py') === true && given[1] === 'db'
    ? flaskGroup(given.slice(1))
    : { tool: null, rest: [] }
}

/** Parses the options and the command group of `flask --app app db upgrade`. */
function flaskGroup(words: readonly string[]): { tool: ReleaseCommand['tool']; rest: readonly string[] } {
  let at = 0
  while (words[at]?.startsWith('-')) at += /^(?:-A|--app|-e|--env-file)$/.test(words[at] ?? '') ? 2 : 1
  return words[at] === 'db' ? { tool: 'flask-migrate', rest: words.slice(at + 1) } : { tool: null, rest: [] }
}

function alembicVerb(words: readonly string[]): readonly [MigrationVerb, string] {
  let at = 0
  while (words[at]?.startsWith('-')) at += /^(?:-c|-n|-x|--config|--name)$/.test(words[at] ?? '') ? 2 : 1
  const verb = words[at] ?? ''
  // With `--sql`, Alembic only prints the statements.
  const offline = words.includes('--sql')
  if (verb === 'upgrade') return [offline ? 'none' : 'upgrade', verb]
  if (verb === 'stamp') return [offline ? 'none' : 'stamps', verb]
  return ['revision', 'merge', 'init'].includes(verb) ? ['rewrites', verb] : ['none', '']
}

function flaskVerb(words: readonly string[]): readonly [MigrationVerb, string] {
  const verb = words[0] ?? ''
  const offline = words.includes('--sql')
  if (verb === 'upgrade') return [offline ? 'none' : 'upgrade', verb]
  if (verb === 'stamp') return [offline ? 'none' : 'stamps', verb]
  return ['migrate', 'revision', 'merge', 'init'].includes(verb) ? ['rewrites', verb] : ['none', '']
}
