/**
 * The package must have no required dependencies. On Node 20, users who need SQLite must install a driver themselves.
 */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))

interface Package {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>
  readonly publishConfig?: Readonly<Record<string, unknown>>
}

const own = read('package.json') as Package
const lock = read('package-lock.json') as {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, Package>>
}

/** Returns the packages that are installed with this one. Resolves dependencies as Node does. */
function brought(): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (from: string, wanted: Package): void => {
    for (const name of Object.keys({ ...wanted.dependencies, ...wanted.optionalDependencies })) {
      let folder = from
      while (!(`${folder}node_modules/${name}` in lock.packages) && folder !== '')
        folder = folder.replace(/(?:^|(?<=\/))node_modules\/(?:@[^/]+\/)?[^/]+\/$/, '')
      const place = `${folder}node_modules/${name}`
      const entry = lock.packages[place]
      if (!entry) throw new Error(`${name} is not in the lock file`)
      if (found.has(place)) continue
      found.add(place)
      visit(`${place}/`, entry)
    }
  }
  visit('', own)
  return found
}

test('nothing is installed along with it; optional features are peer dependencies', () => {
  expect({ ...own.dependencies, ...own.optionalDependencies }).toEqual({})
  expect(Object.keys(own.peerDependencies ?? {})).toEqual(['@electric-sql/pglite', 'better-sqlite3'])
  // npm installs a peer dependency unless it is optional.
  expect(own.peerDependenciesMeta).toEqual({
    '@electric-sql/pglite': { optional: true },
    'better-sqlite3': { optional: true },
  })
  expect([...brought()]).toEqual([])
})

test('bundled and development packages are distinguished as in npm', () => {
  const runtime = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && !dev)
  expect(new Set(runtime.map(([place]) => place))).toEqual(brought())
})

test('the package runs nothing on installation', () => {
  const names = Object.keys(own.scripts ?? {})
  expect(names.filter((name) => /^(?:pre|post)?install$|^prepare$|^(?:pre|post)prepare$/.test(name))).toEqual(
    [],
  )
  expect(existsSync(new URL('../../binding.gyp', import.meta.url))).toBe(false)
})

test('the lock file pins every package by its hash, and matches package.json', () => {
  expect(lock.lockfileVersion).toBeGreaterThanOrEqual(3)
  const loose = Object.entries(lock.packages).filter(([place, { integrity }]) => place !== '' && !integrity)
  expect(loose.map(([place]) => place)).toEqual([])
  const foreign = Object.values(lock.packages).filter(
    ({ resolved }) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
  )
  expect(foreign).toEqual([])
  expect(lock.packages['']?.peerDependenciesMeta).toEqual(own.peerDependenciesMeta)
})

test('the package is published with provenance', () => {
  expect(own.publishConfig).toMatchObject({ access: 'public', provenance: true })
})
