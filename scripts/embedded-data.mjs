/**
 * Creates the embedded PostgreSQL's initial data directory and caches it in `.cache`. A release dyno can't
 * run initdb, which takes 800 MB of memory.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'

/** Rebuild the archive when this file changes. */
const recipe = 'src/adapters/embedded/engine.ts'

/** Returns the archive's path and name; null if PGlite isn't installed. */
export async function embeddedData() {
  const work = mkdtempSync(join(tmpdir(), 'embedded-data-'))
  try {
    const outfile = join(process.cwd(), '.cache', 'embedded-data', `${process.pid}.mjs`)
    await build({
      stdin: {
        contents: `export * from './engine.ts'; export * from './pglite-package.ts'`,
        resolveDir: 'src/adapters/embedded',
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@electric-sql/pglite'],
      outfile,
    })
    const { dataName, findPGlite, makeDataArchive } = await import(pathToFileURL(outfile).href)
    rmSync(outfile)
    const found = findPGlite()
    if (found === null) return null
    const name = dataName(found.version)
    const version = createHash('sha256').update(readFileSync(recipe)).digest('hex').slice(0, 12)
    const folder = join('.cache', 'embedded-data', version)
    const path = join(folder, name)
    mkdirSync(folder, { recursive: true })
    if (!existsSync(path)) writeFileSync(path, compressed(await makeDataArchive(work)))
    return { path, name }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Maximum compression takes half a minute, too long for the first use. */
function compressed(archive) {
  return brotliCompressSync(brotliDecompressSync(archive), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
}
