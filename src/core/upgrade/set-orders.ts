/** Models the iteration order of Python sets, which differs between processes. */

/** One combination of iteration orders. Within a run, the same key always gets the same order. */
export interface Orders {
  arrange<T>(key: string, items: readonly T[]): readonly T[]
}

/**
 * Results of a computation for different set orders. `complete` is true if every order was tried, and `unordered` if
 * any set had several items.
 */
export interface Exploration<T> {
  readonly results: readonly T[]
  readonly complete: boolean
  readonly unordered: boolean
}

/** Maximum size of a set for which all permutations are tried. Larger sets are only rotated. */
const maxPermuted = 4

/**
 * Runs `compute` for every combination of iteration orders, up to `limit` runs. The first run keeps the original
 * orders.
 */
export function exploreOrders<T>(compute: (orders: Orders) => T, limit: number): Exploration<T> {
  const results: T[] = []
  let choices: number[] = []
  let complete = true
  let unordered = false
  for (;;) {
    const widths: number[] = []
    const known = new Map<string, number>()
    const made = choices
    const orders: Orders = {
      arrange(key, items) {
        if (items.length < 2) return items
        const permuted = items.length <= maxPermuted
        let choice = known.get(key)
        if (choice === undefined) {
          choice = made[widths.length] ?? 0
          known.set(key, choice)
          unordered = true
          widths.push(permuted ? factorial(items.length) : items.length)
          if (!permuted) complete = false
        }
        return permuted ? permutation(items, choice) : [...items.slice(choice), ...items.slice(0, choice)]
      },
    }
    results.push(compute(orders))
    const next = following(choices, widths)
    if (next === null) return { results, complete, unordered }
    if (results.length >= limit) return { results, complete: false, unordered }
    choices = next
  }
}

/** Returns the next combination of choices; null after the last one. Increments the last choice first. */
function following(choices: readonly number[], widths: readonly number[]): number[] | null {
  const next = widths.map((_, place) => choices[place] ?? 0)
  for (let place = next.length - 1; place >= 0; place -= 1) {
    const value = (next[place] ?? 0) + 1
    if (value < (widths[place] ?? 0)) {
      next[place] = value
      return next.slice(0, place + 1)
    }
  }
  return null
}

function factorial(count: number): number {
  return count < 2 ? 1 : count * factorial(count - 1)
}

/** Returns every permutation, starting with the given order. Only suitable for a handful of items. */
export function allOrders<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: factorial(items.length) }, (_, choice) => permutation(items, choice))
}

function permutation<T>(items: readonly T[], choice: number): readonly T[] {
  const rest = [...items]
  const arranged: T[] = []
  let number = choice
  while (rest.length > 0) {
    const width = factorial(rest.length - 1)
    arranged.push(...rest.splice(Math.floor(number / width), 1))
    number %= width
  }
  return arranged
}
