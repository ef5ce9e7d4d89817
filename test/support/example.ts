/** Converts a rule's example to facts, as `check` would. */
import { memoryTree } from '../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../src/adapters/project/locate-project.ts'
import { readAllOperations } from '../../src/adapters/project/read-operations.ts'
import { readReleaseFacts } from '../../src/adapters/release/release-files.ts'
import { readRepository } from '../../src/adapters/project/read-repository.ts'
import { type DatabaseState, emptyDatabase } from '../../src/core/history/database-state.ts'
import { type Diagnosis, diagnose } from '../../src/core/diagnosis/diagnose.ts'
import { buildGraph } from '../../src/core/history/revision-graph.ts'
import { revisionsToTry, tryPending } from '../../src/core/dry-run/pending-facts.ts'
import type { Example, Facts } from '../../src/core/diagnosis/rule.ts'
import type { SchemaSnapshot } from '../../src/core/schema/schema-snapshot.ts'
import { databasePositionOf } from '../../src/core/upgrade/database-position.ts'
import { judgeEvidence } from '../../src/core/evidence/applied-revisions.ts'
import { checkExpectedObjects } from '../../src/core/evidence/check-expected-objects.ts'
import { newestApplied } from '../../src/core/evidence/expected-objects.ts'
import { predictUpgrade } from '../../src/core/upgrade/predict-upgrade.ts'
import { fallbackRule, rules } from '../../src/rules/index.ts'

async function factsOf(example: Example): Promise<Facts> {
  const files: Record<string, string> = {
    'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\n',
    'migrations/env.py': 'from alembic import context\ncontext.run_migrations()\n',
    'migrations/versions/__init__.py': '',
  }
  Object.assign(files, example.release?.files)
  for (const [name, text] of Object.entries(example.files)) files[`migrations/versions/${name}`] = text
  const tree = memoryTree({ files })
  const repository = await readRepository(tree, await locateProject(tree))
  const graph = buildGraph(repository)
  const target = example.target ?? 'head'
  const { scheme } = example.release ?? {}
  const url = scheme === undefined ? null : { value: `${scheme}://localhost/app`, variable: 'DATABASE_URL' }
  const release = example.release ? readReleaseFacts(tree, repository, url) : null
  if (example.versions === undefined) return { repository, graph, target, database: null, release }
  const state = stateOf(example)
  const revisions = example.schema ? revisionsToTry(predictUpgrade(repository, graph, state, target)) : []
  const operations = readAllOperations(tree, repository, graph, state.dialect)
  const schema = { ...emptySchema(state), ...example.schema }
  const pending = revisions.length > 0 ? tryPending(revisions, operations, schema, state) : null
  const prediction = predictUpgrade(repository, graph, state, target, pending?.replay.failure)
  const rows = state.versions.flatMap((row) =>
    row.kind === 'text' && graph.get(row.value) ? [row.value] : [],
  )
  const newest = newestApplied(graph, rows)
  const transactions = example.transactions ?? null
  const stamps = {
    lost: state.versions.flatMap((row) => (row.kind === 'text' && !graph.get(row.value) ? [row.value] : [])),
    known: rows,
  }
  const untrusted =
    example.schema && !graph.problem
      ? {
          stamps,
          schema,
          operations,
          operationsOf: () => operations,
          evidence: judgeEvidence(graph, stamps, operations, schema),
          transactions: transactions ?? { kind: 'unavailable' as const, reason: 'nobody asked' },
        }
      : null
  const traces =
    example.schema && newest.length > 0
      ? { traces: checkExpectedObjects(graph, newest, operations, schema), transactions }
      : null
  return {
    repository,
    graph,
    target,
    release,
    database: {
      state,
      prediction,
      standing: databasePositionOf(graph, state, prediction),
      pending,
      traces,
      untrusted,
    },
    provenance: example.provenance ?? null,
  }
}

function emptySchema({ dialect, searchPath }: DatabaseState): SchemaSnapshot {
  return { dialect, defaultSchema: searchPath[0] ?? null, schemas: searchPath, tables: [], enums: [] }
}

function stateOf({ versions, dialect = 'postgresql', database }: Example): DatabaseState {
  const empty = emptyDatabase(dialect)
  if (!versions) return { ...empty, ...database }
  return {
    ...empty,
    versionTable: {
      ...empty.versionTable,
      exists: true,
      relation: 'table',
      width: dialect === 'postgresql' ? 32 : null,
      columns: [{ name: 'version_num', type: 'character varying(32)', nullable: false, hasDefault: false }],
      unique: true,
    },
    versions: versions.map((value) => (value === null ? { kind: 'null' } : { kind: 'text', value })),
    ...database,
  }
}

/** Returns the example with the version table `"shop"."applied"`. */
export function withOwnVersionTable(example: Example): Example {
  const { versionTable } = stateOf(example)
  return {
    ...example,
    database: { ...example.database, versionTable: { ...versionTable, schema: 'shop', name: 'applied' } },
  }
}

/** Runs all rules on an example and returns the diagnosis. */
export async function diagnosisOf(example: Example): Promise<Diagnosis> {
  return diagnose(await factsOf(example), rules, fallbackRule, { strict: false, ignore: [] })
}
