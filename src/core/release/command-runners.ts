/** Parses commands that start another program: Python, `env`, and tools such as Poetry. */
import {
  type WrappedProblem,
  nameOf,
  option,
  takeAssignments,
  takeWords,
  unknownOption,
  valuesOf,
} from './command-options.ts'

/** Changes that a wrapper makes to the environment and working directory. */
export interface RunnerEffects {
  readonly environment: Map<string, string | null>
  emptyEnvironment: boolean
  folder: string | null
}

const pythonOptions = [
  option('-W -X', 'ignored', 'value'),
  option('-b -B -d -E -I -O -OO -P -q -s -S -u -v -x', 'flag', 'flag'),
]

/** Removes `python` and its options, leaving the module or script and its arguments. */
export function behindPython(words: readonly string[]): readonly string[] | WrappedProblem {
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

/** Parses the arguments of GNU or BSD `env`. */
export function behindEnv(
  words: readonly string[],
  effects: RunnerEffects,
): readonly string[] | WrappedProblem {
  const known = [
    option('-i --ignore-environment -', 'empty', 'flag'),
    option('-u --unset', 'unset', 'value'),
    option('-C --chdir', 'folder', 'value'),
  ]
  const read = takeWords('env', words, known, { stop: true, shorten: false })
  if ('kind' in read) return read
  if (valuesOf(read, 'empty').length > 0) {
    effects.environment.clear()
    effects.emptyEnvironment = true
  }
  for (const name of valuesOf(read, 'unset')) effects.environment.set(name, null)
  changeFolder(effects, valuesOf(read, 'folder').at(-1))
  const [assignments, rest] = takeAssignments(read.positionals)
  for (const [name, value] of assignments) effects.environment.set(name, value)
  return rest
}

/** Tools that run a program in a Python environment. */
export const runners = {
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

/** Returns the words after `run` in commands such as `poetry run alembic …`. */
export function behindRunner(
  name: keyof typeof runners,
  words: readonly string[],
  effects: RunnerEffects,
): readonly string[] | WrappedProblem {
  const runner = runners[name]
  const before = takeWords(name, words, runner.before, { stop: true, shorten: false })
  if ('kind' in before) return before
  const [verb, ...rest] = before.positionals
  if (verb !== 'run') return { kind: 'unknownCommand', command: `${name} ${nameOf(verb ?? '')}` }
  const after = takeWords(`${name} run`, rest, runner.after, { stop: true, shorten: false })
  if ('kind' in after) return after
  changeFolder(effects, valuesOf(before, 'folder').at(-1))
  changeFolder(effects, valuesOf(after, 'folder').at(-1))
  return valuesOf(after, 'module').length > 0 ? ['python', '-m', ...after.positionals] : after.positionals
}

function changeFolder(effects: RunnerEffects, folder: string | undefined): void {
  if (folder === undefined) return
  effects.folder = effects.folder === null || folder.startsWith('/') ? folder : `${effects.folder}/${folder}`
}
