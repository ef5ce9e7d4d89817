import { postgresql } from '../../core/dialect/postgresql.ts'
import { type Discovery, edit } from '../../core/findings/finding.ts'
import { afterTables } from '../examples/example-migrations.ts'
import { type LintFacts, type MigrationRule, lintFinding } from '../../core/lint/lint-rule.ts'
import { addedKeyword } from '../../core/lint/call-edits.ts'
import { lockedTable, upgradeSteps } from '../../core/lint/lock-facts.ts'
import { sizeRows } from '../phrases/locked-table.ts'
import { mayRunOn } from '../../core/lint/dialect-guards.ts'
import type { Operation } from '../../core/history/operation.ts'
import { shown } from '../../core/text/display.ts'

/** Reports index builds that block writes, and uses of CONCURRENTLY that PostgreSQL rejects. */
const rule: MigrationRule = {
  code: 'AG420',
  name: 'index-not-concurrent',
  severity: 'warning',
  scope: 'migration',
  onByDefault: true,
  precision: { hits: 1465, read: 30, right: 30 },
  riskTag: 'locks',
  lock: { table: 'users', mode: 'ShareLock' },
  summary: 'An index is built on an existing table without CONCURRENTLY.',
  explanation: `\`CREATE INDEX\` reads the whole table under a SHARE lock: reads continue, but every INSERT, UPDATE
and DELETE waits until the migration's transaction ends. Adding a unique constraint or primary key builds an index
under an ACCESS EXCLUSIVE lock, which also blocks reads. \`CONCURRENTLY\` blocks neither, but PostgreSQL rejects it inside
a transaction (\`CREATE INDEX CONCURRENTLY cannot run inside a transaction block\`), and Alembic runs migrations in
a transaction. Tables that the same migration creates aren't reported: no other session can see them yet.`,
  cure: 'Build the index CONCURRENTLY inside `with op.get_context().autocommit_block():`, preferably in a separate migration, because the block commits everything before it. For a unique constraint, build a unique index that way, then run `ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX …`. A failed build leaves an INVALID index behind; drop it before you retry.',
  examples: {
    bad: {
      files: afterTables(
        ["op.create_index('ix_users_name', 'users', ['name'])"],
        ["op.drop_index('ix_users_name', 'users')"],
      ),
      underlined: "op.create_index('ix_users_name', 'users', ['name'])",
    },
    good: {
      files: afterTables(
        [
          'with op.get_context().autocommit_block():',
          "    op.create_index('ix_users_name', 'users', ['name'], postgresql_concurrently=True)",
        ],
        [
          'with op.get_context().autocommit_block():',
          "    op.drop_index('ix_users_name', 'users', postgresql_concurrently=True)",
        ],
      ),
    },
  },
  inspect(facts) {
    const steps = upgradeSteps(facts)
    return steps.flatMap((step, at) => {
      const concurrent = refused(step)
      if (concurrent !== null) {
        const outside =
          !mayRunOn(facts.project, postgresql) ||
          step.autocommit === true ||
          steps.slice(0, at).some((other) => other.kind === 'unrelated' && other.what === 'transaction') ||
          /autocommit/i.test(facts.migration.source.text + (facts.project.env?.text ?? ''))
        if (outside) return []
        return [
          lintFinding(facts, step.span, {
            severity: 'error',
            message: `${concurrent} CONCURRENTLY is inside the migration's transaction, where PostgreSQL rejects it.`,
            why: `The upgrade fails with ActiveSqlTransaction: ${concurrent} CONCURRENTLY cannot run inside a transaction block`,
            remedies: [
              edit('Put the statement inside "with op.get_context().autocommit_block():".', 'proven'),
            ],
            ...inAutocommitBlock(facts, step, null),
          }),
        ]
      }
      return buildsOf(step).flatMap(({ what, lock, waits }) => {
        const { table } = step as Extract<Operation, { kind: 'createIndex' }>
        const locked = lockedTable(facts, table, at)
        if (locked === null) return []
        return [
          lintFinding(facts, step.span, {
            severity: locked.severity,
            message: `${what} is built on ${shown(locked.name)} under ${lock === 'SHARE' ? 'a' : 'an'} ${lock} lock: ${waits} until the migration's transaction ends.`,
            why: 'The build reads the whole table, and blocked requests pile up until it finishes.',
            evidence: sizeRows(locked),
            remedies: [
              edit(
                lock === 'SHARE'
                  ? 'Build the index with postgresql_concurrently=True inside "with op.get_context().autocommit_block():".'
                  : 'First build a unique index CONCURRENTLY in an autocommit_block(), then run ADD CONSTRAINT ... USING INDEX.',
                'likely',
              ),
            ],
            ...(lock === 'SHARE' && inAutocommitBlock(facts, step, 'postgresql_concurrently=True')),
          }),
        ]
      })
    })
  },
}

/**
 * Adds `keyword` and an `autocommit_block()`. Returns no fix if `upgrade` does anything else, because the block would
 * also commit earlier steps.
 */
function inAutocommitBlock(
  facts: LintFacts,
  { span, kind }: Operation,
  keyword: string | null,
): Pick<Discovery, 'fix'> {
  const { source } = facts.migration
  const call = source.calls.find(({ range }) => range.line === span.line && range.column === span.column)
  if (call === undefined || span.path !== source.path || upgradeSteps(facts).length > 1) return {}
  if (!/\.(?:create|drop)_index$|\.execute$/.test(call.callee) || call.function !== 'upgrade') return {}
  if (keyword !== null && (kind !== 'createIndex' || !call.callee.endsWith('create_index'))) return {}
  if (call.within.length !== 1) return {}
  const { start, end } = call.range
  const lineStart = source.text.lastIndexOf('\n', start) + 1
  const indent = source.text.slice(lineStart, start)
  const whole = source.text.slice(start, end)
  const isAlone = /^[ \t]+$/.test(indent) && /^[ \t]*(?:\n|$)/.test(source.text.slice(end))
  // Indenting would change a multi-line string.
  if (!isAlone || /'''|"""|\\\n/.test(whole)) return {}
  const added = keyword === null ? { at: end, text: '' } : addedKeyword(source, call, keyword)
  if (added === null) return {}
  const given = source.text.slice(start, added.at) + added.text + source.text.slice(added.at, end)
  const step = indent.includes('\t') ? '\t' : '    '
  const body = given
    .split('\n')
    .map((line, index) => (index === 0 || line.trim() === '' ? line : step + line))
  const block = `with op.get_context().autocommit_block():\n${indent}${step}${body.join('\n')}`
  return { fix: [{ path: source.path, start, end, text: block }] }
}

interface Build {
  readonly what: string
  readonly lock: 'SHARE' | 'ACCESS EXCLUSIVE'
  readonly waits: string
}

function refused(step: Operation): string | null {
  if (step.kind === 'createIndex' && step.index.concurrently) return 'CREATE INDEX'
  return step.kind === 'dropIndex' && step.concurrently ? 'DROP INDEX' : null
}

/** The indexes that a step builds. */
function buildsOf(step: Operation): readonly Build[] {
  const writes = 'reads continue, but every INSERT, UPDATE and DELETE waits'
  const all = 'all reads and writes wait'
  const index = (name: string | null): Build => ({
    what: name === null ? 'An index' : `The index ${shown(name)}`,
    lock: 'SHARE',
    waits: writes,
  })
  const key = (kind: string): Build => ({
    what: `The index for a ${kind === 'unique' ? 'unique constraint' : 'primary key'}`,
    lock: 'ACCESS EXCLUSIVE',
    waits: all,
  })
  switch (step.kind) {
    case 'createIndex':
      return [index(step.index.name)]
    case 'addConstraint':
      return step.constraint.kind === 'unique' || step.constraint.kind === 'primaryKey'
        ? [key(step.constraint.kind)]
        : []
    case 'addColumn':
      return [
        ...step.indexes.map(({ name }) => index(name)),
        ...step.constraints.flatMap(({ kind }) => (kind === 'unique' ? [key(kind)] : [])),
      ]
    default:
      return []
  }
}

export default rule
