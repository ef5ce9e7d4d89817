/**
 * An immutable map that iterates in insertion order, like `Map`. Changed copies share structure with the original.
 */

interface Entry<Value> {
  readonly key: string
  readonly hash: number
  /** Position in insertion order. */
  readonly order: number
  readonly value: Value
}

/** A node of a hash trie. Each branch consumes a few bits of the hash; a leaf's entries share all bits so far. */
type Node<Value> =
  { readonly children: readonly (Node<Value> | null)[] } | { readonly entries: readonly Entry<Value>[] }

/** Hash bits used per level, and in total. */
const [levelBits, hashBits] = [4, 32]

/** Maximum number of entries in a leaf before it is split. */
const maxEntries = 8

/** A persistent map. Start with `emptyMap`. */
export class PersistentMap<Value> {
  readonly size: number
  readonly #root: Node<Value>
  /** Position of the next new entry; higher than that of any existing entry. */
  readonly #next: number

  constructor(root: Node<Value>, size: number, next: number) {
    this.#root = root
    this.size = size
    this.#next = next
  }

  get(key: string): Value | undefined {
    return find(this.#root, hashOf(key), key)?.value
  }

  has(key: string): boolean {
    return find(this.#root, hashOf(key), key) !== null
  }

  /** Returns a map with this entry. An existing key keeps its place in the order. */
  with(key: string, value: Value): PersistentMap<Value> {
    const hash = hashOf(key)
    const old = find(this.#root, hash, key)
    if (old !== null && old.value === value) return this
    const entry = { key, hash, order: old?.order ?? this.#next, value }
    const size = old === null ? this.size + 1 : this.size
    return new PersistentMap(put(this.#root, entry, 0), size, Math.max(this.#next, entry.order + 1))
  }

  /** Returns a map without this key. */
  without(key: string): PersistentMap<Value> {
    const hash = hashOf(key)
    if (find(this.#root, hash, key) === null) return this
    return new PersistentMap(remove(this.#root, hash, key, 0), this.size - 1, this.#next)
  }

  /** Returns the entries in insertion order. Visits and sorts all of them. */
  entries(): readonly (readonly [string, Value])[] {
    const found: Entry<Value>[] = []
    collect(this.#root, null, found)
    return inOrder(found).map(({ key, value }) => [key, value])
  }

  /** Returns the values for these keys, in insertion order. */
  among(keys: Iterable<string>): readonly Value[] {
    const found = [...keys].flatMap((key) => find(this.#root, hashOf(key), key) ?? [])
    return inOrder(found).map(({ value }) => value)
  }

  /**
   * Returns the entries that `other` lacks or maps to a different value, in insertion order. Skips shared parts, so
   * similar maps are fast to compare.
   */
  notIn(other: PersistentMap<Value>): readonly (readonly [string, Value])[] {
    const found: Entry<Value>[] = []
    collect(this.#root, other.#root, found)
    const differing = found.filter(({ key, value }) => other.get(key) !== value)
    return inOrder(differing).map(({ key, value }) => [key, value])
  }
}

function inOrder<Value>(entries: Entry<Value>[]): readonly Entry<Value>[] {
  return entries.sort((a, b) => a.order - b.order)
}

/** Returns an empty map. */
export function emptyMap<Value>(): PersistentMap<Value> {
  return new PersistentMap<Value>({ entries: [] }, 0, 0)
}

/** FNV-1a hash. Mixes the bits again, so that similar names have very different hashes. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

function childAt(hash: number, level: number): number {
  return (hash >>> level) & ((1 << levelBits) - 1)
}

function find<Value>(root: Node<Value>, hash: number, key: string): Entry<Value> | null {
  let node: Node<Value> | null | undefined = root
  for (let level = 0; node; level += levelBits) {
    if ('entries' in node) {
      for (const entry of node.entries) if (entry.key === key) return entry
      return null
    }
    node = node.children[childAt(hash, level)]
  }
  return null
}

function put<Value>(node: Node<Value> | null, entry: Entry<Value>, level: number): Node<Value> {
  if (node === null) return { entries: [entry] }
  if ('entries' in node) {
    const entries = [...node.entries.filter(({ key }) => key !== entry.key), entry]
    if (entries.length <= maxEntries || level >= hashBits) return { entries }
    const parts = Array.from({ length: 1 << levelBits }, (): Entry<Value>[] => [])
    for (const one of entries) parts[childAt(one.hash, level)]?.push(one)
    return { children: parts.map((part) => (part.length === 0 ? null : { entries: part })) }
  }
  const at = childAt(entry.hash, level)
  return { children: node.children.with(at, put(node.children[at] ?? null, entry, level + levelBits)) }
}

function remove<Value>(node: Node<Value>, hash: number, key: string, level: number): Node<Value> {
  if ('entries' in node) return { entries: node.entries.filter((entry) => entry.key !== key) }
  const at = childAt(hash, level)
  const child = node.children[at]
  if (!child) return node
  return { children: node.children.with(at, remove(child, hash, key, level + levelBits)) }
}

/** Collects the entries below `node`. Skips subtrees shared with `other`. */
function collect<Value>(node: Node<Value>, other: Node<Value> | null, found: Entry<Value>[]): void {
  if (node === other) return
  if ('entries' in node) {
    for (const entry of node.entries) found.push(entry)
    return
  }
  const others = other !== null && 'children' in other ? other.children : []
  node.children.forEach((child, at) => {
    if (child !== null) collect(child, others[at] ?? null, found)
  })
}
