/** Tests how the graph page shows risks, authors and lost rows. */
import { describe, expect, test } from 'vitest'
import { type Finding, discovery } from '../../../src/core/findings/finding.ts'
import type { Operations } from '../../../src/core/history/operation.ts'
import type { MarkedGraph } from '../../../src/drawing/marks.ts'
import type { PageRow } from '../../../src/drawing/page-data.ts'
import { type PageFacts, pageData } from '../../../src/drawing/page-rows.ts'
import { excerptOf } from '../../../src/drawing/view.ts'
import { markedOf, pageFacts, told } from '../../support/gallery.ts'

const history = { a1: told('Guests'), b2: told('Rooms', 'a1'), c3: told('Beds', 'b2') }

function risk(code: Finding['code'], revision: string, parts: Partial<Finding> = {}): Finding {
  return {
    code,
    name: 'a-rule-of-lint',
    ignored: null,
    ...discovery({ severity: 'warning', message: 'It locks.', why: 'Others wait.', revisions: [revision] }),
    ...parts,
  }
}

const dataOf = (marked: MarkedGraph, facts: Partial<PageFacts>) =>
  pageData(marked, excerptOf(marked), { ...pageFacts, ...facts })

const rowOf = (id: string, facts: Partial<PageFacts>, row: string | null = 'a1'): PageRow | undefined =>
  dataOf(markedOf(history, row === null ? undefined : [row]), facts).rows.find((one) => one.id === id)

describe('risks', () => {
  test('a pending migration has those that lint found, in words, without duplicates', () => {
    const risks = [risk('AG420', 'b2'), risk('AG424', 'b2'), risk('AG410', 'b2'), risk('AG409', 'b2')]
    expect(rowOf('b2', { risks })?.risks).toEqual(['locks', 'no way back', 'a rule of lint'])
  })

  test('an ignored finding, an applied migration, or one without a database is no risk', () => {
    const ignored = risk('AG420', 'b2', { ignored: { reason: null } })
    expect(rowOf('b2', { risks: [ignored] })?.risks).toEqual([])
    expect(rowOf('a1', { risks: [risk('AG420', 'a1')] })?.risks).toEqual([])
    expect(rowOf('b2', { risks: [risk('AG420', 'b2')] }, null)?.risks).toEqual([])
  })

  test('each finding occurs once, with its remedies as commands', () => {
    const shared = risk('AG420', 'b2', {
      revisions: ['b2', 'c3'],
      evidence: [['Rows', '3']],
      remedies: [
        { kind: 'command', title: 'Do:', argv: ['x', 'y'], touches: 'nothing', applicability: 'likely' },
        { kind: 'edit', title: 'Edit it.', argv: null, touches: 'working-tree', applicability: 'likely' },
      ],
    })
    const { findings, rows } = dataOf(markedOf(history, ['a1']), { risks: [shared] })
    expect(findings).toMatchObject([
      {
        code: 'AG420',
        details: ['Rows: 3'],
        remedies: [
          { title: 'Do:', command: 'x y' },
          { title: 'Edit it.', command: null },
        ],
      },
    ])
    expect(rows.filter((row) => row.findings.includes(0)).map(({ id }) => id)).toEqual(['c3', 'b2'])
  })
})

test('date and author of the file, and the operations of upgrade()', () => {
  const operations = new Map<string, Operations>([['b2', { kind: 'operations', operations: [] }]])
  const path = rowOf('b2', {})?.path ?? ''
  const origins = new Map([[path, { date: '2026-01-31', author: 'Ada' }]])
  expect(rowOf('b2', { operations, origins })).toMatchObject({
    date: '2026-01-31',
    author: 'Ada',
    operations: [],
  })
  expect(rowOf('c3', { operations, origins })).toMatchObject({ date: '', author: '', operations: null })
  expect(rowOf('c3', { operations: null })?.operations).toBeNull()
})

test('a lost row is linked to its likely position, unless a link leads there already', () => {
  const marked = markedOf(history, ['lost'])
  const from = marked.revisions.findIndex(({ id }) => id === 'lost')
  const to = marked.revisions.findIndex(({ id }) => id === 'b2')
  const kinds = (places: MarkedGraph['places']): readonly string[] =>
    dataOf({ ...marked, ...(places && { places }) }, {}).routes.map(([, , , kind]) => kind)
  expect(kinds([])).not.toContain('place')
  expect(kinds([{ from, to }])).toContain('place')
  expect(kinds([{ from, to: 99 }])).not.toContain('place')
  const [link] = marked.links
  expect(link && kinds([{ from: link.from, to: link.to }])).not.toContain('place')
})

test('a fold has only a name', () => {
  const long = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `r${index}`,
      told('x', ...(index === 0 ? [] : [`r${index - 1}`])),
    ]),
  )
  const marked = markedOf(long, ['r39'])
  const page = pageData(marked, excerptOf(marked, { around: ['r20'], distance: 2 }), pageFacts)
  const folds = page.rows.filter(({ fold }) => fold)
  for (const { id, risks, findings, operations } of folds)
    expect([id, risks, findings, operations]).toEqual(['', [], [], null])
})
