/** Determines how the user can start the guard again, based on the path of the running program. */
import { isHerokuPlugin } from './heroku-words.ts'

/**
 * Patterns for the install paths of tools such as `uvx` and `npx`. These tools install a program for a single run or a
 * single project.
 */
const places: readonly (readonly [path: RegExp, words: readonly string[]])[] = [
  // uv's cache of environments. `uvx` runs programs from this cache; `uv tool install` uses another folder.
  [/[\\/]uv[\\/](?:archive-v\d+|builds-v\d+|environments-v\d+)[\\/]/, ['uvx']],
  [/[\\/](?:\.cache[\\/]pipx|pipx[\\/]\.cache)[\\/]/, ['pipx', 'run']],
  [/[\\/]dlx-[^\\/]+[\\/]|[\\/]pnpm[\\/]dlx[\\/]/, ['pnpm', 'dlx']],
  [/[\\/]node_modules[\\/]\.pnpm[\\/]/, ['pnpm', 'exec']],
  [/[\\/]bunx-[^\\/]+[\\/]/, ['bunx']],
  // The `npx` cache. The project's own node_modules is checked separately.
  [/[\\/]_npx[\\/]/, ['npx']],
]

/**
 * Returns what to type: `npx alembic-guard`, `uvx alembic-guard`, or just `alembic-guard` if it is installed globally.
 * `program` is the path as started, before symlinks are resolved.
 */
export function guardWords(program: string, name: string): readonly string[] {
  // For commands that the Heroku plugin doesn't offer, users need the standalone program.
  if (isHerokuPlugin(program)) return [name]
  const place = places.find(([path]) => path.test(program))
  if (place) return [...place[1], name]
  const local = /[\\/]node_modules[\\/](?:\.bin[\\/]|alembic-guard[\\/])/.test(program)
  return local && !isGlobal(program) ? ['npx', name] : [name]
}

/** npm installs global packages in a `lib` folder (`npm` on Windows) and puts their executables on PATH. */
function isGlobal(program: string): boolean {
  return /[\\/](?:lib|npm)[\\/]node_modules[\\/]alembic-guard[\\/]/.test(program)
}

/**
 * Returns whether the program is in the project's virtual environment and therefore needs the same prefix as the
 * project's other programs.
 */
export function inProjectEnvironment(program: string): boolean {
  return /[\\/]site-packages[\\/]/.test(program) && !/[\\/](?:pipx|uv)[\\/]/.test(program)
}
