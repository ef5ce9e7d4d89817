/** What comes with the package: nothing. SQLite on Node 20 needs one that the user asks for. */
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

/** Everything that installing the package brings, by the lock file's own names, as Node would find it. */
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

test('nothing is installed with it; better-sqlite3 is a peer that only some need', () => {
  expect({ ...own.dependencies, ...own.optionalDependencies }).toEqual({})
  expect(Object.keys(own.peerDependencies ?? {})).toEqual(['better-sqlite3'])
  // npm installs a peer by itself unless it is optional.
  expect(own.peerDependenciesMeta).toEqual({ 'better-sqlite3': { optional: true } })
  expect([...brought()]).toEqual([])
})

test('what is brought and what is only for development are told apart as npm does', () => {
  const runtime = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && !dev)
  expect(new Set(runtime.map(([place]) => place))).toEqual(brought())
})

test('the package runs nothing when it is installed', () => {
  const names = Object.keys(own.scripts ?? {})
  expect(names.filter((name) => /^(?:pre|post)?install$|^prepare$|^(?:pre|post)prepare$/.test(name))).toEqual(
    [],
  )
  expect(existsSync(new URL('../../binding.gyp', import.meta.url))).toBe(false)
})

test('the lock file pins every package by its hash, and agrees with package.json', () => {
  expect(lock.lockfileVersion).toBeGreaterThanOrEqual(3)
  const loose = Object.entries(lock.packages).filter(([place, { integrity }]) => place !== '' && !integrity)
  expect(loose.map(([place]) => place)).toEqual([])
  const foreign = Object.values(lock.packages).filter(
    ({ resolved }) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
  )
  expect(foreign).toEqual([])
  expect(lock.packages['']?.peerDependenciesMeta).toEqual(own.peerDependenciesMeta)
})

test('it is published with provenance', () => {
  expect(own.publishConfig).toMatchObject({ access: 'public', provenance: true })
})
