import { dialectOf } from '../core/dialect/index.ts'
import { advice, type Discovery, discovery, edit } from '../core/findings/finding.ts'
import type { Facts, Rule } from '../core/diagnosis/rule.ts'
import type { PredictedFailure } from '../core/dry-run/dry-run.ts'
import { printable, shown } from '../core/text/display.ts'
import { predictedFailure } from './statement-remedies.ts'

/** Fallback rule: a predicted failure that no other rule explains. */
const rule: Rule = {
  code: 'AG100',
  name: 'upgrade-would-fail',
  severity: 'error',
  summary: 'Alembic would fail or roll everything back, and no other rule explains why.',
  explanation: `In its simulation of \`alembic upgrade\`, the guard found a step that would fail. No
other rule explains the cause, so this finding shows Alembic's own error.

SQLAlchemy 2 rejects some calls that 1.4 accepts, such as \`connection.execute("SELECT 1")\` and \`sa.select([…])\`. The
guard reports them if the requirements or lock files (otherwise pyproject.toml) allow only SQLAlchemy 2.

One kind of failure produces no error message. A SQLAlchemy 2 connection begins a transaction at its first
statement. If env.py runs a statement such as \`SET search_path\` or \`PRAGMA\` before \`context.configure\` and
doesn't commit, Alembic leaves that transaction to env.py, and the whole upgrade is rolled back when the connection
closes. The command exits with 0, although nothing was committed. On SQLite, the tables are kept, but the version
row is lost.`,
  cure: "Read the error: the release would have failed with exactly that message. If the error doesn't help, please file a bug report and include the output of `alembic-guard check --format json`: every failure should be explained by a rule. It contains the names of the host, the database, tables and migrations, but no password and no URL. If env.py runs a statement without committing it, call `connection.commit()` right after it.",
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
    const raised = predictedFailure(facts, 'raised')
    if (raised !== null) return [raisedByMigration(raised)]
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
            "If this error doesn't tell you what to do, please file a bug report: the guard should explain this failure.",
            'unsure',
          ),
        ],
      }),
    ]
  },
}

/** Reports an exception raised by the migration's own code. */
function raisedByMigration({ revision, span, error, first }: PredictedFailure): Discovery {
  const name = shown(/^[^']*'(.*?)'/.exec(error.message)?.[1] ?? '')
  const uses = `Migration ${shown(revision)} uses ${name}`
  const [message, remedy] = error.instead
    ? [`Migration ${shown(revision)} makes a call that SQLAlchemy 2 rejects.`, edit(error.instead, 'likely')]
    : error.type === 'NameError'
      ? [
          `${uses}, which nothing in the file defines.`,
          edit(`Import or define ${name} in ${shown(span.path)}, or correct the name.`, 'likely'),
        ]
      : error.type === 'UnboundLocalError'
        ? [`${uses} before assigning it.`, edit(`Assign ${name} before this line.`, 'likely')]
        : error.type === 'IdentifierError'
          ? [
              `Migration ${shown(revision)} uses a name that is too long for the database.`,
              edit(
                'Shorten the name. SQLAlchemy only truncates names in op.f(...) and generated names.',
                'likely',
              ),
            ]
          : [
              `Migration ${shown(revision)} raises ${shown(error.type)}.`,
              advice(
                'The migration raises this error itself: do what the message says, or change the migration.',
              ),
            ]
  return discovery({
    severity: 'error',
    message,
    why: 'The release would end with this error.',
    evidence: [
      [
        first ? 'Alembic would say' : 'Error, or an earlier one',
        printable(`${error.type}: ${error.message}`),
      ],
    ],
    revisions: [revision],
    location: span,
    remedies: [remedy],
  })
}

/** Reports a transaction that env.py never commits. */
function undone({ database, target }: Facts): readonly Discovery[] {
  const statement = database?.pending?.kind === 'tried' ? database.pending.undone : undefined
  if (database === null || statement === undefined) return []
  const staysInPart = !dialectOf(database.state).transactionalDdl
  const lost = staysInPart ? 'but write no version row' : 'but change nothing'
  return [
    discovery({
      severity: 'error',
      location: statement.span,
      message: `"alembic upgrade ${printable(target)}" would report success ${lost}: env.py runs a statement before context.configure() and doesn't commit.`,
      why: staysInPart
        ? 'The statement begins a transaction that is never committed. The tables are kept, so the next upgrade fails when it tries to create them again.'
        : 'The statement begins a transaction that is never committed, so the whole upgrade is rolled back when the connection closes.',
      remedies: [
        edit('Call connection.commit() after that statement, before context.configure().', 'proven'),
      ],
    }),
  ]
}

export default rule
