/** Finds the PGlite package beside the guard, and the extensions that come with it. Loads nothing of it. */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readRegularFile } from '../files/regular-file.ts'

/** An installed PGlite. */
export interface PGlitePackage {
  /** Module that the engine imports, as a URL. */
  readonly entry: string
  readonly version: string
  /** Name of each extension with the file that holds it. */
  readonly extensions: ReadonlyMap<string, string>
}

const packageName = '@electric-sql/pglite'

/** Bundles that hold extensions under other names than their own. */
const bundled: Readonly<Record<string, readonly string[]>> = {
  spi: ['autoinc', 'insert_username', 'moddatetime', 'refint'],
}

/**
 * Finds it as Node would for a module of the guard: installed beside the guard, never in the project, whose files
 * are not to be run. Null: it isn't installed.
 */
export function findPGlite(): PGlitePackage | null {
  let main: string
  try {
    main = createRequire(import.meta.url).resolve(packageName)
  } catch {
    return null
  }
  const dist = dirname(main)
  const entry = join(dist, 'index.js')
  const text = readRegularFile(join(dist, '..', 'package.json'))
  const { version } = JSON.parse(String(text)) as { readonly version?: string }
  if (version === undefined || !existsSync(entry)) return null
  // pgvector and others come as packages of their own, in the same scope.
  const scope = join(dist, '..', '..')
  const folders = readdirSync(scope)
    .filter((name) => name.startsWith('pglite'))
    .map((name) => join(scope, name, 'dist'))
    .filter((folder) => existsSync(folder))
  const extensions = folders.flatMap((folder) =>
    readdirSync(folder).flatMap((file) => {
      const name = /^(.+)\.tar\.gz$/.exec(file)?.[1]
      return name === undefined
        ? []
        : (bundled[name] ?? [name]).map((one) => [one, join(folder, file)] as const)
    }),
  )
  return { entry: pathToFileURL(entry).href, version, extensions: new Map(extensions) }
}

/** The archive of a new data directory that is shipped with the guard for this version; null: none is. */
export function shippedData(version: string): string | null {
  const path = fileURLToPath(new URL(dataName(version), import.meta.url))
  return existsSync(path) ? path : null
}

/** Name of the archive for a version of PGlite. */
export function dataName(version: string): string {
  return `pglite-${version.replace(/[^\w.-]/g, '_')}.data`
}
