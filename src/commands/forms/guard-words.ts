/** Infers how to start the guard again from the path of the running program. */
import { isHerokuPlugin } from './heroku-words.ts'

/** Path patterns of tools that install programs per run or per project. */
const places: readonly (readonly [path: RegExp, words: readonly string[]])[] = [
  // uv's environment cache, used by `uvx` but not by `uv tool install`.
  [/[\\/]uv[\\/](?:archive-v\d+|builds-v\d+|environments-v\d+)[\\/]/, ['uvx']],
  [/[\\/](?:\.cache[\\/]pipx|pipx[\\/]\.cache)[\\/]/, ['pipx', 'run']],
  [/[\\/]dlx-[^\\/]+[\\/]|[\\/]pnpm[\\/]dlx[\\/]/, ['pnpm', 'dlx']],
  [/[\\/]node_modules[\\/]\.pnpm[\\/]/, ['pnpm', 'exec']],
  [/[\\/]bunx-[^\\/]+[\\/]/, ['bunx']],
  // npm's `npx` cache, and the project's own node_modules.
  [/[\\/]_npx[\\/]/, ['npx']],
]

/**
 * Returns the words to type: `npx alembic-guard`, `uvx alembic-guard`, or `alembic-guard` if it is installed globally.
 * `program`: the path as started, with symlinks unresolved.
 */
export function guardWords(program: string, name: string): readonly string[] {
  // Commands that the Heroku plugin lacks need the standalone program.
  if (isHerokuPlugin(program)) return [name]
  const place = places.find(([path]) => path.test(program))
  if (place) return [...place[1], name]
  const local = /[\\/]node_modules[\\/](?:\.bin[\\/]|alembic-guard[\\/])/.test(program)
  return local && !isGlobal(program) ? ['npx', name] : [name]
}

/** npm keeps global packages below `lib` (`npm` on Windows), with their programs on PATH. */
function isGlobal(program: string): boolean {
  return /[\\/](?:lib|npm)[\\/]node_modules[\\/]alembic-guard[\\/]/.test(program)
}

/**
 * True for a program in the project's virtual environment, which needs the same prefix as the project's other programs.
 */
export function inProjectEnvironment(program: string): boolean {
  return /[\\/]site-packages[\\/]/.test(program) && !/[\\/](?:pipx|uv)[\\/]/.test(program)
}
