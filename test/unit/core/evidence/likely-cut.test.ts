import { describe, expect, test } from 'vitest'
import { judgeEvidence } from '../../../../src/core/evidence/applied-revisions.ts'
import type { Operation, Operations } from '../../../../src/core/history/operation.ts'
import { choosePosition } from '../../../../src/core/lost/choose-position.ts'
import { positionDoubt } from '../../../../src/report/phrases/lost.ts'
import { positionFact } from '../../../../src/rules/phrases/schema-evidence.ts'
import type { SchemaSnapshot, TableSnapshot } from '../../../../src/core/schema/schema-snapshot.ts'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'
import { simplestCuts } from '../../../../src/core/evidence/likely-cut.ts'
import { stepsOf } from '../../../support/counted-steps.ts'
import { graphOf } from '../../../support/history.ts'

/** Returns the operations in an `upgrade()` that consists of these lines. */
function steps(...lines: readonly string[]): readonly Operation[] {
  const body = lines.length === 0 ? ['pass'] : lines
  const text = `from alembic import op
import sqlalchemy as sa
from rt import *
def upgrade():
${body.map((line) => `    ${line}`).join('\n')}
def downgrade():
    pass
`
  const { upgrade } = readOperations(new TextEncoder().encode(text), 'a.py', 'postgresql')
  if (upgrade.kind !== 'operations') throw new Error(upgrade.reason)
  return upgrade.operations
}

const create = (name: string): string =>
  `op.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True))`
const rows = `op.execute("UPDATE a SET id = id")`
const unread = 'anything()'

function live(name: string, about: Partial<TableSnapshot> = {}): TableSnapshot {
  const id = { name: 'id', type: 'integer', nullable: false, serverDefault: null }
  return { schema: 'public', name, visible: true, columns: [id], indexes: [], constraints: [], ...about }
}

function column(name: string, type: string): TableSnapshot['columns'][number] {
  return { name, type, nullable: true, serverDefault: null }
}

/** Returns the evidence and the chosen position for a lost revision, in a linear history `r0`, `r1`…. */
function incident(history: readonly (readonly Operation[])[], tables: readonly TableSnapshot[]) {
  const lines = Object.fromEntries(
    history.map((_, index) => [`r${index}`, index === 0 ? [] : [`r${index - 1}`]]),
  )
  const operations = new Map<string, Operations>(
    history.map((list, index) => [`r${index}`, { kind: 'operations', operations: list }]),
  )
  const graph = graphOf({ ...lines, lost: [] })
  const stamps = { lost: ['lost'], known: [] }
  const schema: SchemaSnapshot = {
    dialect: 'postgresql',
    defaultSchema: 'public',
    schemas: ['public'],
    enums: [],
    tables,
  }
  const evidence = judgeEvidence(graph, stamps, operations, schema, true)
  const chosen = choosePosition(graph, stamps, evidence, null, 'head')
  return {
    evidence,
    chosen,
    parents: chosen.kind === 'place' ? chosen.place.parents : null,
    certainty: chosen.kind === 'place' ? chosen.certainty : null,
    doubt: chosen.kind === 'place' ? positionDoubt(chosen) : null,
    facts: chosen.evidence.map(positionFact).join('; '),
  }
}

describe('a lost migration that dropped something', () => {
  const history = [steps(create('a')), steps(create('b')), steps(create('c'))]

  test('is placed where nothing else needs an explanation, and the position is likely', () => {
    const { parents, certainty, doubt } = incident(history, [live('b')])
    expect({ parents, certainty }).toEqual({ parents: ['r1'], certainty: 'likely' })
    expect(doubt).toBe(
      'the position after r1 is likely but not certain: assuming the lost migration dropped or changed table a',
    )
  })

  test('is placed there even if an opaque step could have undone everything', () => {
    const { evidence, parents, doubt } = incident([...history, steps(unread)], [live('b')])
    expect(evidence.cut.kind).not.toBe('proven')
    expect(parents).toEqual(['r1'])
    expect(doubt).toContain('dropped or changed table a')
    expect(doubt).toContain("r3, which can't be read in full, didn't run")
  })

  test('is refused if two positions leave equally much to explain', () => {
    const { chosen } = incident([steps(create('a')), steps('op.drop_table("a")'), steps(create('a'))], [])
    expect(chosen.kind).toBe('refused')
  })
})

describe('a column whose table or name has changed since', () => {
  const text = (name: string): string =>
    `op.create_table('${name}', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('x', sa.String()))`
  const asBefore = "op.alter_column('a', 'x', type_=sa.String(collation='C'))"
  const dropped = steps(create('d'))

  test.each([
    [
      'a table that replaces another',
      [text('a')],
      [text('b'), "op.drop_table('a')", "op.rename_table('b', 'a')"],
    ],
    [
      'a column that replaces another',
      [text('a')],
      [
        "op.add_column('a', sa.Column('y', sa.String()))",
        "op.drop_column('a', 'x')",
        "op.alter_column('a', 'y', new_column_name='x')",
      ],
    ],
  ])("%s keeps its type, so a later change to the same type isn't considered applied", (_, first, second) => {
    const history = [dropped, steps(...first), steps(...second), steps(asBefore)]
    const { parents } = incident(history, [
      live('a', { columns: [...live('a').columns, column('x', 'character varying')] }),
    ])
    expect(parents).not.toEqual(['r3'])
  })
})

describe('a mostly opaque history', () => {
  test("is taken literally: what an opaque step could have dropped hasn't been created yet", () => {
    const history = [steps(create('a')), steps(create('b')), steps(create('c')), steps(unread)]
    const { parents, certainty, doubt } = incident(history, [live('a')])
    expect({ parents, certainty }).toEqual({ parents: ['r0'], certainty: 'likely' })
    expect(doubt).toContain("assuming that r3, which can't be read in full, didn't run")
  })

  test('is refused if the opaque step may have dropped what a later step creates again', () => {
    const history = [
      steps(create('a'), create('b'), unread),
      steps("op.drop_table('b')", 'op.execute("DROP SCHEMA s CASCADE")', create('d')),
      steps(unread),
      steps(create('a'), create('c'), create('e')),
    ]
    expect(incident(history, [live('a')]).chosen.kind).toBe('refused')
  })

  test('is refused if only an opaque step would prove a position, and simpler explanations exist', () => {
    const history = [
      steps(create('a'), create('b')),
      steps("op.add_column('b', sa.Column('x', sa.Integer()))"),
      steps(create('c')),
      steps(unread),
      steps(create('d')),
    ]
    // The lost migration followed r0 and dropped b. Without it, only r3 could have dropped anything.
    const { chosen } = incident(history, [live('a')])
    expect(chosen).toMatchObject({ kind: 'refused', reason: { kind: 'several' } })
  })

  test('is refused if the opaque step itself may or may not have run', () => {
    const history = [steps(create('a')), steps(unread), steps(create('c'))]
    expect(incident(history, [live('a')]).chosen.kind).toBe('refused')
  })
})

describe('positions with no schema change between them', () => {
  test('are equivalent: the earliest is chosen, with a note', () => {
    const { parents, doubt, facts } = incident(
      [steps(create('a')), steps(), steps(`op.add_column('a', sa.Column('n', sa.Text()))`)],
      [live('a', { droppedColumns: 0 })],
    )
    expect(parents).toEqual(['r0'])
    expect(doubt).toBe(null)
    expect(facts).toContain('r1 changes nothing, so a later position would also fit')
  })

  test("aren't written by default if rows are changed between them", () => {
    const { parents, certainty, doubt } = incident(
      [steps(create('a')), steps(rows), steps(create('c'))],
      [live('a')],
    )
    expect({ parents, certainty }).toEqual({ parents: ['r0'], certainty: 'likely' })
    expect(doubt).toContain("r1 changes only data, so there's no way to tell whether it ran")
  })
})

describe('ambiguous names', () => {
  const unique = `op.create_unique_constraint('uq', 'a', ['id'])`
  const index = `op.create_index('uq', 'a', ['id'], unique=True)`
  const behind = { name: 'uq', unique: true, definition: null }
  const constraint = { name: 'uq', kind: 'unique', definition: 'UNIQUE (id)' } as const

  test("a UNIQUE constraint doesn't prove that a later migration created the index of that name", () => {
    const { parents } = incident(
      [steps(create('a')), steps(unique), steps(`op.drop_constraint('uq', 'a')`, index), steps(create('z'))],
      [live('a', { indexes: [behind], constraints: [constraint] })],
    )
    expect(parents).toEqual(['r1'])
  })

  test('the index itself does', () => {
    const { parents } = incident(
      [steps(create('a')), steps(unique), steps(`op.drop_constraint('uq', 'a')`, index), steps(create('z'))],
      [live('a', { indexes: [behind] })],
    )
    expect(parents).toEqual(['r2'])
  })

  test("a foreign key recreated without a name has PostgreSQL's default name", () => {
    const anew = steps(
      `op.drop_constraint('b_a_id_fkey', 'b', type_='foreignkey')`,
      `op.create_foreign_key(None, 'b', 'a', ['a_id'], ['id'], ondelete='CASCADE')`,
      `op.add_column('b', sa.Column('n', sa.Integer()))`,
    )
    const b = `op.create_table('b', sa.Column('a_id', sa.Integer(), sa.ForeignKey('a.id')))`
    const key = { name: 'b_a_id_fkey', kind: 'foreignKey', definition: null } as const
    const { evidence } = incident(
      [steps(create('a')), steps(b), anew, steps(create('z'))],
      [
        live('a'),
        live('b', { columns: [column('a_id', 'integer'), column('n', 'integer')], constraints: [key] }),
      ],
    )
    expect(evidence.cut).toMatchObject({ kind: 'proven', applied: new Set(['r0', 'r1', 'r2']) })
  })
})

describe('a column that the lost migration may have renamed', () => {
  const history = [
    steps(create('a')),
    steps(`op.add_column('a', sa.Column('cert_uuid', sa.String(36)))`),
    steps(create('z')),
  ]
  const renamed = (type: string, name = 'cert_ref') =>
    live('a', { columns: [column('id', 'integer'), column(name, type)] })

  test('is refused: whether it is the same one is unknown', () => {
    const { chosen } = incident(history, [{ ...renamed('character varying(512)'), droppedColumns: 0 }])
    expect(chosen.kind).toBe('refused')
  })

  test.each([
    ['type', renamed('integer')],
    ['name', renamed('character varying(36)', 'phone')],
  ])('is a different one according to its %s', (_, table) => {
    const { parents, certainty } = incident(history, [{ ...table, droppedColumns: 0 }])
    expect({ parents, certainty }).toEqual({ parents: ['r0'], certainty: 'proven' })
  })
})

/** Calls `work` when only a third of the stack is left. */
function deepDown<Result>(work: () => Result): Result {
  const depthLeft = (): number => {
    let depth = 0
    const down = (): void => {
      depth += 1
      down()
    }
    try {
      down()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
    return depth
  }
  const down = (left: number): Result => (left === 0 ? work() : down(left - 1))
  return down(Math.floor(depthLeft() * 0.7))
}

test('a history deeper than the stack is evaluated too', () => {
  const [made] = steps(create('a'))
  if (made?.kind !== 'createTable') throw new Error('no table')
  const names = Array.from({ length: 3900 }, (_, index) => `t${index}`)
  const history = names.map((name) => [{ ...made, table: { ...made.table, name } }])
  const tables = names.slice(0, 3800).map((name) => live(name))
  const { evidence } = deepDown(() => incident(history, tables))
  expect(evidence.revisions.get('r3799')?.state).toBe('applied')
  expect(evidence.revisions.get('r3899')?.state).toBe('absent')
})

test('a history with more revisions than sets to compare is not searched', () => {
  const size = 4000
  const graph = graphOf(
    Object.fromEntries(
      Array.from({ length: size }, (_, place) => [`r${place}`, place ? [`r${place - 1}`] : []]),
    ),
  )
  const search = (): unknown => simplestCuts(graph, { lost: [], known: [] }, new Map(), [])
  expect(search()).toMatchObject({ cuts: null, likely: null })
  // A full search would take more than 40 steps per revision.
  expect(stepsOf(() => void search()) / size).toBeLessThan(10)
})
