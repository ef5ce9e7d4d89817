/** Counts steps instead of measuring time, which depends on the machine. */

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Methods that count as one step per call. */
const single: readonly (readonly [object, string])[] = [
  ...['has', 'add', 'delete'].map((name) => [Set.prototype, name] as const),
  ...['has', 'get', 'set', 'delete'].map((name) => [Map.prototype, name] as const),
  ...[new Map().values(), new Set().values(), [].values()].map(
    (iterator) => [Object.getPrototypeOf(iterator) as object, 'next'] as const,
  ),
]
/** Array methods that count as one step per callback. */
const calling = ['filter', 'map', 'flatMap', 'some', 'every', 'find', 'findIndex', 'findLastIndex', 'forEach']
/** Array methods that count as one step per element. */
const searching = ['includes', 'indexOf']

/** Returns the number of steps that `work` takes. */
export function stepsOf(work: () => void): number {
  let steps = 0
  const undo: (() => void)[] = []
  const replace = (owner: object, name: string, make: (old: Method) => Method): void => {
    const old = Reflect.get(owner, name) as Method
    Reflect.set(owner, name, make(old))
    undo.push(() => Reflect.set(owner, name, old))
  }
  for (const [owner, name] of single) {
    replace(owner, name, (old) => {
      return function counted(this: unknown, ...args) {
        steps += 1
        return old.apply(this, args)
      }
    })
  }
  for (const name of searching) {
    replace(Array.prototype, name, (old) => {
      return function counted(this: unknown, ...args) {
        steps += (this as unknown[]).length
        return old.apply(this, args)
      }
    })
  }
  for (const name of calling) {
    replace(Array.prototype, name, (old) => {
      return function counted(this: unknown, callback, ...args) {
        const each = callback as Method
        const stepping: Method = (...given) => {
          steps += 1
          return each(...given)
        }
        return old.call(this, stepping, ...args)
      }
    })
  }
  try {
    work()
  } finally {
    for (const one of undo.toReversed()) one()
  }
  return steps
}
