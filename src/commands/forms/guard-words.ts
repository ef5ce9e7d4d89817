/** Determines from the running program's path how users can start the guard again. */
import { isHerokuPlugin } from './heroku-words.ts'

/** Install paths of tools that run programs, such as `uvx` and `npx`. */
const places: readonly (readonly [path: RegExp, words: readonly string[]])[] = [
  // uv's cache. Only `uvx` runs programs from there.
  [/[\\/]uv[\\/](?:archive-v\d+|builds-v\d+|environments-v\d+)[\\/]/, ['uvx']],
  [/[\\/](?:\.cache[\\/]pipx|pipx[\\/]\.cache)[\\/]/, ['pipx', 'run']],
  [/[\\/]dlx-[^\\/]+[\\/]|[\\/]pnpm[\\/]dlx[\\/]/, ['pnpm', 'dlx']],
  [/[\\/]node_modules[\\/]\.pnpm[\\/]/, ['pnpm', 'exec']],
  [/[\\/]bunx-[^\\/]+[\\/]/, ['bunx']],
  // The `npx` cache. The project's own node_modules is checked separately.
  [/[\\/]_npx[\\/]/, ['npx']],
]

/**
 * Returns the command that starts the guard, such as `npx alembic-guard`. `program` is the path before symlinks are
 * resolved.
 */
export function guardWords(program: string, name: string): readonly string[] {
  // The Heroku plugin doesn't include all commands. The others require the standalone program.
  if (isHerokuPlugin(program)) return [name]
  const place = places.find(([path]) => path.test(program))
  if (place) return [...place[1], name]
  const local = /[\\/]node_modules[\\/](?:\.bin[\\/]|alembic-guard[\\/])/.test(program)
  return local && !isGlobal(program) ? ['npx', name] : [name]
}

/** npm installs global packages in a `lib` folder, or in `npm` on Windows. */
function isGlobal(program: string): boolean {
  return /[\\/](?:lib|npm)[\\/]node_modules[\\/]alembic-guard[\\/]/.test(program)
}

/**
 * Whether the program is in the project's virtual environment, in which case it needs the project's command prefix.
 */
export function inProjectEnvironment(program: string): boolean {
  return /[\\/]site-packages[\\/]/.test(program) && !/[\\/](?:pipx|uv)[\\/]/.test(program)
}
