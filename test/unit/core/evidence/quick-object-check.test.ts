/** If the quick check finds every object, the full check must report none missing. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { readAllOperations } from '../../../../src/adapters/project/read-operations.ts'
import { readRepository } from '../../../../src/adapters/project/read-repository.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { checkExpectedObjects } from '../../../../src/core/evidence/check-expected-objects.ts'
import type { SchemaSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { newestApplied, plainlyThere, traceless } from '../../../../src/core/evidence/expected-objects.ts'
import { readPlainOperations } from '../../../../src/python/header/plain-operations.ts'

import { seed } from '../../../support/seed.ts'

const table = fc.constantFrom('a', 'b', 'c')
const column = fc.constantFrom('x', 'y')
const operation = fc.oneof(
  { weight: 4, arbitrary: table.map((name) => `op.create_table('${name}', sa.Column('id', sa.Integer()))`) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(table, column)
      .map(([name, own]) => `op.add_column('${name}', sa.Column('${own}', sa.Text()))`),
  },
  table.map((name) => `op.create_index('ix_${name}', '${name}', ['id'])`),
  table.map((name) => `op.drop_index('ix_${name}', table_name='${name}')`),
  table.map((name) => `op.create_unique_constraint('uq_${name}', '${name}', ['id'])`),
  table.map((name) => `op.alter_column('${name}', 'x', nullable=False, type_=sa.Integer())`),
  fc.constant('pass'),
)
const history = fc.array(fc.array(operation, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
const tables = fc.dictionary(table, fc.subarray(['id', 'x', 'y']), { maxKeys: 3 })

test('the full check reports nothing if the quick check finds everything', async () => {
  let there = 0
  await fc.assert(
    fc.asyncProperty(
      history,
      tables,
      fc.constantFrom('sqlite' as const, 'postgresql' as const),
      async (steps, found, dialect) => {
        const files: Record<string, string> = {
          'alembic.ini': '[alembic]\nscript_location = migrations\n',
          'migrations/env.py': '',
        }
        for (const [index, lines] of steps.entries()) {
          const header = `revision = 'r${index}'\ndown_revision = ${index === 0 ? 'None' : `'r${index - 1}'`}\n`
          const body = lines.map((line) => `    ${line}\n`).join('')
          files[`migrations/versions/r${index}.py`] =
            `from alembic import op\nimport sqlalchemy as sa\n${header}def upgrade():\n${body}`
        }
        const tree = memoryTree({ files })
        const repository = await readRepository(tree, await locateProject(tree))
        const graph = buildGraph(repository)
        const newest = newestApplied(graph, [`r${steps.length - 1}`])
        const made = newest.flatMap((id) => {
          const path = `migrations/versions/${id}.py`
          const bytes = tree.readFile(path)
          return (bytes && readPlainOperations(bytes, path)) ?? []
        })
        expect(made).toHaveLength(steps.length)
        const defaultSchema = dialect === 'sqlite' ? null : 'public'
        const schema: SchemaSnapshot = {
          dialect,
          defaultSchema,
          schemas: [],
          enums: [],
          tables: Object.entries(found).map(([name, columns]) => ({
            schema: defaultSchema,
            name,
            visible: true,
            columns: columns.map((own) => ({
              name: own,
              type: 'text',
              nullable: true,
              serverDefault: null,
            })),
            indexes: [],
            constraints: [],
          })),
        }
        if (!plainlyThere(made, schema)) return
        there += 1
        const operations = readAllOperations(tree, repository, graph, dialect)
        expect(traceless({ traces: checkExpectedObjects(graph, newest, operations, schema) })).toEqual([])
      },
    ),
    { numRuns: 300, seed },
  )
  expect(there).toBeGreaterThan(20)
}, 60_000)
