/** A running Python that takes migrations through real Alembic on PostgreSQL and says which locks each step took. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface LintRequest {
  /** File names below the versions folder to Python source. */
  readonly files: Readonly<Record<string, string>>
  /** A revision to upgrade to before anybody looks. */
  readonly start?: string
  /** Statements that run then. */
  readonly rows?: readonly string[]
  /** What is looked at. */
  readonly upgrade?: string
  readonly downgrade?: string
  /** An upgrade after the downgrade. */
  readonly again?: string
}

export interface LintRun {
  /** `ProgrammingError: (psycopg2.errors.UndefinedTable) relation "b" does not exist`; null: all went well. */
  readonly error: string | null
  readonly steps: readonly {
    readonly revision: string
    /** Table and mode (`AccessExclusiveLock`), as held at the end of the step's transaction. */
    readonly locks: readonly (readonly [table: string, mode: string])[]
    /** `DEBUG:  rewriting table "a"`, `DEBUG:  verifying table "a"` and the like. */
    readonly said: readonly string[]
  }[]
}

export interface LintRunner {
  readonly versions: string
  run(request: LintRequest): Promise<LintRun>
  close(): void
}

/** Starts it on a database whose public schema it empties for each request. */
export async function startLintRunner(python: string, url: string): Promise<LintRunner> {
  const script = fileURLToPath(new URL('lint-run.py', import.meta.url))
  const child = spawn(python, [script])
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
    run(request) {
      child.stdin.write(`${JSON.stringify({ ...request, url })}\n`)
      return answer<LintRun>()
    },
    close() {
      child.stdin.end()
    },
  }
}
