/** Runs `alembic upgrade` on one database state after another, all in the same Python process. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type AlembicVersion, parseAlembicVersion } from '../../src/core/history/alembic-version.ts'

/** Alembic's input. `files` maps names to Python source; `statements` create the version table. */
export interface JudgedState {
  readonly files: Readonly<Record<string, string>>
  readonly statements: readonly string[]
  readonly target: string
  readonly configure: Readonly<Record<string, unknown>>
  readonly keywords: Readonly<Record<string, unknown>>
}

/** Alembic's result. `Endless` means that it took too long and was stopped. */
export interface Judgement {
  readonly error: { readonly type: string; readonly message: string } | null
  readonly steps: readonly { readonly revision: string; readonly from: readonly string[] }[]
  readonly rows: readonly (string | null)[]
  /** File names in Alembic's execution order. */
  readonly order: readonly string[]
}

/** A process that tests one state at a time. */
export interface Judge {
  readonly alembic: AlembicVersion
  readonly versions: string
  ask(state: JudgedState): Promise<Judgement>
  close(): void
}

/**
 * Returns the first of `ALEMBIC_PYTHON`, `python3` and `/usr/bin/python3` that has Alembic installed; null if
 * none does.
 */
export function findPython(): string | null {
  const candidates = [process.env['ALEMBIC_PYTHON'], 'python3', '/usr/bin/python3']
  return (
    candidates.find(
      (python) => python && spawnSync(python, ['-c', 'import alembic.command, sqlalchemy']).status === 0,
    ) ?? null
  )
}

/**
 * Starts the process. If a URL is given, uses that PostgreSQL database and empties its public schema before
 * each state.
 */
export async function startJudge(python: string, url?: string): Promise<Judge> {
  const script = fileURLToPath(new URL('judge.py', import.meta.url))
  const env = url === undefined ? process.env : { ...process.env, JUDGE_DATABASE_URL: url }
  const child: ChildProcessWithoutNullStreams = spawn(python, [script], { env })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const line = await lines.next()
    if (line.done) throw new Error(`the judge ended: ${complaints.slice(-2000)}`)
    const said: T = JSON.parse(line.value)
    return said
  }
  const hello = await answer<{ alembic: string; sqlalchemy: string }>()
  const alembic = parseAlembicVersion(hello.alembic)
  if (!alembic) throw new Error(`not a version of Alembic: ${hello.alembic}`)
  return {
    alembic,
    versions: `Alembic ${hello.alembic}, SQLAlchemy ${hello.sqlalchemy}`,
    async ask(state) {
      child.stdin.write(`${JSON.stringify(state)}\n`)
      return answer<Judgement>()
    },
    close() {
      child.stdin.end()
    },
  }
}
