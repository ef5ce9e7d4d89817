/** Checks that indexed lookups find the same results as scans of all migrations. */
import { describe, expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { readLintHistory } from '../../../../src/adapters/lint/migration-sources.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { readRepository } from '../../../../src/adapters/project/read-repository.ts'
import type { Operation } from '../../../../src/core/history/operation.ts'
import { ancestorsOf, buildGraph, descendantsOf } from '../../../../src/core/history/revision-graph.ts'
import type { MigratedSchema } from '../../../../src/core/schema/migrated-schema.ts'
import {
  emptySchema,
  keyOfName,
  mergedSchemas,
  schemaAfter,
  tablesNamed,
  tablesWith,
} from '../../../../src/core/schema/migrated-schema.ts'
import { mixedProject } from '../../../support/mixed-history.ts'

async function historyOf(files: Readonly<Record<string, string>>) {
  const tree = memoryTree({ files })
  const repository = await readRepository(tree, await locateProject(tree))
  const graph = buildGraph(repository)
  return { graph, history: readLintHistory(tree, repository, graph, 'postgresql') }
}

const shapes = (['chain', 'branches'] as const).flatMap((shape) => [1, 2].map((seed) => ({ shape, seed })))

describe.each(shapes)('$shape $seed', async ({ shape, seed }) => {
  const { graph, history } = await historyOf(mixedProject(120, shape, seed))
  const stepsOf = (ids: ReadonlySet<string>, own: string): readonly Operation[] =>
    history.order.flatMap((id) => {
      const upgrade = ids.has(id) && id !== own ? history.upgradeOf(id) : null
      return upgrade?.kind === 'operations' ? upgrade.operations : []
    })
  const names = new Set(
    stepsOf(new Set(history.order), '').flatMap((step) =>
      'table' in step && step.table !== null ? [step.table.name] : [],
    ),
  )
  const concerns = (step: Operation, name: string): boolean =>
    ('table' in step && step.table?.name === name) ||
    (step.kind === 'renameTable' && step.to.name === name) ||
    (step.kind === 'opaque' && (step.touches === null || step.touches.some((one) => one.name === name)))

  test('finds the steps of ancestors and descendants', () => {
    for (const id of history.order) {
      const before = stepsOf(ancestorsOf(graph, [id]), id)
      const after = stepsOf(descendantsOf(graph, [id]), id)
      for (const name of names) {
        const topics = [`name ${name}`, 'unknown'] as const
        const found = (steps: Iterable<{ readonly step: Operation }>) => [...steps].map(({ step }) => step)
        const wanted = before.filter((step) => concerns(step, name)).toReversed()
        expect(found(history.steps.before(id, topics))).toEqual(wanted)
        expect(found(history.steps.after(id, topics))).toEqual(after.filter((step) => concerns(step, name)))
      }
    }
  })

  test('replays the schemas, in whatever order they are asked for', () => {
    const after = new Map<string, MigratedSchema>()
    for (const id of history.order) {
      const { down = [], dependencies = [] } = graph.map.byId.get(id) ?? {}
      const parents = [...new Set([...down, ...dependencies])]
      const before = mergedSchemas(parents.map((parent) => after.get(parent) ?? emptySchema))
      const upgrade = history.upgradeOf(id)
      after.set(id, upgrade === null ? before : schemaAfter(before, upgrade, id))
    }
    const tables = (schema: MigratedSchema | undefined) => schema?.tables.entries()
    for (const id of [...history.order, ...history.order.slice(0, 20).toReversed()]) {
      expect(tables(history.schemaAfter(id))).toEqual(tables(after.get(id)))
    }
  })

  test('finds tables by their traits', () => {
    const schema = history.schemaAfter(history.order.at(-1) ?? '')
    const all = schema.tables.entries().map(([, table]) => table)
    expect(all.length).toBeGreaterThan(5)
    for (const { name } of all) {
      const key = keyOfName(name)
      const references = all.filter(({ constraints }) =>
        constraints.some((one) => one.kind === 'foreignKey' && keyOfName(one.target) === key),
      )
      expect(tablesWith(schema, `references ${key}`)).toEqual(references)
      const named = all.filter((one) => one.name.name === name.name)
      expect(new Set(tablesNamed(schema, name.name))).toEqual(new Set(named))
    }
  })

  test('marks every table as incomplete after each step that may have changed any of them', () => {
    const doubt = { kind: 'unreadable', reason: '', span: { path: '', line: 1, column: 1 } } as const
    for (const id of history.order) {
      const before = schemaAfter(history.schemaBefore(id), doubt, id)
      const after = schemaAfter(before, history.upgradeOf(id) ?? doubt, id)
      const { tables } = schemaAfter(after, doubt, id)
      expect(tables.entries().filter(([, { complete }]) => complete)).toEqual([])
    }
  })

  test('finds mentions in the texts of ancestors', () => {
    const texts = new Map(history.order.map((id) => [id, history.of(id)?.source.text ?? '']))
    for (const pattern of [/CREATE SCHEMA s2/, /revision_with_an_id_that_is_too_long_7/, /nowhere/]) {
      for (const id of history.order) {
        const older = [...ancestorsOf(graph, [id])].filter((other) => other !== id)
        const mentioned = older.some((other) => pattern.test(texts.get(other) ?? ''))
        expect(history.isMentionedBefore(id, pattern)).toBe(mentioned)
      }
    }
  })
})
