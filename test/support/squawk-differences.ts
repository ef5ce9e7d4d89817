/** Known reasons for differences between squawk and lint on real migrations. */
import type { LintedMigration } from '../../src/core/lint/lint-rule.ts'
import {
  type MigratedSchema,
  tableOf as migratedTable,
  typeOfColumn,
} from '../../src/core/schema/migrated-schema.ts'
import { needsRewrite } from '../../src/core/schema/type-change.ts'

/** A migration that either squawk or lint reports, but not both. */
export interface RealDifference {
  /** Codes of our rules, such as `AG424 AG427`. */
  readonly codes: string
  readonly alone: 'squawk' | 'ours'
  /** The statement reported by squawk; empty if only lint reports a statement. */
  readonly statement: string
  /** The SQL that Alembic renders for the migration. */
  readonly sql: string
  readonly migration: { readonly linted: LintedMigration; readonly before: MigratedSchema }
}

interface Reason {
  readonly codes: string
  readonly alone: RealDifference['alone']
  readonly why: string
  readonly holds: (difference: RealDifference) => boolean
}

/** Both `public.users` and `"users"` become `users`. */
const bare = (name: string | undefined): string => (name ?? '').replace(/"/g, '').split('.').at(-1) ?? ''

/** Returns the table named in an ALTER TABLE or CREATE INDEX statement. */
function tableOf(statement: string): string {
  return bare(/\b(?:alter table(?: if exists)?(?: only)?|on) ("?[\w.]+"?)/i.exec(statement)?.[1])
}

const creates = (sql: string, what: string, name: string): boolean =>
  new RegExp(`\\bcreate (?:${what})(?: if not exists)? "?(?:\\w+"?\\."?)?${name}\\b`, 'i').test(sql)

/** Whether a step that lint can't interpret may affect the table. */
function isUnclear({ statement, migration }: RealDifference): boolean {
  const { upgrade } = migration.linted
  if (upgrade.kind === 'unreadable') return true
  return upgrade.operations.some(
    (step) =>
      step.swallowed === true ||
      (step.kind === 'opaque' &&
        (step.touches === null || step.touches.some(({ name }) => name === tableOf(statement)))),
  )
}

/**
 * Returns whether the lock taken by DROP INDEX is harmless, because the table is locked anyway or the index
 * is new.
 */
function isLockedAnyway({ statement, sql, migration }: RealDifference): boolean {
  const index = bare(/drop index(?: if exists)? ("?[\w.]+"?)/i.exec(statement)?.[1])
  const steps = migration.linted.upgrade.kind === 'operations' ? migration.linted.upgrade.operations : []
  const drop = steps.find((step) => step.kind === 'dropIndex' && step.index.name === index)
  const table = drop?.kind === 'dropIndex' ? (drop.table?.name ?? null) : null
  if (table === null) return /\bdrop table\b/i.test(sql)
  return (
    creates(sql, '(?:unique )?index', index) ||
    new RegExp(`\\b(?:alter|drop) table (?:if exists )?"?(?:\\w+"?\\."?)?${table}\\b`, 'i').test(sql)
  )
}

const weaker =
  /^(?:create (?:unique )?index|create (?:or replace )?(?:view|function|sequence|statistics|type|extension)|comment|alter type|drop (?:sequence|function|type|index concurrently|view|materialized view)|create table)\b|\bvalidate constraint\b|\badd (?:constraint \S+ )?foreign key\b/i

const reasons: readonly Reason[] = [
  {
    codes: 'AG432',
    alone: 'squawk',
    why: 'the lock is weaker than ACCESS EXCLUSIVE, or no table is locked',
    holds: ({ statement }) => weaker.test(statement),
  },
  {
    codes: 'AG432, AG421',
    alone: 'squawk',
    why: 'nobody else uses a table that the migration creates',
    holds: ({ statement, sql }) => creates(sql, 'table', tableOf(statement)),
  },
  {
    codes: 'AG432',
    alone: 'ours',
    why: "squawk can't parse the SQL, which is meant for MySQL",
    holds: ({ sql }) => /\bupdate \w+ inner join\b/i.test(sql),
  },
  {
    codes: 'AG420',
    alone: 'squawk',
    why: 'nobody writes to a materialized view',
    holds: ({ statement, sql }) => creates(sql, 'materialized view', tableOf(statement)),
  },
  {
    codes: 'AG420',
    alone: 'ours',
    why: 'a primary key builds an index too',
    holds: ({ sql }) => /\badd (?:constraint \S+ )?primary key\b/i.test(sql),
  },
  {
    codes: 'AG420, AG424 AG427',
    alone: 'ours',
    why: 'squawk takes a new table for an existing one with the same name in another schema',
    holds: ({ sql }) => {
      const made = [...sql.matchAll(/\bcreate table (\w+)\.(\w+)/gi)]
      return made.some(([, schema, name]) => new RegExp(`\\b(?!${schema}\\.)\\w+\\.${name}\\b`).test(sql))
    },
  },
  {
    codes: 'AG421',
    alone: 'squawk',
    why: 'the migration empties the table first',
    holds: ({ statement, sql }) =>
      new RegExp(`\\b(?:delete from|truncate(?: table)?) ${tableOf(statement)}\\b`, 'i').test(sql),
  },
  {
    codes: 'AG422',
    alone: 'ours',
    why: 'nextval() is computed for each row, so PostgreSQL rewrites the table',
    holds: ({ sql }) => /\badd column \w+ (?:big|small)?serial\b/i.test(sql),
  },
  {
    codes: 'AG423',
    alone: 'squawk',
    why: "PostgreSQL rewrites nothing; squawk doesn't know the column's type",
    holds: ({ statement, migration }) => {
      const { upgrade } = migration.linted
      const steps = upgrade.kind === 'operations' ? upgrade.operations : []
      const column = bare(/\balter column ("?\w+"?)/i.exec(statement)?.[1])
      const change = steps.find((step) => step.kind === 'alterColumn' && step.column === column)
      if (change?.kind !== 'alterColumn' || change.type === null) return false
      const old = typeOfColumn(migration.before, change.table, column) ?? change.existingType
      return old !== undefined && needsRewrite(old, change.type) === null
    },
  },
  {
    codes: 'AG424 AG427',
    alone: 'squawk',
    why: 'PostgreSQL has no NOT VALID for unique constraints and primary keys; AG420 reports them',
    holds: ({ statement }) => /\badd (?:constraint \S+ )?(?:unique|primary key)\b/i.test(statement),
  },
  {
    codes: 'AG425',
    alone: 'squawk',
    why: 'the column is NOT NULL already',
    holds: ({ statement, migration }) => {
      const column = bare(/\balter column ("?\w+"?)/i.exec(statement)?.[1])
      const table = migratedTable(migration.before, { schema: null, name: tableOf(statement) })
      return table?.columns.get(column)?.nullable === false
    },
  },
  {
    codes: 'AG433',
    alone: 'squawk',
    why: "the migration creates the index, or locks or drops the index's table anyway",
    holds: isLockedAnyway,
  },
  {
    codes: 'AG420, AG421, AG423, AG425, AG432, AG433',
    alone: 'squawk',
    why: 'the step depends on a condition or a `try`, so lint leaves it out',
    holds: isUnclear,
  },
]

/** Returns the reason for a difference; null if unknown. */
export function reasonFor(found: RealDifference): string | null {
  const { codes, alone } = found
  const flat = (text: string): string => text.replace(/\s+/g, ' ')
  const difference = { ...found, statement: flat(found.statement), sql: flat(found.sql) }
  const known = reasons.find(
    (one) => one.codes.split(', ').includes(codes) && one.alone === alone && one.holds(difference),
  )
  return known?.why ?? null
}
