/** Finds the PGlite package and its extensions without loading them. */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRegularFile } from '../files/regular-file.ts'

/** An installed PGlite package. */
export interface PGlitePackage {
  readonly version: string
  /** Archive paths by extension name. */
  readonly extensions: ReadonlyMap<string, string>
}

/** Archives that contain several extensions. */
const bundled: Readonly<Record<string, readonly string[]>> = {
  spi: ['autoinc', 'insert_username', 'moddatetime', 'refint'],
}

/** Whether the package is installed. */
export function isPGliteInstalled(): boolean {
  return packageMain() !== null
}

/**
 * Finds the package the way Node resolves the guard's own imports; null if it isn't installed. Never searches the
 * project, because its code must not run.
 */
export function findPGlite(): PGlitePackage | null {
  const main = packageMain()
  if (main === null) return null
  const dist = dirname(main)
  const text = readRegularFile(join(dist, '..', 'package.json'))
  const { version } = JSON.parse(String(text)) as { readonly version?: string }
  if (version === undefined) return null
  // Extensions such as pgvector are separate packages in the same npm scope.
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
  return { version, extensions: new Map(extensions) }
}

function packageMain(): string | null {
  try {
    return createRequire(import.meta.url).resolve('@electric-sql/pglite')
  } catch {
    return null
  }
}

/** Returns the path of the archive shipped for this PGlite version, or null. */
export function shippedData(version: string): string | null {
  const path = fileURLToPath(new URL(dataName(version), import.meta.url))
  return existsSync(path) ? path : null
}

/** Returns the file name of the archive for a PGlite version. */
export function dataName(version: string): string {
  return `pglite-${version.replace(/[^\w.-]/g, '_')}.data`
}
