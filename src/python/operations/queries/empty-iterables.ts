/** Models calls such as `itertools.groupby(rows)`, which yield nothing if there are no rows. */
import { type Rows, type Term, itemsOfTerm, list } from '../../interpreter/values.ts'

/** Maps each function to the position of its iterable argument. */
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

/** Returns an empty iterator if the function iterates over an empty query result; null otherwise. */
export function emptyIterator(path: string, args: readonly Term[]): Rows | null {
  const source = args[drawsOn.get(path) ?? -1]
  return source?.kind === 'rows' && itemsOfTerm(source)?.length === 0 ? { ...source, items: list([]) } : null
}
