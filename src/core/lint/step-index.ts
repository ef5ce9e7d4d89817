/** Indexes the steps of all migrations, so that rules don't need to search the whole history. */
import type { Operation, Operations } from '../history/operation.ts'
import type { Ancestry } from './ancestry.ts'

/**
 * `name …`: tables or indexes with this name, in any schema. `cascade`: dependents of a dropped table. `view`: views.
 * `unknown`: unknown objects.
 */
export type StepTopic = `name ${string}` | 'cascade' | 'view' | 'unknown'

/** A step in an `upgrade` function, and its revision. */
export interface IndexedStep {
  readonly id: string
  readonly step: Operation
}

/** The steps in all `upgrade` functions. */
export interface StepIndex {
  /** Ancestors' steps that involve any of the topics, newest first. */
  before(id: string, topics: readonly StepTopic[]): Iterable<IndexedStep>
  /** Descendants' steps that involve any of the topics, oldest first. */
  after(id: string, topics: readonly StepTopic[]): Iterable<IndexedStep>
  /** Every step that involves any of these topics, oldest first. */
  all(topics: readonly StepTopic[]): Iterable<IndexedStep>
  /** Whether any descendant's `upgrade` can't be read. */
  isUnreadAfter(id: string): boolean
}

interface Placed extends IndexedStep {
  /** Position among all steps, oldest first. */
  readonly at: number
}

/**
 * Builds the index, reading migrations on demand. `order` lists parents before children, unless the graph is broken.
 */
export function indexSteps(
  order: readonly string[],
  upgradeOf: (id: string) => Operations | null,
  { isAncestor, endOfAncestors }: Ancestry,
): StepIndex {
  const byTopic = new Map<StepTopic, Placed[]>()
  const unread: string[] = []
  let indexed = 0
  let count = 0
  const extend = (end: number): void => {
    for (; indexed < end; indexed++) {
      const id = order[indexed] ?? ''
      const upgrade = upgradeOf(id)
      if (upgrade?.kind !== 'operations') unread.push(id)
      else for (const step of upgrade.operations) add({ id, step, at: count++ })
    }
  }
  const add = (placed: Placed): void => {
    for (const topic of topicsOf(placed.step)) {
      const known = byTopic.get(topic)
      if (known === undefined) byTopic.set(topic, [placed])
      else known.push(placed)
    }
  }
  const listsOf = (topics: readonly StepTopic[], end: number): readonly (readonly Placed[])[] => {
    extend(end)
    return topics.map((topic) => byTopic.get(topic) ?? [])
  }
  return {
    *before(id, topics) {
      for (const placed of merged(listsOf(topics, endOfAncestors(id)), 'newest')) {
        if (isAncestor(placed.id, id)) yield placed
      }
    },
    *after(id, topics) {
      for (const placed of merged(listsOf(topics, order.length), 'oldest')) {
        if (isAncestor(id, placed.id)) yield placed
      }
    },
    all: (topics) => merged(listsOf(topics, order.length), 'oldest'),
    isUnreadAfter(id) {
      extend(order.length)
      return unread.some((other) => isAncestor(id, other))
    },
  }
}

function topicsOf(step: Operation): ReadonlySet<StepTopic> {
  const topics = new Set<StepTopic>()
  if ('table' in step && step.table !== null) topics.add(`name ${step.table.name}`)
  if (step.kind === 'renameTable') topics.add(`name ${step.to.name}`)
  if (step.kind === 'createIndex' && step.index.name !== null) topics.add(`name ${step.index.name}`)
  if (step.kind === 'dropTable' && step.cascade) topics.add('cascade')
  if (step.kind === 'unrelated' && step.what === 'view') topics.add('view')
  if (step.kind === 'opaque') {
    if (step.touches === null) topics.add('unknown')
    for (const { name } of step.touches ?? []) topics.add(`name ${name}`)
  }
  return topics
}

/** Merges lists that are sorted from oldest to newest. Omits duplicates. */
function* merged(lists: readonly (readonly Placed[])[], direction: 'oldest' | 'newest'): Iterable<Placed> {
  const sign = direction === 'oldest' ? 1 : -1
  const next = lists.map((list) => (sign === 1 ? 0 : list.length - 1))
  for (;;) {
    const fronts = lists.map((list, index) => list[next[index] ?? -1])
    const first = fronts.reduce(
      (a, b) => (a && b ? (sign * (a.at - b.at) <= 0 ? a : b) : (a ?? b)),
      undefined,
    )
    if (first === undefined) return
    fronts.forEach((front, index) => {
      if (front === first) next[index] = (next[index] ?? 0) + sign
    })
    yield first
  }
}
