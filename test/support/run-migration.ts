/** Runs migrations against one database with Alembic, and reports the resulting catalog. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The catalog after a migration. */
export interface Held {
  /** One row per column: schema, table, column, type, nullable, has default. */
  readonly columns: readonly (readonly [string, string, string, string, boolean, boolean])[]
  /** One row per constraint: table, type (`p`, `u`, `f` or `c`), name and columns. */
  readonly constraints: readonly (readonly [string, string, string, readonly string[]])[]
  /**
   * One row per index: table, name, unique, columns (null for an expression). Omits indexes that implement
   * constraints.
   */
  readonly indexes: readonly (readonly [string, string, boolean, readonly (string | null)[]])[]
  readonly enums: readonly (readonly [string, readonly string[]])[]
}

export type Ran =
  { readonly error: null; readonly held: Held } | { readonly error: string; readonly held: null }

export interface MigrationRunner {
  readonly versions: string
  run(source: string, reset: boolean): Promise<Ran>
  close(): void
}

export async function startRunner(python: string, url: string): Promise<MigrationRunner> {
  const script = fileURLToPath(new URL('run-migration.py', import.meta.url))
  const child = spawn(python, [script], { env: { ...process.env, DATABASE_URL: url } })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const line = await lines.next()
    if (line.done) throw new Error(`the runner ended: ${complaints.slice(-2000)}`)
    const said: T = JSON.parse(line.value)
    return said
  }
  const versions = await answer<string>()
  return {
    versions,
    run(source, reset) {
      child.stdin.write(`${JSON.stringify({ source, reset })}\n`)
      return answer<Ran>()
    },
    close() {
      child.stdin.end()
    },
  }
}
