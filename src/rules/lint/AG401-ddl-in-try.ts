import { postgresql } from '../../core/dialect/postgresql.ts'
import { edit } from '../../core/findings/finding.ts'
import { isNotForPostgres, mayRunOn } from '../../core/lint/dialect-guards.ts'
import { type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import type {
  CallFact,
  Enclosure,
  FunctionFact,
  Range,
  SourceFacts,
} from '../../core/history/python-source.ts'
import { isDdl } from '../../core/schema/sql-outline.ts'
import { shown } from '../../core/text/display.ts'

/**
 * Reports a schema change in a `try` that swallows its exception, although PostgreSQL has aborted the transaction.
 */
const rule: MigrationRule = {
  code: 'AG401',
  name: 'ddl-in-try',
  severity: 'error',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 133, read: 30, right: 30 },
  summary: 'A schema change is inside a `try` whose `except` swallows the error.',
  explanation:
    "On PostgreSQL, a failed statement aborts the transaction. `except` catches the exception but doesn't recover the transaction: every later statement, including Alembic's update of the version row, fails with *current transaction is aborted, commands ignored until end of transaction block*. The release fails with an error about an unrelated statement.",
  cure: `Check whether the object exists: use \`sa.inspect(op.get_bind()).has_table("…")\`, \`if_exists=True\` or
\`IF NOT EXISTS\`. If that isn't possible, run the statement in a savepoint inside the \`try\`:
\`with op.get_bind().begin_nested():\`.`,
  examples: {
    bad: {
      files: {
        'a1.py': `"""Add notes"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))
    try:
        op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))
    except Exception:
        pass


def downgrade():
    op.drop_table('notes')
`,
      },
      underlined: `op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))`,
    },
    good: {
      files: {
        'a1.py': `"""Add notes"""
import sqlalchemy as sa
from alembic import op

revision = 'a1'
down_revision = None


def upgrade():
    if not sa.inspect(op.get_bind()).has_table('notes'):
        op.create_table('notes', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    op.drop_table('notes')
`,
      },
    },
  },
  inspect(facts) {
    const { source } = facts.migration
    if (!/\btry\b|\bsuppress\b/.test(source.text) || !mayRunOn(facts.project, postgresql)) return []
    const seen = new Set<number>()
    return source.calls.flatMap((call) => {
      const guard = swallowing(source, call)
      if (guard === null || seen.has(guard.range.start)) return []
      if (!changesSchema(call) && !handsOverDirective(source, call)) return []
      if (isNotForPostgres(call) || inSavepoint(source, call, guard)) return []
      seen.add(guard.range.start)
      return [
        lintFinding(facts, call.range, {
          severity: 'error',
          message: `${shown(call.written)} ${guard.words} on line ${guard.range.line}, ${guard.goesOn}.`,
          why: 'If the statement fails, PostgreSQL aborts the transaction. Every later statement, including the version row update, fails with InFailedSqlTransaction.',
          remedies: [
            edit('Instead of catching the error, check whether the object exists.', 'likely'),
            edit(
              'Or run the statement in a savepoint: with op.get_bind().begin_nested() inside the try.',
              'likely',
            ),
          ],
        }),
      ]
    })
  },
}

/** A block that swallows exceptions raised by a call. */
interface Guard {
  readonly range: Range
  readonly words: string
  readonly goesOn: string
}

/** The innermost block that swallows exceptions from a call, if any. */
function swallowing(source: SourceFacts, call: CallFact): Guard | null {
  const around = call.within.findLast(
    (each) =>
      (each.kind === 'try' && each.part === 'body' && each.swallows) ||
      (each.kind === 'with' && suppresses(source, each)),
  )
  if (around !== undefined) {
    return around.kind === 'try'
      ? { range: around.range, words: 'is inside a try', goesOn: 'whose except block swallows the error' }
      : { range: around.range, words: 'is inside contextlib.suppress()', goesOn: 'which swallows the error' }
  }
  const helper = source.functions.find(({ name }) => name === call.callee)
  const inner = helper === undefined ? null : triedParameter(source, helper)
  return (
    inner && {
      range: inner,
      words: 'is called inside a try',
      goesOn: 'whose except block swallows the error',
    }
  )
}

/** Exceptions that the PostgreSQL schema can't cause. */
const elsewhere = /^(?:\w+\.)*(?:NotImplementedError|\w*ImportError|AttributeError|KeyError|IndexError|ValueError|TypeError|OSError|FileNotFoundError|OperationalError|NoSuchTableError)$/ // prettier-ignore

function suppresses(source: SourceFacts, { range }: Enclosure): boolean {
  const call = source.calls.find(
    ({ callee, range: own }) =>
      callee === 'contextlib.suppress' && own.start >= range.start && own.line === range.line,
  )
  return call !== undefined && !call.args.every((one) => elsewhere.test(one.source))
}

/** The `try` block that calls one of the function's parameters and swallows exceptions. */
function triedParameter(source: SourceFacts, { name, range }: FunctionFact): Range | null {
  const known = new Set([
    ...source.imports.map(({ bound }) => bound),
    ...source.functions.map((one) => one.name),
  ])
  const call = source.calls.find(
    ({ written, within, range: own }) =>
      range.start < own.start &&
      own.end <= range.end &&
      /^\w+$/.test(written) &&
      written !== name &&
      !known.has(written) &&
      !/^(?:print|len|str|repr|getattr|isinstance|list|dict|set|tuple|sorted|range|int)$/.test(written) &&
      within.some((each) => each.kind === 'try' && each.part === 'body' && each.swallows),
  )
  return call?.within.findLast(({ kind }) => kind === 'try')?.range ?? null
}

/** Whether a call passes an operation to a local function, as in `_safe(op.add_column, …)`. */
function handsOverDirective(source: SourceFacts, { args, callee }: CallFact): boolean {
  if (!source.functions.some(({ name }) => name === callee)) return false
  return args.some(({ kind, source: text, range }) =>
    kind === 'name'
      ? source.imports.some(
          ({ bound, module, name }) =>
            module === 'alembic' &&
            name === 'op' &&
            text.startsWith(`${bound}.`) &&
            !harmless.test(text.slice(bound.length + 1)),
        )
      : source.calls.some(
          (inner) =>
            range.start <= inner.range.start &&
            inner.range.end <= range.end &&
            kind === 'other' &&
            changesSchema(inner),
        ),
  )
}

const harmless = /^(?:get_bind|get_context|f|inline_literal|batch_alter_table|execute|invoke|run_async|register_operation|implementation_for)$/ // prettier-ignore

function changesSchema(call: CallFact): boolean {
  const directive = /^(?:alembic\.op|batch)\.(?<name>\w+)$/.exec(call.callee)?.groups?.['name']
  if (directive !== undefined && !harmless.test(directive)) return true
  const executes = directive === 'execute' || /^bind\.(?:execute|exec_driver_sql)$/.test(call.callee)
  const [statement] = call.args
  if (!executes || statement === undefined) return false
  const text = statement.text ?? statement.call?.args[0]?.text ?? null
  return text !== null && isDdl(text)
}

/** Whether the call is in a savepoint or autocommit block, so that its failure is contained. */
function inSavepoint(source: SourceFacts, { within, range }: CallFact, guard: Guard): boolean {
  const inside = within.some(
    (each) =>
      each.kind === 'with' &&
      (/begin_nested|autocommit/.test(each.source) ||
        // The statement uses its own connection or transaction.
        (each.range.start > guard.range.start && /\bbegin\(|\bconnect\(|savepoint/i.test(each.source))),
  )
  const text = source.text.slice(guard.range.start, guard.range.end)
  const before = source.text.slice(0, range.start)
  return (
    inside ||
    /savepoint|begin_nested|\brollback\b/i.test(text) ||
    /isolation_level\s*=\s*["']AUTOCOMMIT/.test(before)
  )
}

export default rule
