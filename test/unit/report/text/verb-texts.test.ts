/** Tests the text reports for the other commands. */
import { plainForms } from '../../../../src/core/findings/command-forms.ts'
import { describe, expect, test } from 'vitest'
import { planRestamp } from '../../../../src/core/restamp/plan-restamp.ts'
import { buildGraph } from '../../../../src/core/history/revision-graph.ts'
import { predictUpgrade } from '../../../../src/core/upgrade/predict-upgrade.ts'
import {
  type PlaceholderReport,
  placeholderHuman,
  placeholderJson,
} from '../../../../src/report/text/placeholder.ts'
import { type RestampReport, restampHuman, restampJson } from '../../../../src/report/text/restamp.ts'
import { type Restoration, restoreHuman, restoreJson } from '../../../../src/report/text/restore.ts'
import { database, project } from '../../../support/history.ts'
import { hostileTexts } from '../../../support/hostile.ts'

const tool = { name: 'alembic-guard', version: '0.1.0' }
const repository = project({ a: [], b: ['a'], c: ['b'] })
const graph = buildGraph(repository)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const created = { kind: 'create', path: 'versions/lost.py', after: bytes('lost\n') } as const
const replaced = {
  kind: 'replace',
  path: 'versions/c.py',
  before: bytes('old\n'),
  after: bytes('new\n'),
} as const

function restamped(rows: readonly string[], to: string) {
  const state = database(rows)
  const facts = { repository, graph, state, evidence: null, provenance: null, target: 'head', force: true }
  const planned = planRestamp(facts, { changed: [{ from: rows[0] ?? '', to }], removed: [], added: [] })
  if (planned.kind !== 'plan') throw new Error(planned.reason.kind)
  return {
    tool,
    database: state,
    exitCode: 0,
    forms: plainForms,
    plan: planned.plan,
    target: 'head',
    undo: null,
  } as const
}

/**
 * Asserts that the text is plain ASCII and that its lines fit in a log. Commands, SQL and diffs may be wider.
 */
function expectFits(text: string): void {
  expect(text).toMatch(/^[\n\u0020-\u007e]*$/)
  const wide = text
    .split('\n')
    .filter((line) => line.length > 72 && line.includes(' ') && !/;$|^[-+@ ]/.test(line))
  expect(wide).toEqual([])
}

describe('restamp', () => {
  const plan = restamped(['a'], 'b')
  const outcomes: readonly RestampReport[] = [
    { ...plan, outcome: 'planned' },
    { ...plan, outcome: 'written', undo: ['alembic-guard', 'restamp', '--from', 'b', '--to', 'a'] },
    {
      ...plan,
      outcome: 'not written',
      reason: 'the rows have changed',
      hint: 'look again',
      rows: ['x', null],
    },
    {
      ...plan,
      outcome: 'unknown',
      reason: 'the connection broke',
      look: ['SELECT version_num FROM alembic_version'],
    },
    {
      tool,
      database: database(['a']),
      exitCode: 1,
      forms: plainForms,
      outcome: 'refused',
      reason: { kind: 'noTable', table: 'alembic_version' },
      evidence: null,
    },
  ]
  test.each(outcomes.map((one) => [one.outcome, one] as const))('%s', (outcome, report) => {
    const text = restampHuman(report)
    expectFits(text)
    const json: unknown = JSON.parse(restampJson(report))
    expect(json).toMatchObject({ schemaVersion: 1, command: 'restamp', outcome, exitCode: report.exitCode })
    expect(/nothing was changed/.test(text)).toBe(['planned', 'not written', 'refused'].includes(outcome))
    if (outcome === 'refused') return
    expect(json).toMatchObject({
      before: ['a'],
      after: ['b'],
      prediction: { outcome: 'succeeds', steps: ['c'] },
    })
    if (outcome !== 'not written') expect(text).toMatch(/a\n.*b\n/s)
  })

  test('undo can be copied: the command, or SQL if the guard would refuse', () => {
    const [planned, written] = outcomes
    expect(planned && restampHuman(planned)).toContain('UPDATE ')
    expect(written && restampHuman(written)).toContain('alembic-guard restamp --from b --to a\n')
  })
})

describe('placeholder', () => {
  const common = { tool, database: database(['lost']), lost: ['lost'], forms: plainForms }
  const state = database(['b'])
  const prediction = predictUpgrade(repository, graph, state, 'head')
  const planned = {
    ...common,
    parents: ['b'],
    certainty: 'proven',
    evidence: [],
    doubt: null,
    against: [],
    lacking: null,
    edits: [created, replaced],
    target: 'head',
    prediction,
  } as const
  const outcomes: readonly PlaceholderReport[] = [
    { ...common, outcome: 'nothing' },
    { ...common, outcome: 'refused', reason: 'the place is unknown', hint: 'give --after', evidence: [] },
    { ...planned, outcome: 'planned' },
    {
      ...planned,
      outcome: 'planned',
      doubt: 'It may have dropped something',
      against: ['it is not'],
      lacking: 'A table',
    },
    { ...planned, outcome: 'written', parents: [] },
  ]
  test.each(outcomes.map((one) => [one.outcome, one] as const))('%s', (outcome, report) => {
    const text = placeholderHuman(report)
    expectFits(text)
    expect(JSON.parse(placeholderJson(report))).toMatchObject({
      command: 'placeholder',
      outcome,
      revisions: ['lost'],
    })
    expect(/nothing was changed|nothing to do/.test(text)).toBe(outcome !== 'written')
  })

  test('before writing there is a diff, afterward the file names', () => {
    const [, , before, , after] = outcomes.map(placeholderHuman)
    expect(before).toContain('-old\n+new\n')
    expect(after).toMatch(/new\s+versions\/lost\.py\n.*changed\s+versions\/c\.py\n/)
    expect(after).not.toContain('+new')
  })

  test('an upgrade that would fail anyway is a warning', () => {
    const failing = predictUpgrade(repository, graph, database(['nowhere']), 'head')
    expect(placeholderHuman({ ...planned, prediction: failing, outcome: 'planned' })).toMatch(
      /WARNING: "alembic upgrade/,
    )
  })
})

describe('restore', () => {
  const commit = { id: 'c0ffee'.padEnd(40, '0'), author: 'A', date: '2026-01-31T12:00:00Z', subject: 'x' }
  const version = {
    revision: 'lost',
    downRevisions: ['b'],
    dependsOn: [],
    operations: null,
    path: 'versions/lost.py',
    blob: '0',
    commit,
  }
  const outcome: Restoration = {
    revision: 'lost',
    plan: { files: [version], unfound: [], joins: ['b'], relinks: [], heads: ['lost'] },
    edits: [created],
    written: false,
    heads: ['lost'],
    problem: null,
    prediction: null,
  }

  test('nothing changes without --write, and the file and its commit are named', () => {
    const text = restoreHuman(tool, outcome)
    expectFits(text)
    expect(text).toMatch(/versions\/lost\.py from c0ffee/)
    expect(text).toContain('nothing was changed; add --write')
    expect(restoreHuman(tool, { ...outcome, written: true })).not.toContain('--write')
  })

  test('the new successors, what is missing, several heads and the upgrade are reported', () => {
    const text = restoreHuman(tool, {
      ...outcome,
      plan: {
        ...outcome.plan,
        unfound: ['older'],
        relinks: [{ child: 'c', path: 'versions/c.py', from: 'b', to: 'lost' }],
      },
      heads: ['c', 'd'],
      prediction: predictUpgrade(repository, graph, database(['b']), 'head'),
    })
    expectFits(text)
    for (const word of ['puts lost back before c', 'older', 'Set the down_revision of one head', 'runs c']) {
      expect(text.replace(/\s+/g, ' ')).toContain(word)
    }
  })

  test('as JSON: the source of each file, and the effect of the upgrade', () => {
    const prediction = predictUpgrade(repository, graph, database(['b']), 'head')
    expect(JSON.parse(restoreJson(tool, { ...outcome, prediction }))).toMatchObject({
      written: false,
      files: [{ revision: 'lost', from: 'versions/lost.py', commit: commit.id, path: 'versions/lost.py' }],
      prediction: { outcome: 'succeeds', steps: ['c'] },
    })
  })

  test.each(hostileTexts)('a hostile name is printable: %j', (name) => {
    const text = restoreHuman(tool, { ...outcome, revision: name, heads: [name], problem: name })
    // There must be no control characters, bidi controls, lone surrogates or injected lines.
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
  })
})
