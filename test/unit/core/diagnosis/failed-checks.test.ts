/** A bug in a schema check must never let a release pass. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskTree } from '../../../../src/adapters/files/disk-tree.ts'
import type { Database } from '../../../../src/adapters/database/database.ts'
import { gatherSchema } from '../../../../src/commands/gather/gather-schema.ts'
import { diagnose } from '../../../../src/core/diagnosis/diagnose.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { databasePositionOf } from '../../../../src/core/upgrade/database-position.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import { undetermined } from '../../../../src/report/phrases/diagnosis.ts'
import { fallbackRule, rules } from '../../../../src/rules/index.ts'
import { quietContext } from '../../../support/context.ts'
import { database, project } from '../../../support/history.ts'

const repository = project({ a: [], b: ['a'] })
const graph = buildGraph(repository)
const state = database(['b'], {}, 'sqlite')
const prediction = predictUpgrade(repository, graph, state, 'head')
const standing = databasePositionOf(graph, state, prediction)
const policy = { strict: false, ignore: [] }

test('a healthy database is undetermined if a check of its schema crashed', () => {
  const diagnosed = (failures: readonly ('dry run' | 'object check')[]) =>
    diagnose(
      { repository, graph, target: 'head', database: { state, prediction, standing, failures } },
      rules,
      fallbackRule,
      policy,
    )
  expect(diagnosed([]).verdict).toBe('pass')
  const { verdict, reason } = diagnosed(['dry run', 'dry run', 'object check'])
  expect(verdict).toBe('undetermined')
  expect(reason && undetermined(reason)).toBe("the guard's dry run and object check failed")
})

test('an error while the schema is checked is recorded', async () => {
  const context = quietContext(mkdtempSync(join(tmpdir(), 'guard-')), 'sqlite:///x.db')
  const broken = { look: () => Promise.resolve({ schema: {}, rows: [], transactions: null }) }
  const { failures } = await gatherSchema(
    context,
    broken as unknown as Database,
    { repository, graph, tree: diskTree(context.cwd) },
    database(['a'], {}, 'sqlite'),
    { target: 'head', dataChecks: true },
    false,
  )
  expect(failures).toContain('dry run')
})
