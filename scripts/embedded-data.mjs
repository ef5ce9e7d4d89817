/**
 * Makes the data directory that an embedded PostgreSQL starts from, once for each version of PGlite, and keeps it in
 * `.cache`: initdb takes seconds and 800 MB, which no release dyno has.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Path and name of the archive for the installed PGlite; null where none is installed. */
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
      outfile,
    })
    const { dataName, findPGlite, makeDataArchive } = await import(pathToFileURL(outfile).href)
    rmSync(outfile)
    const found = findPGlite()
    if (found === null) return null
    const name = dataName(found.version)
    const path = join('.cache', 'embedded-data', name)
    mkdirSync('.cache/embedded-data', { recursive: true })
    if (!existsSync(path)) writeFileSync(path, await makeDataArchive(found.entry, work))
    return { path, name }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
