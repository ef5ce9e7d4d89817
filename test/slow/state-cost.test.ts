/** The cost of every state of a history beyond reading its files: twice as many revisions take twice as many steps. */
import { expect, test } from 'vitest'
import { memoryTree } from '../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../src/adapters/project/locate-project.ts'
import { readAllOperations } from '../../src/adapters/project/read-operations.ts'
import { readRepository } from '../../src/adapters/project/read-repository.ts'
import { diagnose } from '../../src/core/diagnosis/diagnose.ts'
import { judgeEvidence } from '../../src/core/evidence/applied-revisions.ts'
import { buildGraph } from '../../src/core/history/revision-graph.ts'
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
import { silence } from '../../src/rules/phrases/schema-evidence.ts'
import { generatedStates, sourceOf } from '../support/broken-states.ts'
import { stepsOf } from '../support/counted-steps.ts'
import { database } from '../support/history.ts'

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

/** Steps of a check, of the evidence for a lost row, and of the drawings. */
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
  // Answers are cached by these objects, so each piece of work gets its own.
  const cold = () => ({
    ...check,
    database: { ...facts, live: facts.live && { ...facts.live, operations: new Map(operations) } },
  })
  const works: Record<string, () => unknown> = {
    graph: () => buildGraph(repository),
    prediction: () => predictUpgrade(repository, graph, rows, 'head'),
    position: () => databasePositionOf(graph, rows, prediction),
    rules: () => diagnose(cold(), rules, fallbackRule, { strict: false, ignore: [] }),
    evidence: () => judgeEvidence(extended, stamps, new Map(operations), schema),
    'evidence again': () => judgeEvidence(graph, { lost: [], known: [] }, operations, schema),
    place: () => choosePosition(extended, stamps, evidence, null, 'head'),
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

test.each(Object.keys(generatedStates))('%s', async (name) => {
  const few = await costOf(name, 400)
  const many = await costOf(name, 800)
  const grown = Object.entries(many).flatMap(([what, steps]) =>
    steps > 2.6 * Math.max(few[what] ?? 0, 2000) ? [[what, few[what], steps]] : [],
  )
  expect(grown).toEqual([])
})
