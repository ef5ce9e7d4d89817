/** Lets scripts use the tests' scratch server. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** Returns the server that `findPostgres` in test/support/postgres.ts finds, or null. */
export async function findServer() {
  const bundle = join(root, `.scratch-server-${process.pid}.mjs`)
  try {
    await build({
      entryPoints: [join(root, 'test/support/postgres.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    })
    const { findPostgres } = await import(bundle)
    return await findPostgres()
  } finally {
    rmSync(bundle, { force: true })
  }
}
