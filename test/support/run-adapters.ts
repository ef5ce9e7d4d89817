/** Runs code in a separate process, to test how a process exits while adapters are open. */
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { buildSync } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** Output and exit status of a process. */
export interface Ended {
  readonly code: number | string
  readonly output: string
  readonly errors: string
  readonly seconds: number
}

/**
 * Runs lines of code that can use `openDatabase` and `readDatabaseState`. `node` is the path of the
 * executable.
 */
export async function runAdapters(lines: string, node = process.execPath): Promise<Ended> {
  // Use a folder inside the project, so that Node finds the database drivers.
  const folder = join(root, 'node_modules/.cache/alembic-guard', randomBytes(4).toString('hex'))
  mkdirSync(folder, { recursive: true })
  const [source, bundle] = [join(folder, 'lines.ts'), join(folder, 'lines.mjs')] as const
  try {
    writeFileSync(
      source,
      `import { openDatabase, readDatabaseState } from ${JSON.stringify(join(root, 'src/adapters/open-database.ts'))}\n${lines}`,
    )
    buildSync({
      entryPoints: [source],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['pg', 'better-sqlite3'],
    })
    const started = performance.now()
    return await new Promise((resolve) => {
      execFile(node, [bundle], { timeout: 30_000, cwd: folder }, (error, output, errors) => {
        const code = error ? (error.code ?? error.signal ?? 1) : 0
        resolve({ code, output, errors, seconds: (performance.now() - started) / 1000 })
      })
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
