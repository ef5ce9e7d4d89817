import { array, assert, integer, option, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { type PersistentMap, emptyMap } from '../../../../src/core/schema/persistent-map.ts'

/** Few enough keys that some are changed repeatedly, but enough for several levels. */
const key = integer({ min: 0, max: 120 }).map((number) => `table_${number}`)
const change = record({ key, value: option(integer({ min: 0, max: 3 }), { freq: 3 }) })
const changes = array(change, { maxLength: 300 })

type Change = { readonly key: string; readonly value: number | null }

function changed(map: PersistentMap<number>, steps: readonly Change[]): PersistentMap<number> {
  return steps.reduce(
    (known, step) => (step.value === null ? known.without(step.key) : known.with(step.key, step.value)),
    map,
  )
}

function changedPlain(map: ReadonlyMap<string, number>, steps: readonly Change[]): Map<string, number> {
  const known = new Map(map)
  for (const step of steps) {
    if (step.value === null) known.delete(step.key)
    else known.set(step.key, step.value)
  }
  return known
}

test('behaves like Map, including its order', () => {
  assert(
    property(changes, (steps) => {
      const [map, plain] = [changed(emptyMap(), steps), changedPlain(new Map(), steps)]
      expect(map.entries()).toEqual([...plain])
      expect(map.size).toBe(plain.size)
      for (const one of ['table_1', ...plain.keys()]) {
        expect(map.get(one)).toBe(plain.get(one))
        expect(map.has(one)).toBe(plain.has(one))
      }
    }),
  )
})

test('leaves the older map as it was', () => {
  assert(
    property(changes, changes, (first, second) => {
      const map = changed(emptyMap(), first)
      const before = map.entries()
      changed(map, second)
      expect(map.entries()).toEqual(before)
    }),
  )
})

test('finds what another map lacks or has otherwise', () => {
  assert(
    property(changes, changes, changes, (trunk, left, right) => {
      const base = changedPlain(new Map(), trunk)
      const [plain, other] = [changedPlain(base, left), changedPlain(base, right)]
      const map = changed(emptyMap(), trunk)
      const found = changed(map, left).notIn(changed(map, right))
      expect(found).toEqual([...plain].filter(([one, value]) => other.get(one) !== value))
    }),
  )
})

test('holds many keys', () => {
  const keys = Array.from({ length: 20_000 }, (_nothing, index) => `k${index}`)
  const map = keys.reduce((known, one) => known.with(one, one), emptyMap<string>())
  expect(map.size).toBe(keys.length)
  expect(keys.filter((one) => map.get(one) !== one)).toEqual([])
})

test('keeps keys apart that have the same hash', () => {
  // Both strings in each pair lead to the same FNV-1a state, so all 16 combinations collide.
  const pairs = [
    ['105zx', '1bpcd'],
    ['14vl8', '1lpd6'],
    ['17pwu', '1e5fa'],
    ['13pvu', '1e3ea'],
  ]
  const keys = pairs.reduce((heads, pair) => heads.flatMap((head) => pair.map((one) => head + one)), [''])
  const map = keys.reduce((known, one) => known.with(one, one), emptyMap<string>())
  expect(map.entries()).toEqual(keys.map((one) => [one, one]))
  const fewer = keys.slice(1).reduce((known, one) => known.without(one), map)
  expect(fewer.entries()).toEqual([[keys[0], keys[0]]])
})

test('returns the values of chosen keys in its own order', () => {
  const map = emptyMap<number>().with('a', 1).with('b', 2).with('c', 3).without('a').with('a', 4)
  expect(map.among(['a', 'c', 'b', 'nothing'])).toEqual([2, 3, 4])
})
