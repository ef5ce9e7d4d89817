/**
 * Counts the steps that the guard takes in each broken state. The count must not grow faster than linearly with the
 * number of revisions.
 */
import { expect, test } from 'vitest'
import type { FileTree } from '../../src/adapters/files/file-tree.ts'
import { memoryTree } from '../../src/adapters/files/memory-tree.ts'
import { readLintHistory } from '../../src/adapters/lint/migration-sources.ts'
import { readLintProject } from '../../src/adapters/lint/project-facts.ts'
import { locateProject } from '../../src/adapters/project/locate-project.ts'
import { readAllOperations } from '../../src/adapters/project/read-operations.ts'
import { readRepository } from '../../src/adapters/project/read-repository.ts'
import { readLintOptions } from '../../src/commands/lint-run/lint-settings.ts'
import { diagnose } from '../../src/core/diagnosis/diagnose.ts'
import { judgeEvidence } from '../../src/core/evidence/applied-revisions.ts'
import type { Repository } from '../../src/core/history/repository.ts'
import { type RevisionGraph, buildGraph } from '../../src/core/history/revision-graph.ts'
import { buildHistory } from '../../src/core/lint/lint-history.ts'
import { runLint } from '../../src/core/lint/run-lint.ts'
import { choosePosition } from '../../src/core/lost/choose-position.ts'
import { withPlaceholders } from '../../src/core/lost/plan-placeholder.ts'
import type { SchemaSnapshot, TableSnapshot } from '../../src/core/schema/schema-snapshot.ts'
import { databasePositionOf } from '../../src/core/upgrade/database-position.ts'
import { predictUpgrade } from '../../src/core/upgrade/predict-upgrade.ts'
import { drawDot } from '../../src/drawing/dot.ts'
import { drawHtml } from '../../src/drawing/html.ts'
import { markGraph } from '../../src/drawing/marks.ts'
import { drawMermaid } from '../../src/drawing/mermaid.ts'
import { drawSvg } from '../../src/drawing/svg.ts'
import { drawText } from '../../src/drawing/text.ts'
import { graphJson } from '../../src/report/formats/graph-json.ts'
import { fallbackRule, rules } from '../../src/rules/index.ts'
import { lintRules, silenceRule } from '../../src/rules/lint/index.ts'
import { silence } from '../../src/rules/phrases/schema-evidence.ts'
import { generatedStates, sourceOf } from '../support/broken-states.ts'
import { stepsOf } from '../support/counted-steps.ts'
import { database } from '../support/history.ts'
import { mixedProject } from '../support/mixed-history.ts'

function tableOf(number: number): TableSnapshot {
  const name = `table_${number}`
  const column = (called: string, type: string, nullable: boolean) => ({
    name: called,
    type,
    nullable,
    serverDefault: null,
  })
  return {
    schema: null,
    name,
    visible: true,
    columns: [column('id', 'INTEGER', false), column('name', 'VARCHAR(120)', true)],
    indexes: [{ name: `ix_${name}_name`, unique: false, definition: null, columns: ['name'] }],
    constraints: [],
  }
}

/** Reads every migration. Returns a function that lints them all. */
async function lintWork(
  tree: FileTree,
  repository: Repository,
  graph: RevisionGraph,
): Promise<() => unknown> {
  const read = readLintHistory(tree, repository, graph, 'postgresql')
  const migrations = new Map(read.order.map((id) => [id, read.of(id)]))
  const upgrades = () => [...migrations.values()].flatMap((one) => one?.upgrade ?? [])
  const project = readLintProject(tree, repository, (await readLintOptions(tree, [])).lint, upgrades)
  return () => {
    const history = buildHistory(graph, {
      migration: (id) => migrations.get(id) ?? null,
      upgrade: (id) => migrations.get(id)?.upgrade ?? null,
      text: (id) => migrations.get(id)?.source.text ?? null,
    })
    const linted = history.order.flatMap((id) => history.of(id) ?? [])
    const facts = { repository, graph, history, project, live: null }
    return runLint(facts, linted, lintRules, silenceRule, { strict: false, ignore: [] })
  }
}

/** Returns the number of steps for each task. */
async function costOf(name: string, size: number): Promise<Readonly<Record<string, number>>> {
  const state = generatedStates[name]?.(size)
  if (!state) throw new Error(name)
  const files: Record<string, string> = {
    'alembic.ini': '[alembic]\nscript_location = %(here)s/migrations\n',
    'migrations/env.py': 'from alembic import context\ncontext.run_migrations()\n',
  }
  for (const one of state.revisions) files[`migrations/versions/${one.path}.py`] = sourceOf(one)
  const tree = memoryTree({ files })
  const repository = await readRepository(tree, await locateProject(tree))
  const operations = readAllOperations(tree, repository, buildGraph(repository), 'sqlite')
  const schema: SchemaSnapshot = {
    dialect: 'sqlite',
    defaultSchema: null,
    schemas: [],
    tables: state.tables.map(tableOf),
    enums: [],
  }
  const rows = database(state.rows, {}, 'sqlite')
  const lost = state.lost === null ? [] : [state.lost]
  const stamps = { lost, known: [] }
  const graph = buildGraph(repository)
  const prediction = predictUpgrade(repository, graph, rows, 'head')
  const standing = databasePositionOf(graph, rows, prediction)
  const extended = withPlaceholders(repository, lost)
  const evidence = judgeEvidence(extended, stamps, operations, schema)
  const live = {
    stamps,
    schema,
    evidence,
    operations,
    operationsOf: () => operations,
    transactions: { kind: 'unavailable' } as never,
  }
  const facts = { state: rows, prediction, standing, live: lost.length > 0 ? live : null }
  const check = { repository, graph, target: 'head', database: facts }
  const { findings } = diagnose(check, rules, fallbackRule, { strict: false, ignore: [] })
  const marked = markGraph({ graph, database: facts }, findings, silence)
  const page = {
    database: 'app.db',
    operations,
    origins: new Map(),
    risks: [],
    riskTags: new Map(),
    commandLine: () => null,
  }
  const tool = { name: 'alembic-guard', version: '0.0.0' }
  const lint = await lintWork(tree, repository, graph)
  // Results are cached per object, so measure with new objects.
  const cold = () => ({
    ...check,
    database: { ...facts, live: facts.live && { ...facts.live, operations: new Map(operations) } },
  })
  const works: Record<string, () => unknown> = {
    graph: () => buildGraph(repository),
    operations: () => readAllOperations(tree, repository, graph, 'sqlite'),
    prediction: () => predictUpgrade(repository, graph, rows, 'head'),
    position: () => databasePositionOf(graph, rows, prediction),
    rules: () => diagnose(cold(), rules, fallbackRule, { strict: false, ignore: [] }),
    evidence: () => judgeEvidence(extended, stamps, new Map(operations), schema),
    'evidence again': () => judgeEvidence(graph, { lost: [], known: [] }, operations, schema),
    place: () => choosePosition(extended, stamps, evidence, null, 'head'),
    lint,
    marks: () => markGraph({ graph, database: facts }, findings, silence),
    text: () => drawText(marked, {}),
    dot: () => drawDot(marked, {}),
    svg: () => drawSvg(marked, {}),
    mermaid: () => drawMermaid(marked, {}),
    html: () => drawHtml(marked, {}, page),
    json: () => graphJson(tool, repository, graph, findings, marked),
  }
  return Object.fromEntries(Object.entries(works).map(([what, work]) => [what, stepsOf(() => void work())]))
}

/** Returns the measurements that grew faster than the number of revisions. */
function grownBetween(
  few: Readonly<Record<string, number>>,
  many: Readonly<Record<string, number>>,
): readonly unknown[] {
  return Object.entries(many).flatMap(([what, steps]) =>
    steps > 2.6 * Math.max(few[what] ?? 0, 2000) ? [[what, few[what], steps]] : [],
  )
}

/** Maximum number of steps per migration in lint. An extra schema replay would add about 70. */
const maxLintSteps = 1_400

/**
 * Maximum number of steps for reading a migration's operations. Recording where each name was bound takes about 13
 * steps.
 */
const maxReadSteps = 580

test('lint and reading operations take few steps for each migration', async () => {
  const { lint = 0, operations = 0 } = await costOf('all pending', 400)
  expect(lint / 400).toBeLessThan(maxLintSteps)
  expect(operations / 400).toBeLessThan(maxReadSteps)
})

test.each(Object.keys(generatedStates))('%s', async (name) => {
  expect(grownBetween(await costOf(name, 400), await costOf(name, 800))).toEqual([])
})

test.each(['chain', 'branches'] as const)('lint of operations of every kind, %s', async (shape) => {
  const cost = async (size: number): Promise<Readonly<Record<string, number>>> => {
    const tree = memoryTree({ files: mixedProject(size, shape, 1) })
    const repository = await readRepository(tree, await locateProject(tree))
    const lint = await lintWork(tree, repository, buildGraph(repository))
    return { lint: stepsOf(() => void lint()) }
  }
  expect(grownBetween(await cost(400), await cost(800))).toEqual([])
})
