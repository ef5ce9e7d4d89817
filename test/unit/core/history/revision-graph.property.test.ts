/** Tests properties that hold for every history, without running Alembic. */
import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  letrec,
  nat,
  oneof,
  option,
  property,
  record,
  shuffledSubarray,
  string,
} from 'fast-check'
import { expect, test } from 'vitest'
import type { VersionRow } from '../../../../src/core/history/database-state.ts'
import { type RevisionGraph, ancestorsOf, buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { nearMisses, resolveIdentifier } from '../../../../src/core/history/identifier.ts'
import type {
  Binding,
  FunctionBinding,
  MigrationModule,
  PyValue,
} from '../../../../src/core/history/migration-module.ts'
import { databasePositionOf } from '../../../../src/core/upgrade/database-position.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import { database, project } from '../../../support/history.ts'
import {
  databaseStateOf,
  emptyRepository,
  randomState,
  repositoryOf,
} from '../../../support/random-history.ts'

/** Generates valid histories, where revisions refer only to earlier ones. */
const soundHistory = array(
  record({ parents: array(nat(30), { maxLength: 3 }), dependencies: array(nat(30), { maxLength: 2 }) }),
  { maxLength: 14 },
).map((specs) => {
  const earlier = (places: readonly number[], place: number): readonly string[] =>
    place === 0 ? [] : [...new Set(places.map((one) => `r${String(one % place).padStart(3, '0')}`))]
  return specs.map(({ parents, dependencies }, place) => ({
    id: `r${String(place).padStart(3, '0')}`,
    down: earlier(parents, place),
    dependsOn: earlier(dependencies, place),
  }))
})

const linesOf = (history: readonly { readonly id: string }[]): Parameters<typeof project>[0] =>
  Object.fromEntries(history.map((line) => [line.id, line]))

test('heads and bases match a naive count', () => {
  assert(
    property(soundHistory, (history) => {
      const graph = buildGraph(project(linesOf(history)))
      const ids = history.map(({ id }) => id)
      const named = new Set(history.flatMap(({ down }) => down))
      const needed = new Set(history.flatMap(({ down, dependsOn }) => [...down, ...dependsOn]))
      expect([graph.problem, graph.cycles, graph.missingParents]).toEqual([null, [], []])
      expect(graph.heads).toEqual(ids.filter((id) => !named.has(id)))
      expect(graph.realHeads).toEqual(ids.filter((id) => !needed.has(id)))
      expect(graph.bases).toEqual(history.filter(({ down }) => down.length === 0).map(({ id }) => id))
    }),
  )
})

test('ancestors match a naive search', () => {
  assert(
    property(soundHistory, nat(), (history, pick) => {
      const start = history[pick % Math.max(history.length, 1)]
      if (!start) return
      const byId = new Map(history.map((line) => [line.id, line]))
      const walk = (id: string): readonly string[] => {
        const line = byId.get(id)
        return [id, ...[...(line?.down ?? []), ...(line?.dependsOn ?? [])].flatMap(walk)]
      }
      const found = ancestorsOf(buildGraph(project(linesOf(history))), [start.id])
      expect([...found].toSorted()).toEqual([...new Set(walk(start.id))].toSorted())
    }),
  )
})

test("the order of the files doesn't change the graph of a valid history", () => {
  const shuffled = soundHistory.chain((history) =>
    shuffledSubarray(history, { minLength: history.length }).map((other) => ({ history, other })),
  )
  assert(
    property(shuffled, ({ history, other }) => {
      const [one, two] = [history, other].map((lines) => shapeOf(buildGraph(project(linesOf(lines)))))
      expect(two).toEqual(one)
    }),
  )
})

function shapeOf(graph: RevisionGraph): unknown {
  const { heads, realHeads, bases, branchPoints, mergePoints, problem, cycles } = graph
  const redundant = graph.redundantParents.map(({ revision, parent }) => `${revision.id} ${parent}`)
  const before = graph.revisions.map(({ id }) => `${id}: ${[...ancestorsOf(graph, [id])].toSorted().join()}`)
  const lists = [heads, realHeads, bases, branchPoints, mergePoints, redundant, before]
  return [lists.map((list) => list.toSorted()), problem, cycles]
}

test('every revision runs after everything that it needs, and only missing ones run', () => {
  assert(
    property(soundHistory, array(nat(), { maxLength: 2 }), (history, picks) => {
      const rows = history.length === 0 ? [] : picks.map((pick) => history[pick % history.length]?.id ?? '')
      const repository = project(linesOf(history))
      const graph = buildGraph(repository)
      const prediction = predictUpgrade(repository, graph, database([...new Set(rows)]), 'heads')
      if (prediction.outcome !== 'succeeds') return
      const done = new Set(ancestorsOf(graph, rows))
      for (const { revision } of prediction.steps) {
        expect(done.has(revision)).toBe(false)
        const needs = [...ancestorsOf(graph, [revision])].filter((id) => id !== revision)
        expect(needs.filter((id) => !done.has(id))).toEqual([])
        done.add(revision)
      }
      expect(done).toEqual(new Set(history.map(({ id }) => id)))
    }),
  )
})

test('a second upgrade after a successful one has nothing to do', () => {
  assert(
    property(randomState, (state) => {
      const repository = repositoryOf(state, { major: 1, minor: 19, patch: 1 })
      const graph = buildGraph(repository)
      const exact = (state.rows ?? []).filter((row) => row.kind === 'text' && graph.get(row.value))
      const target = graph.realHeads.length === 1 ? 'head' : 'heads'
      const first = predictUpgrade(repository, graph, databaseStateOf('sqlite', exact), target)
      if (first.outcome !== 'succeeds' || graph.cycles.length > 0 || graph.duplicates.length > 0) return
      const rows = first.versionsAfter.map((value): VersionRow => ({ kind: 'text', value }))
      const second = predictUpgrade(repository, graph, databaseStateOf('sqlite', rows), target)
      const reserved = graph.revisions.some(({ id }) => ['head', 'heads', 'base', ''].includes(id))
      if (reserved) return
      expect([second.outcome, second.steps]).toEqual(['succeeds', []])
    }),
    { numRuns: 500 },
  )
})

const span = { path: 'v/x.py', line: 1, column: 1 }
const word = oneof(
  constantFrom('a', 'b', 'aaaa', 'aaaab', 'head', 'heads', 'base', '', '-1', 'a@b'),
  string(),
)

const { value } = letrec<{ value: PyValue }>((tie) => ({
  value: oneof(
    { depthSize: 'small', withCrossShrink: true },
    constant<PyValue>({ kind: 'none' }),
    word.map((text): PyValue => ({ kind: 'str', value: text })),
    boolean().map((flag): PyValue => ({ kind: 'bool', value: flag })),
    integer().map((number): PyValue => ({ kind: 'int', value: String(number) })),
    constantFrom('float', 'bytes', 'dict', 'ellipsis', 'complex').map((type): PyValue => ({
      kind: 'other',
      type,
    })),
    record({
      kind: constantFrom('tuple', 'list', 'set', 'frozenset'),
      items: array(tie('value'), { maxLength: 3 }),
    }),
  ),
}))

const binding: Arbitrary<Binding> = oneof(
  { weight: 8, arbitrary: value.map((one): Binding => ({ kind: 'value', value: one, span })) },
  { weight: 1, arbitrary: constant<Binding>({ kind: 'unbound' }) },
  { weight: 1, arbitrary: constant<Binding>({ kind: 'unreadable', expression: 'x', reason: 'y', span }) },
)

const anyModule: Arbitrary<MigrationModule> = record({
  path: word.map((text) => `v/${text}.py`),
  revision: oneof(
    word.map((text): Binding => ({ kind: 'value', value: { kind: 'str', value: text }, span })),
    binding,
  ),
  downRevision: binding,
  branchLabels: binding,
  dependsOn: binding,
  doc: option(string()),
  upgrade: constantFrom<FunctionBinding[]>(
    { kind: 'unbound' },
    { kind: 'unreadable', span },
    { kind: 'function', required: ['x'], keywords: ['x'], span },
    { kind: 'function', required: [], keywords: null, span },
  ),
  downgrade: constant({ kind: 'unbound' }),
  raises: option(constant({ error: { type: 'SyntaxError', message: 'invalid syntax' }, span }), { freq: 30 }),
  unreadable: option(constant({ reason: 'no permission', span }), { freq: 30 }),
})

const anyRow: Arbitrary<VersionRow> = oneof(
  word.map((text): VersionRow => ({ kind: 'text', value: text })),
  constant<VersionRow>({ kind: 'null' }),
  string().map((repr): VersionRow => ({ kind: 'not-text', repr })),
)

test('nothing throws and nothing hangs, whatever the modules, the rows and the target contain', () => {
  const version = record({ major: constant(1), minor: nat(20), patch: nat(5) })
  const target = oneof(
    word,
    word.map((text) => `${text}+1`),
    word.map((text) => `${text}@heads`),
    constantFrom('+1', '-1', 'a@+2'),
  )
  assert(
    property(
      array(anyModule, { maxLength: 7 }),
      array(anyRow, { maxLength: 3 }),
      target,
      version,
      (modules, rows, text, alembic) => {
        const repository = { ...emptyRepository(alembic), modules }
        const graph = buildGraph(repository)
        for (const dialect of ['sqlite', 'postgresql'] as const) {
          const state = databaseStateOf(dialect, rows)
          const prediction = predictUpgrade(repository, graph, state, text)
          expect(['succeeds', 'fails', 'unknown']).toContain(prediction.outcome)
          expect(databasePositionOf(graph, state, prediction).kind).toBeTypeOf('string')
        }
        expect(resolveIdentifier(graph, text).kind).toBeTypeOf('string')
        expect(nearMisses(graph, text).length).toBeLessThanOrEqual(5)
      },
    ),
    { numRuns: 2000 },
  )
})
