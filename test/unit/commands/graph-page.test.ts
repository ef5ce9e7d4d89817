/** Tests how the facts shown on the graph page are gathered. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { diskTree } from '../../../src/adapters/files/disk-tree.ts'
import { memoryTree } from '../../../src/adapters/files/memory-tree.ts'
import { evidenceOfSchemaAlone } from '../../../src/commands/gather/gather-evidence.ts'
import { pageFacts } from '../../../src/commands/graph-page.ts'
import type { VerdictSettings } from '../../../src/commands/shell/release-settings.ts'
import { tryPending } from '../../../src/core/dry-run/pending-facts.ts'
import type { Operations } from '../../../src/core/history/operation.ts'
import { buildGraph } from '../../../src/core/history/revision-graph.ts'
import type { SchemaSnapshot } from '../../../src/core/schema/schema-snapshot.ts'
import { databasePositionOf } from '../../../src/core/upgrade/database-position.ts'
import { predictUpgrade } from '../../../src/core/upgrade/predict-upgrade.ts'
import { quietContext } from '../../support/context.ts'
import { database, project } from '../../support/history.ts'

const empty: SchemaSnapshot = { dialect: 'sqlite', defaultSchema: null, schemas: [], tables: [], enums: [] }

test('operations that were read to judge a merge are not read again', async () => {
  const revisions = { a: [], b: ['a'], c: ['a'] }
  const repository = project(revisions)
  const graph = buildGraph(repository)
  const files = Object.fromEntries(
    graph.revisions.map(({ id, path }) => [path, `def upgrade(): # ${id}\n    pass\n`]),
  )
  const reads: string[] = []
  const disk = memoryTree({ files })
  const tree = { ...disk, readFile: (path: string) => (reads.push(path), disk.readFile(path)) }
  const state = database(['b'], {}, 'sqlite')
  const context = quietContext(disk.cwd, 'sqlite:///app.db')
  const untrusted = evidenceOfSchemaAlone(context, { repository, graph, tree }, state, empty, {
    kind: 'unavailable',
    reason: 'SQLite',
  })
  if (!untrusted) throw new Error('no evidence')
  for (let time = 0; time < 2; time++) untrusted.operationsOf(['c'])
  expect(reads).toEqual([graph.get('c')?.path])
  const prediction = predictUpgrade(repository, graph, state, 'head')
  const standing = databasePositionOf(graph, state, prediction)
  const facts = await pageFacts(
    context,
    { strict: false, ignore: [] } as unknown as VerdictSettings,
    { repository, graph, tree },
    { state, prediction, standing, untrusted },
  )
  for (const id of ['a', 'c']) expect(facts.operations?.get(id)?.kind).toBe('operations')
  expect(reads).toEqual([graph.get('c')?.path, graph.get('a')?.path])
})

test('operations of pending migrations that the dry run has read are not read again', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'graph-page-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const repository = project({ a: [], b: ['a'] })
  const graph = buildGraph(repository)
  const state = database(['a'], {}, 'sqlite')
  const prediction = predictUpgrade(repository, graph, state, 'head')
  const standing = databasePositionOf(graph, state, prediction)
  const read: Operations = { kind: 'operations', operations: [] }
  const pending = tryPending(['b'], new Map([['b', read]]), empty, state)
  const settings = { strict: false, ignore: [] } as unknown as VerdictSettings
  const facts = await pageFacts(
    quietContext(cwd, 'sqlite:///app.db'),
    settings,
    { repository, graph, tree: diskTree(cwd) },
    { state, prediction, standing, pending },
  )
  // Without migration files, only the operations from the dry run are available.
  expect([facts.operations?.get('a'), facts.operations?.get('b')]).toEqual([undefined, read])
})
