/** Runs pg_dump and splits its output into entries. Never executes the dumped SQL. */
import { spawn } from 'node:child_process'
import { shown } from '../../core/text/display.ts'
import { GuardError } from '../../errors.ts'
import type { PostgresUrl } from '../database/database-url.ts'
import type { PostgresPlan } from '../libpq/libpq.ts'
import { type FoundProgram, chooseProgram, findDumpPrograms } from './binaries.ts'

/** An entry in a dump. */
export interface DumpEntry {
  /** Object type, such as `TABLE`; empty for the settings at the start of the dump. */
  readonly type: string
  /** Object name, qualified unless the schema is `public`. */
  readonly name: string
  readonly sql: string
}

/** A dump, or the reason why there is none. */
export type SchemaDump =
  | { readonly kind: 'dump'; readonly program: FoundProgram; readonly entries: readonly DumpEntry[] }
  /** pg_dump isn't installed, or no installed version supports this server. */
  | { readonly kind: 'none'; readonly reason: string }

/** Options for a dump. */
export interface DumpOptions {
  readonly url: PostgresUrl
  readonly plan: PostgresPlan
  /** The host that accepted the connection. */
  readonly host: string
  readonly major: number
  /** The program from `--pg-dump`; null to choose one. */
  readonly program: string | null
  readonly excludeSchemas: readonly string[]
  /**
   * Whether to include owners, grants and publications. If so, the scratch server needs the same roles as production.
   */
  readonly withOwners: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly signal: AbortSignal
}

/**
 * Dumps the schema in a read-only transaction.
 * @throws GuardError (unavailable) if pg_dump fails.
 */
export async function dumpSchema(wish: DumpOptions): Promise<SchemaDump> {
  const found = await findDumpPrograms(wish.program, wish.env)
  const program = chooseProgram(found, wish.major, false)
  if (program === null) {
    const newest = Math.max(0, ...found.map(({ major }) => major))
    return {
      kind: 'none',
      reason:
        newest === 0
          ? wish.program === null
            ? "pg_dump isn't installed"
            : `there is no pg_dump at ${shown(wish.program)}`
          : `pg_dump ${newest} can't dump a PostgreSQL ${wish.major} server, which needs pg_dump ${wish.major} or later`,
    }
  }
  return { kind: 'dump', program, entries: parseDump(await runDump(program.path, wish)) }
}

/** Excludes things that can't exist on a scratch server. */
const dumpOptions = [
  '--schema-only',
  '--no-subscriptions',
  '--no-security-labels',
  '--no-tablespaces',
  '--no-password',
  '--encoding=UTF8',
  '--lock-wait-timeout=3000',
]

/** Excludes things that depend on roles, because only the guard's own servers have production's roles. */
const withoutRoles = ['--no-owner', '--no-privileges', '--no-publications']

/** Runs pg_dump. Passes the password in the environment, because other users can see command-line arguments. */
async function runDump(program: string, wish: DumpOptions): Promise<string> {
  const { plan, url } = wish
  const target = plan.targets.find(({ host }) => host === wish.host) ?? plan.targets[0]
  const kept = Object.fromEntries(Object.entries(wish.env).filter(([name]) => !name.startsWith('PG')))
  const file = (name: string): string | undefined =>
    url.parameters.get(name) ?? wish.env[`PG${name.toUpperCase()}`]
  const words = [
    ...dumpOptions,
    ...(wish.withOwners ? [] : withoutRoles),
    // pg_dump expects a pattern, so the name is quoted to match literally.
    ...wish.excludeSchemas.map((name) => `--exclude-schema="${name.replaceAll('"', '""')}"`),
  ]
  const child = spawn(program, words, {
    cwd: wish.cwd,
    signal: wish.signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...kept,
      PGHOST: target?.host,
      PGHOSTADDR: target?.address ?? undefined,
      PGPORT: String(target?.port ?? 5432),
      PGUSER: plan.user,
      PGDATABASE: plan.database,
      PGPASSWORD: target?.password ?? undefined,
      PGSSLMODE: plan.sslmode,
      PGSSLROOTCERT: file('sslrootcert'),
      PGSSLCERT: file('sslcert'),
      PGSSLKEY: file('sslkey'),
      PGAPPNAME: plan.applicationName,
      LC_ALL: 'C',
    },
  })
  const parts: Buffer[] = []
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => parts.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  if (status === 0) return Buffer.concat(parts).toString('utf8')
  if (wish.signal.aborted) throw new GuardError('unavailable', 'Reading the schema was interrupted.')
  const secrets = plan.targets.map(({ password }) => password ?? '').filter((text) => text !== '')
  const complained = complaint.replace(/\s+/g, ' ').trim().slice(0, 300)
  const tells = secrets.some((secret) => complained.includes(secret))
  throw new GuardError(
    'unavailable',
    `pg_dump couldn't read the schema${tells || complained === '' ? '' : `: ${complained}`}.`,
    "Grant the role USAGE on the schemas and SELECT on the tables. Use --exclude-schema to skip a schema that the migrations don't need, or --pg-dump to use another pg_dump.",
  )
}

const heading =
  /^--\n-- (?:Data for )?Name: (?<name>.*); Type: (?<type>[A-Z ]+); Schema: (?<schema>.*); Owner: .*\n--\n/gm

/** Splits a dump at the comment before each entry. Drops psql meta-commands (`\restrict`). */
export function parseDump(text: string): readonly DumpEntry[] {
  const plain = text.replace(/^\\(?:un)?restrict .*\n/gm, '')
  const found = [...plain.matchAll(heading)]
  const begin = plain.slice(0, found[0]?.index ?? plain.length)
  const entries: DumpEntry[] = [{ type: '', name: '', sql: begin }]
  for (const [index, match] of found.entries()) {
    const { name = '', type = '', schema = '-' } = match.groups ?? {}
    const sql = plain.slice(match.index + match[0].length, found[index + 1]?.index ?? plain.length)
    const local = schema === '-' || schema === 'public'
    entries.push({ type, name: local ? name : `${schema}.${name}`, sql: sql.trim() })
  }
  return entries.filter(({ sql }) => sql.trim() !== '')
}
