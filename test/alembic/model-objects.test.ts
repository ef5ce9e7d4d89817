/** Migrations that call methods on the results of a query. */
import { describe, expect, test } from 'vitest'
import { findJudges } from '../support/judges.ts'
import { executed, judgePending } from '../support/pending-migration.ts'

const judges = await findJudges('model-objects')
const { server, database } = judges

const model = (method: string, ...more: readonly string[]): readonly string[] => [
  'from sqlalchemy.orm import Session, declarative_base',
  'class Doc(declarative_base()):',
  "    __tablename__ = 'docs'",
  '    id = sa.Column(sa.Integer, primary_key=True)',
  '    kind = sa.Column(sa.String)',
  ...more.map((line) => `    ${line}`),
  '    def mark(self, session):',
  `        ${method}`,
  'session = Session(bind=op.get_bind())',
]
const rows = `session.execute(sa.text("UPDATE docs SET kind = 'b'"))`
const drop = `session.execute(sa.text('ALTER TABLE docs DROP COLUMN kind'))`
const last = `op.alter_column('docs', 'kind', new_column_name='sort')`
const polymorphic = [`__mapper_args__ = {'polymorphic_on': kind, 'polymorphic_identity': 'x'}`]
const subclass = [
  'class Other(Doc):',
  `    __mapper_args__ = {'polymorphic_identity': 'a'}`,
  '    def mark(self, session):',
  `        ${drop}`,
]

const uses = [
  ['an object in a loop', ['for doc in session.query(Doc).order_by(Doc.id).all():', '    doc.mark(session)']],
  ['an object in a loop over the query', ['for doc in session.query(Doc):', '    doc.mark(session)']],
  ['the first object', ['doc = session.query(Doc).filter(Doc.id > 0).first()', 'doc.mark(session)']],
  ['an object of a list', ['docs = session.query(Doc).all()', 'docs[0].mark(session)']],
] as const

async function ask(pending: readonly string[]) {
  const live = ['CREATE TABLE docs (id int PRIMARY KEY, kind text)', `INSERT INTO docs VALUES (1, 'a')`]
  const { report, error } = await judgePending(judges, executed(live), pending, database?.url ?? '')
  const reasons = report.prediction?.tried?.unchecked.map(({ reason }) => reason) ?? []
  return { verdict: report.verdict, error, reasons }
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  test.each(uses)('%s', async (_, lines) => {
    const harmless = await ask([...model(rows), ...lines, last])
    expect(harmless).toEqual({ verdict: 'pass', error: null, reasons: [] })
    const harmful = await ask([...model(drop), ...lines, last])
    expect(harmful.error).toMatch(/column "kind" does not exist/)
    // If there are no rows, there is no first object, so the call on it fails too.
    if (harmful.verdict === 'pass') expect(harmful.reasons.at(-1)).toBe('its preconditions are unknown')
    else expect(harmful.verdict).toBe('blocked')
  })

  test('an object that may be of another class', async () => {
    const [[, lines]] = uses
    const { verdict, error, reasons } = await ask([
      ...model(rows, ...polymorphic),
      ...subclass,
      ...lines,
      last,
    ])
    expect(error).toMatch(/column "kind" does not exist|column docs.kind does not exist/)
    expect(verdict).toBe('pass')
    expect(reasons.at(-1)).toBe('its preconditions are unknown')
  })
})
