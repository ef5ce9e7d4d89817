/** The words that start the guard again, told by the path of the program that was started. */
import { isHerokuPlugin } from './heroku-words.ts'

/** Parts of the path where a tool keeps programs that it runs once, or for one project. */
const places: readonly (readonly [path: RegExp, words: readonly string[]])[] = [
  // uv's cache of environments, which `uvx` makes and `uv tool install` does not.
  [/[\\/]uv[\\/](?:archive-v\d+|builds-v\d+|environments-v\d+)[\\/]/, ['uvx']],
  [/[\\/](?:\.cache[\\/]pipx|pipx[\\/]\.cache)[\\/]/, ['pipx', 'run']],
  [/[\\/]dlx-[^\\/]+[\\/]|[\\/]pnpm[\\/]dlx[\\/]/, ['pnpm', 'dlx']],
  [/[\\/]node_modules[\\/]\.pnpm[\\/]/, ['pnpm', 'exec']],
  [/[\\/]bunx-[^\\/]+[\\/]/, ['bunx']],
  // npm's cache of `npx`, and packages of the project itself.
  [/[\\/]_npx[\\/]/, ['npx']],
]

/**
 * The words: `npx alembic-guard`, `uvx alembic-guard`, plain `alembic-guard` where it is installed for everybody.
 * `program`: the path as it was started, links unresolved.
 */
export function guardWords(program: string, name: string): readonly string[] {
  // The plugin's commands are the CLI's; for any other the guard is a program of its own.
  if (isHerokuPlugin(program)) return [name]
  const place = places.find(([path]) => path.test(program))
  if (place) return [...place[1], name]
  const local = /[\\/]node_modules[\\/](?:\.bin[\\/]|alembic-guard[\\/])/.test(program)
  return local && !isGlobal(program) ? ['npx', name] : [name]
}

/** npm keeps global packages below `lib` (on Windows below `npm`), where their programs are on PATH. */
function isGlobal(program: string): boolean {
  return /[\\/](?:lib|npm)[\\/]node_modules[\\/]alembic-guard[\\/]/.test(program)
}

/** A program of a virtual environment of the project: what runs the project's programs runs the guard too. */
export function inProjectEnvironment(program: string): boolean {
  return /[\\/]site-packages[\\/]/.test(program) && !/[\\/](?:pipx|uv)[\\/]/.test(program)
}
