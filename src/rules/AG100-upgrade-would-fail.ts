import { dialectOf } from '../core/dialect/index.ts'
import { advice, type Discovery, discovery, edit } from '../core/findings/finding.ts'
import type { Facts, Rule } from '../core/diagnosis/rule.ts'
import { printable } from '../core/text/display.ts'

/** Speaks only when Alembic would fail or be undone, and no other rule gave the reason. */
const rule: Rule = {
  code: 'AG100',
  name: 'upgrade-would-fail',
  severity: 'error',
  summary: 'Alembic would fail or undo everything, and no other rule says why.',
  explanation: `The guard walks through what \`alembic upgrade\` would do, step by step, and reached a step at
which Alembic stops. No rule of the guard knows a better explanation, so you get Alembic's own words.

One failure has no words at all. A connection of SQLAlchemy 2 begins a transaction with its first statement. If env.py runs
one before \`context.configure\` (\`SET search_path\`, \`PRAGMA\`) and doesn't commit, Alembic leaves the transaction to
env.py, and the whole upgrade is rolled back when the connection closes. The command exits with 0 and has done nothing; on
SQLite the tables stay, and the version row is lost.`,
  cure: `Read Alembic's sentence; it is the one the release would have died with. If it tells you nothing, please
report the case with the output of \`alembic-guard graph --format json\`: a failure that no rule explains is a
gap in the guard. For a statement without a commit: call \`connection.commit()\` right after it.`,
  examples: {
    bad: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: [],
      target: 'nosuchrevision',
    },
    good: {
      files: { 'a1.py': `revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n` },
      versions: [],
      target: 'a1',
    },
  },
  explains: [],
  inspect(facts) {
    const { database, target } = facts
    if (database?.prediction.outcome !== 'fails') return undone(facts)
    const { error, steps } = database.prediction
    const ran = steps.length === 0 ? 'before any migration runs' : `in or after ${steps.at(-1)?.revision}`
    return [
      discovery({
        severity: 'error',
        message: `"alembic upgrade ${printable(target)}" would fail ${printable(ran)}.`,
        why: 'The release would end with this error.',
        evidence: [['Alembic would say', printable(`${error.type}: ${error.message}`)]],
        remedies: [
          advice(
            "If this error doesn't tell you what to do, please report the case: the guard should know the reason.",
            'unsure',
          ),
        ],
      }),
    ]
  },
}

/** env.py leaves a transaction open that nobody commits. */
function undone({ database, target }: Facts): readonly Discovery[] {
  const statement = database?.pending?.kind === 'tried' ? database.pending.undone : undefined
  if (database === null || statement === undefined) return []
  const staysInPart = !dialectOf(database.state).transactionalDdl
  const lost = staysInPart ? 'without the version row' : 'with nothing done'
  return [
    discovery({
      severity: 'error',
      location: statement.span,
      message: `"alembic upgrade ${printable(target)}" would report success ${lost}: env.py runs a statement before context.configure() and doesn't commit.`,
      why: staysInPart
        ? 'The statement begins a transaction that nobody commits. The tables stay, and the next upgrade makes them again.'
        : 'The statement begins a transaction that nobody commits, so the whole upgrade is rolled back when the connection closes.',
      remedies: [
        edit('Call connection.commit() after that statement, before context.configure().', 'proven'),
      ],
    }),
  ]
}

export default rule
