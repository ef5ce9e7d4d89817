/** Small named histories for testing every drawing format. */
import { buildGraph } from '../../src/core/history/revision-graph.ts'
import { databasePositionOf } from '../../src/core/upgrade/database-position.ts'
import { predictUpgrade } from '../../src/core/upgrade/predict-upgrade.ts'
import type { PageFacts } from '../../src/drawing/page-rows.ts'
import { type MarkedGraph, markGraph } from '../../src/drawing/marks.ts'
import { silence } from '../../src/rules/phrases/schema-evidence.ts'
import { diagnose } from '../../src/core/diagnosis/diagnose.ts'
import { fallbackRule, rules } from '../../src/rules/index.ts'
import { riskTags } from '../../src/rules/lint/index.ts'
import { placeholderWords } from '../../src/core/lost/placeholder-marker.ts'
import { graphJson } from '../../src/report/formats/graph-json.ts'
import { type Line, database, project } from './history.ts'

/** A history and a database. `rows` is undefined if no database was read. */
interface Picture {
  readonly lines: Readonly<Record<string, Line>>
  readonly rows?: readonly (string | null)[] | null
  readonly target?: string
}

function chain(length: number): Readonly<Record<string, readonly string[]>> {
  const id = (index: number): string => `r${String(index).padStart(3, '0')}`
  return Object.fromEntries(
    Array.from({ length }, (_, index) => [id(index + 1), index === 0 ? [] : [id(index)]]),
  )
}

/** Returns a revision with a docstring in the style of Alembic's template. */
export function told(message: string, ...down: string[]): Line {
  return { down, module: { doc: `${message}\n\nRevision ID: x\n` } }
}

const at = { path: 'migrations/versions/computed.py', line: 1, column: 1 }
const computed = { kind: 'unreadable', expression: 'os.environ["X"]', reason: 'a call', span: at } as const

const pictures: Readonly<Record<string, Picture>> = {
  linear: {
    lines: {
      base_001: told('Guests'),
      add_email_002: told('Email of a guest', 'base_001'),
      reservations_003: told('Reservations', 'add_email_002'),
      payments_004: told('Payments', 'reservations_003'),
    },
    rows: ['add_email_002'],
  },
  'without a database': {
    lines: { base_001: told('Guests'), add_email_002: told('Email of a guest', 'base_001') },
  },
  fork: { lines: { a1: [], b2: ['a1'], c3: ['a1'], d4: ['b2'] }, rows: ['b2'] },
  merge: { lines: { a1: [], b2: ['a1'], c3: ['a1'], m4: ['b2', 'c3'], e5: ['m4'] }, rows: ['b2', 'c3'] },
  'criss-cross': {
    lines: { a1: [], b2: ['a1'], c3: ['a1'], d4: ['b2', 'c3'], e5: ['c3', 'b2'], f6: ['d4', 'e5'] },
    rows: ['d4'],
  },
  'two roots': { lines: { a1: [], b2: ['a1'], x1: [], y2: ['x1'] }, rows: ['b2', 'x1'], target: 'heads' },
  labels: {
    lines: {
      a1: { labels: ['billing'] },
      b2: ['a1'],
      x1: { labels: ['guests', 'desk'] },
      y2: ['x1'],
    },
    rows: ['b2'],
    target: 'heads',
  },
  dependencies: {
    lines: {
      a1: [],
      b2: ['a1'],
      x1: [],
      y2: { down: ['x1'], dependsOn: ['a1'] },
      z3: { down: ['y2'], dependsOn: ['b2'] },
    },
    rows: ['a1'],
    target: 'heads',
  },
  'missing revision': {
    lines: { a1: [], b2: ['a1'], d4: ['gone_003'], e5: ['d4', 'b2'] },
    rows: ['lost_009'],
  },
  duplicate: {
    lines: { a1: [], b2: ['a1'], b2_again: { id: 'b2', down: ['a1'] }, c3: ['b2'] },
    rows: ['a1'],
  },
  circle: { lines: { a1: [], b2: ['a1', 'd4'], c3: ['b2'], d4: ['c3'] }, rows: ['a1'] },
  placeholder: {
    lines: {
      a1: [],
      lost_002: told(`placeholder for lost_002\n\n${placeholderWords} It does nothing.`, 'a1'),
      c3: ['lost_002'],
    },
    rows: ['lost_002'],
  },
  'files that are not taken': {
    lines: {
      a1: [],
      'b-2': ['a1'],
      c3: ['a1'],
      computed: { down: ['c3'], module: { revision: computed } },
      loop: ['c3', 'loop'],
    },
    rows: ['a1', null],
  },
  'long chain': { lines: chain(300), rows: ['r250'] },
}

export const galleryNames: readonly string[] = Object.keys(pictures)

/** Returns a picture's graph, ready to draw. */
export function pictureOf(name: string): MarkedGraph {
  const { lines, rows, target } = named(name)
  return markedOf(lines, rows, target)
}

/** Returns the picture as `--format json` prints it. */
export function jsonOf(name: string): string {
  const { lines, rows, target } = named(name)
  const { facts, findings } = seen(lines, rows, target)
  const tool = { name: 'alembic-guard', version: '0.0.0' }
  return graphJson(tool, facts.repository, facts.graph, findings, markGraph(facts, findings, silence))
}

/** Returns the graph of a history, marked according to the version rows and the target. */
export function markedOf(
  lines: Picture['lines'],
  rows?: readonly (string | null)[] | null,
  target = 'head',
): MarkedGraph {
  const { facts, findings } = seen(lines, rows, target)
  return markGraph(facts, findings, silence)
}

function named(name: string): Picture {
  const picture = pictures[name]
  if (!picture) throw new Error(`no picture named ${name}`)
  return picture
}

function seen(lines: Picture['lines'], rows: Picture['rows'], target = 'head') {
  const repository = project(lines)
  const graph = buildGraph(repository)
  const state = rows === undefined ? null : database(rows)
  const prediction = state && predictUpgrade(repository, graph, state, target)
  const facts = {
    repository,
    graph,
    target,
    database: state &&
      prediction && { state, prediction, standing: databasePositionOf(graph, state, prediction) },
  }
  const { findings } = diagnose(facts, rules, fallbackRule, { strict: false, ignore: [] })
  return { facts, findings }
}

/** Sample data for the graph page. */
export const pageFacts: PageFacts = {
  database: 'app on db.example',
  operations: new Map(),
  origins: new Map(),
  risks: [],
  riskTags,
  commandLine: ({ argv }) => argv?.join(' ') ?? null,
}
