/** Plans how to run the guard before upgrades on Heroku. Adds content to files, but never removes any. */
import { exitStatusFlow } from './exit-status-flow.ts'
import { releaseCommandOf } from './release-command.ts'
import { parseProcfile } from './procfile.ts'
import { parseShell, simpleCommands } from './parse-shell.ts'
import { envUrlLines, guardedUpgrade } from './init-templates.ts'
import { type Requirement, readPackageTables, readPipfileLock, readRequirementsText } from './requirements.ts'

/** The repository's files, and the upgrade to guard. */
export interface InitFacts {
  /** The release's upgrade command, such as `flask db upgrade`. */
  readonly upgrade: string
  /** Project folder, such as `backend`; empty for the top level. */
  readonly folder: string
  readonly version: string
  /** The env.py that must set a database URL. Null if it needs no change or can't be changed safely. */
  readonly env: { readonly path: string; readonly text: string } | null
  /** The contents of a top-level file; null if missing. */
  readonly textOf: (path: string) => string | null
}

/** A file to write. `before` is its previous text, or null for a new file. */
export interface FileChange {
  readonly path: string
  readonly before: string | null
  readonly after: string
}

/** Files to write, and steps that are left to the user. */
export interface InitPlan {
  readonly changes: readonly FileChange[]
  readonly notes: readonly InitNote[]
}

/** A manual step. */
export type InitNote =
  /** The upgrade in the `release` line wasn't recognized. */
  | { readonly kind: 'unclearUpgrade'; readonly line: number }
  | { readonly kind: 'noObject'; readonly path: string }
  /** `buildpacks` in app.json isn't a list. */
  | { readonly kind: 'noList' }
  /** app.json lists no Postgres add-on for review apps. */
  | { readonly kind: 'noDatabase' }
  /** The guard is in devDependencies, which a release doesn't install. */
  | { readonly kind: 'devDependency' }
  /** env.py differs from the one that `alembic init` generates. */
  | { readonly kind: 'envWithoutUrl'; readonly path: string }
  /** The user should run a command that adds the guard to the dependency list and the lock file. */
  | { readonly kind: 'addPackage'; readonly argv: readonly string[] }
  /** requirements.txt is compiled from another file. */
  | { readonly kind: 'compiled'; readonly source: string; readonly requirement: string }
  /** requirements.txt is generated. `add` is the package manager command that adds the guard; null if unknown. */
  | { readonly kind: 'generated'; readonly add: readonly string[] | null; readonly requirement: string }
  /** requirements.txt pins hashes, so pip rejects lines without a hash. */
  | { readonly kind: 'hashed'; readonly requirement: string }
  /** A JSON file whose formatting can't be preserved, and the keys that it lacks. */
  | { readonly kind: 'ownForm'; readonly path: string; readonly keys: Readonly<Record<string, unknown>> }

/** Plans all changes for Heroku. */
export function planHeroku(facts: InitFacts): InitPlan {
  const install = usesNpm(facts) ? [planApp, planPackage, planIgnore] : [planPython]
  return together([planProcfile, ...install, planEnv], facts)
}

/** Plans how to install the guard and set env.py's database URL on platforms other than Heroku. */
export function planInstall(facts: InitFacts): InitPlan {
  return together([usesNpm(facts) ? planPackage : planPython, planEnv], facts)
}

function together(plans: readonly ((facts: InitFacts) => InitPlan)[], facts: InitFacts): InitPlan {
  const parts = plans.map((plan) => plan(facts))
  return { changes: parts.flatMap(({ changes }) => changes), notes: parts.flatMap(({ notes }) => notes) }
}

const nothing: InitPlan = { changes: [], notes: [] }

function changed(path: string, before: string | null, after: string): InitPlan {
  return { changes: [{ path, before, after }], notes: [] }
}

function note(left: InitNote): InitPlan {
  return { changes: [], notes: [left] }
}

/** Adds a `release` line to the Procfile, or inserts the guard before the upgrade in the existing line. */
export function planProcfile({ textOf, upgrade, folder }: InitFacts): InitPlan {
  const before = textOf('Procfile')
  const line = `release: ${folder === '' ? '' : `cd ${folder} && `}${guardedUpgrade(upgrade)}`
  if (before === null) return changed('Procfile', null, `${line}\n`)
  const entry = parseProcfile(before).findLast(({ type }) => type.toLowerCase() === 'release')
  if (!entry) return changed('Procfile', before, appended(before, line))
  const guarded = guardedLine(entry.command)
  if (guarded === entry.command) return nothing
  if (guarded === null) return note({ kind: 'unclearUpgrade', line: entry.line })
  const ends = before.match(/\r\n|\r|\n/g) ?? []
  const lines = before.split(/\r\n|\r|\n/)
  const after = lines.map((text, index) =>
    index + 1 === entry.line
      ? text.slice(0, entry.column - 1) + text.slice(entry.column - 1).replace(entry.command, () => guarded)
      : text,
  )
  return changed('Procfile', before, after.map((text, index) => text + (ends[index] ?? '')).join(''))
}

/** Inserts the guard before the command's upgrade. Null if it's unclear where to insert it. */
function guardedLine(command: string): string | null {
  const parsed = parseShell(command)
  if (parsed.kind === 'unknown') return null
  const course = exitStatusFlow(parsed.list, (simple) => releaseCommandOf(simple).role)
  const commands = simpleCommands(parsed.list)
  const upgrades = commands.filter((simple) => releaseCommandOf(simple).role === 'upgrade')
  const guarded = commands.some((simple) => releaseCommandOf(simple).role === 'guarded-upgrade')
  if (upgrades.length === 0) return guarded ? command : null
  if (!course.unguarded && !course.ignoresGuard) return command
  const [only] = upgrades
  const written = only?.words.map(({ text }) => text).join(' ') ?? ''
  if (upgrades.length > 1 || written === '' || command.split(written).length !== 2) return null
  const after = command.replace(written, () => guardedUpgrade(written))
  const again = parseShell(after)
  if (again.kind === 'unknown') return null
  const { unguarded, ignoresGuard } = exitStatusFlow(again.list, (simple) => releaseCommandOf(simple).role)
  return unguarded || ignoresGuard ? null : after
}

/** Files used by Python package managers, and the commands that add a package. The first file that exists is used. */
const managers: readonly (readonly [path: string, ...argv: readonly string[]])[] = [
  ['uv.lock', 'uv', 'add'],
  ['poetry.lock', 'poetry', 'add'],
  ['pdm.lock', 'pdm', 'add'],
  ['Pipfile', 'pipenv', 'install'],
]

const guardName = 'alembic-guard'

/** Whether to install the guard with npm. */
function usesNpm({ textOf }: InitFacts): boolean {
  const manifest = objectOf(textOf('package.json') ?? '')
  if (manifest === null) return false
  const groups = [manifest['dependencies'], manifest['devDependencies']]
  if (groups.some((group) => typeof group === 'object' && group !== null && guardName in group)) return true
  return ['requirements.txt', ...managers.map(([path]) => path)].every((path) => textOf(path) === null)
}

/** Adds the guard to the project's Python dependencies. */
export function planPython({ textOf, version }: InitFacts): InitPlan {
  const before = textOf('requirements.txt')
  const [path, ...argv] = managers.find(([file]) => textOf(file) !== null) ?? []
  if (before === null && path !== undefined) {
    const installed =
      path === 'Pipfile'
        ? readPipfileLock(textOf('Pipfile.lock') ?? '')
        : readPackageTables(textOf(path) ?? '')
    return named(installed) ? nothing : note({ kind: 'addPackage', argv: [...argv, guardName] })
  }
  const requirement = `${guardName}==${version}`
  if (named(readRequirementsText(before ?? '').requirements)) return nothing
  if (before === null) return changed('requirements.txt', before, appended('', requirement))
  if (textOf('requirements.in') !== null)
    return note({ kind: 'compiled', source: 'requirements.in', requirement })
  // The header written by `uv export`, `uv pip compile` and pip-compile.
  if (/^(?:#.*\r?\n)*?#.*\bautogenerated by /i.test(before))
    return note({ kind: 'generated', add: path === undefined ? null : [...argv, guardName], requirement })
  if (/^[^#\n]*\s--hash[=\s]/m.test(before)) return note({ kind: 'hashed', requirement })
  return changed('requirements.txt', before, appended(before, requirement))
}

function named(requirements: readonly Requirement[]): boolean {
  return requirements.some(({ name }) => name === guardName)
}

/** Sets the buildpacks for new apps: Node.js first, Python last. */
export function planApp({ textOf }: InitFacts): InitPlan {
  const before = textOf('app.json')
  const wanted = [{ url: 'heroku/nodejs' }, { url: 'heroku/python' }]
  const document = before === null ? {} : objectOf(before)
  if (!document) return note({ kind: 'noObject', path: 'app.json' })
  const { buildpacks, addons } = document
  if (buildpacks !== undefined && !Array.isArray(buildpacks)) return note({ kind: 'noList' })
  const list: readonly unknown[] = buildpacks ?? []
  const urls = list.map((item) =>
    typeof item === 'string' ? item : String((item as { url?: unknown } | null)?.url),
  )
  const plan =
    before === null
      ? changed('app.json', null, `${JSON.stringify({ buildpacks: wanted }, null, 2)}\n`)
      : urls.some((url) => /nodejs|alembic-guard/.test(url))
        ? nothing
        : rewritten('app.json', before, document, {
            buildpacks: list.length === 0 ? wanted : [{ url: 'heroku/nodejs' }, ...list],
          })
  const database = JSON.stringify(addons ?? []).includes('postgres')
  return database ? plan : { ...plan, notes: [...plan.notes, { kind: 'noDatabase' }] }
}

/** Adds the guard to package.json. A new file also gets the Node.js version. */
export function planPackage({ textOf, version }: InitFacts): InitPlan {
  const before = textOf('package.json')
  if (before === null) {
    const made = {
      private: true,
      engines: { node: '24.x' },
      dependencies: { 'alembic-guard': `^${version}` },
    }
    return changed('package.json', null, `${JSON.stringify(made, null, 2)}\n`)
  }
  const document = objectOf(before)
  if (!document) return note({ kind: 'noObject', path: 'package.json' })
  const { name } = document
  const dependencies = (document['dependencies'] ?? {}) as Record<string, unknown>
  if (name === 'alembic-guard' || 'alembic-guard' in dependencies) return nothing
  const plan = rewritten('package.json', before, document, {
    dependencies: { ...dependencies, 'alembic-guard': `^${version}` },
  })
  const development = (document['devDependencies'] ?? {}) as Record<string, unknown>
  return 'alembic-guard' in development
    ? { ...plan, notes: [...plan.notes, { kind: 'devDependency' }] }
    : plan
}

/** Adds `node_modules` to .gitignore. */
export function planIgnore({ textOf }: InitFacts): InitPlan {
  const before = textOf('.gitignore')
  if (before !== null && /^\/?(?:\*\*\/)?node_modules\/?\s*$/m.test(before)) return nothing
  return changed('.gitignore', before, appended(before ?? '', 'node_modules/'))
}

/** Makes an env.py generated by `alembic init` use the guard's database URL. */
export function planEnv({ env }: InitFacts): InitPlan {
  if (!env) return nothing
  const lines = env.text.split('\n')
  const at = lines.findIndex((line) => line.trimEnd() === 'config = context.config')
  const last = lines.findLastIndex((line) => line.trimEnd() === 'config = context.config')
  const imports = lines.findIndex((line) => /^(?:import|from)\s(?!__future__)/.test(line))
  if (at < 0 || at !== last || imports < 0 || imports > at || env.text.includes('\r')) {
    return note({ kind: 'envWithoutUrl', path: env.path })
  }
  const imported = lines.some((line) => /^import os\s*$/.test(line))
  const after = lines.flatMap((line, index) => [
    ...(index === imports && !imported ? ['import os'] : []),
    line,
    ...(index === at ? envUrlLines : []),
  ])
  return changed(env.path, env.text, after.join('\n'))
}

function appended(text: string, line: string): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const gap = text === '' || /[\r\n]$/.test(text) ? '' : end
  return `${text}${gap}${line}${end}`
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const document: unknown = JSON.parse(text)
    return typeof document === 'object' && document !== null && !Array.isArray(document)
      ? (document as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Sets keys in a JSON document. Returns a manual step if other lines would also change. */
function rewritten(
  path: string,
  before: string,
  document: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, unknown>>,
): InitPlan {
  const indent = /^\{\r?\n([ \t]+)/.exec(before.trimStart())?.[1] ?? '  '
  const [end] = /\r?\n?$/.exec(before) ?? ['']
  const print = (value: unknown): string => JSON.stringify(value, null, indent) + end
  if (print(document) !== before) {
    // Insert the lines at the beginning to preserve custom formatting.
    const missing = Object.entries(keys).filter(([key]) => !(key in document))
    if (missing.length < Object.keys(keys).length || Object.keys(document).length === 0) {
      return note({ kind: 'ownForm', path, keys })
    }
    const lines = missing.map(
      ([key, value]) => `\n${indent}${JSON.stringify(key)}: ${JSON.stringify(value)},`,
    )
    return changed(
      path,
      before,
      before.replace('{', () => `{${lines.join('')}`),
    )
  }
  return changed(path, before, print({ ...document, ...keys }))
}
