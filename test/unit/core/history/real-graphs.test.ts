/** The histories of 62 public projects, as Alembic reads them. Each must parse to the same graph. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { readMigration } from '../../../../src/python/header/read-migration.ts'
import { project } from '../../../support/history.ts'

type Row = readonly [
  id: string,
  parents: readonly string[],
  labels?: readonly string[],
  dependencies?: readonly string[],
]

interface Recorded {
  readonly id: string
  readonly heads: readonly string[] | null
  readonly bases: readonly string[] | null
  readonly error: { readonly type: string; readonly message: string } | null
  readonly revisions: readonly Row[]
}

const recorded = JSON.parse(
  readFileSync(new URL('../../../fixtures/graphs.json', import.meta.url), 'utf8'),
) as readonly Recorded[]

function header([id, parents, labels = [], dependencies = []]: Row): Uint8Array {
  const python = (values: readonly string[]): string =>
    values.length === 0
      ? 'None'
      : values.length === 1
        ? JSON.stringify(values[0])
        : `(${values.map((value) => JSON.stringify(value)).join(', ')})`
  return new TextEncoder().encode(
    `revision = ${JSON.stringify(id)}\ndown_revision = ${python(parents)}\nbranch_labels = ${python(labels)}\ndepends_on = ${python(dependencies)}\n`,
  )
}

test.each(recorded.map((one) => [one.id, one] as const))('%s', (_, { revisions, heads, bases, error }) => {
  const modules = revisions.map((row, index) => readMigration(header(row), `versions/${index}.py`))
  const graph = buildGraph({ ...project({}), modules })
  expect(
    graph.revisions.map(({ id, downRevisions, branchLabels, dependsOn }) => [
      id,
      downRevisions,
      branchLabels,
      dependsOn,
    ]),
  ).toEqual(
    revisions.map(([id, parents, labels = [], dependencies = []]) => [id, parents, labels, dependencies]),
  )
  expect(graph.problem?.error ?? null).toEqual(error)
  if (error) return
  expect([...graph.heads].sort()).toEqual([...(heads ?? [])].sort())
  expect([...graph.bases].sort()).toEqual([...(bases ?? [])].sort())
  expect([...graph.mergePoints].sort()).toEqual(
    revisions
      .filter(([, parents]) => parents.length > 1)
      .map(([id]) => id)
      .sort(),
  )
})
