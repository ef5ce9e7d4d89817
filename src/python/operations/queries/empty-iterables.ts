/** Evaluates functions that yield nothing because the query that they draw from yields no rows. */
import { type Rows, type Term, itemsOfTerm, list } from '../../interpreter/values.ts'

/** Position of the iterable among the arguments. */
const drawsOn: ReadonlyMap<string, number> = new Map([
  ['itertools.takewhile', 1],
  ['itertools.dropwhile', 1],
  ['itertools.filterfalse', 1],
  ['itertools.starmap', 1],
  ['itertools.groupby', 0],
  ['itertools.islice', 0],
  ['itertools.batched', 0],
  ['itertools.pairwise', 0],
  ['tqdm.tqdm', 0],
  ['tqdm.auto.tqdm', 0],
])

/** If the function draws from a query without results, returns its result, which is just as empty; otherwise null. */
export function emptyIterator(path: string, args: readonly Term[]): Rows | null {
  const source = args[drawsOn.get(path) ?? -1]
  return source?.kind === 'rows' && itemsOfTerm(source)?.length === 0 ? { ...source, items: list([]) } : null
}
