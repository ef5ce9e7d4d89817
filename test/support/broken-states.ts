/** Generates histories of any length in typical broken states. */

/** A migration that creates a table with an index. */
export interface GeneratedRevision {
  readonly id: string
  readonly path: string
  readonly down: readonly string[]
  /** Number in the name of the table created by the revision. */
  readonly table: number
}

/** A history, and a database to which part of it has been applied. */
export interface GeneratedState {
  readonly revisions: readonly GeneratedRevision[]
  /** Rows in the version table. */
  readonly rows: readonly string[]
  /** Numbers in the names of the existing tables: 7 for `table_7`. */
  readonly tables: readonly number[]
  /** The lost revision; null if there is none. */
  readonly lost: string | null
}

const lostId = 'guest_lockout_001'

/** Broken states by name. `size` is the number of revisions, at least 100. */
export const generatedStates: Readonly<Record<string, (size: number) => GeneratedState>> = {
  healthy: (size) => stateOf(chain(size), [idAt(size - 1)], upTo(size)),
  'all pending': (size) => stateOf(chain(size), [], []),
  'half pending': (size) => stateOf(chain(size), [idAt(size / 2 - 1)], upTo(size / 2)),
  'two heads': (size) => {
    const part = Math.floor(size / 4)
    const trunk = size - 2 * part
    return stateOf(forked(trunk, 2, part), [idAt(trunk + part - 1)], upTo(trunk + part))
  },
  '50 heads': (size) => {
    const part = Math.floor(size / 100)
    const trunk = size - 50 * part
    return stateOf(forked(trunk, 50, part), [idAt(trunk - 1)], upTo(trunk))
  },
  'lost row, schema fits': (size) => ({
    ...stateOf(chain(size), [lostId], upTo(size / 2)),
    lost: lostId,
  }),
  'lost row, schema contradicts': (size) => ({
    ...stateOf(
      chain(size),
      [lostId],
      upTo(size).filter((index) => index % 2 === 0),
    ),
    lost: lostId,
  }),
  'lost row, no table': (size) => ({ ...stateOf(chain(size), [lostId], []), lost: lostId }),
  'lost parent': (size) => {
    const half = Math.floor(size / 2)
    const revisions = chain(size).map((one) => (one.table === half ? { ...one, down: [lostId] } : one))
    return { ...stateOf(revisions, [lostId], upTo(half)), lost: lostId }
  },
  cycle: (size) => {
    const half = Math.floor(size / 2)
    const revisions = chain(size).map((one) =>
      one.table === half ? { ...one, down: [idAt(half - 1), idAt(size - 2)] } : one,
    )
    return stateOf(revisions, [idAt(half - 1)], upTo(half))
  },
  'overlapping rows': (size) => {
    const rows = upTo(size / 100).map((index) => idAt(size - 1 - index * 90))
    return stateOf(chain(size), rows, upTo(size))
  },
  merges: (size) => stateOf(diamonds(size), [idAt(size - 1)], upTo(size)),
  'merges, half pending': (size) => {
    const half = Math.floor(size / 20) * 10
    return stateOf(diamonds(size), [idAt(half - 1)], upTo(half))
  },
  'merges, lost row': (size) => {
    const half = Math.floor(size / 20) * 10
    return { ...stateOf(diamonds(size), [lostId], upTo(half)), lost: lostId }
  },
  'merges, lost row, schema contradicts': (size) => ({
    ...stateOf(
      diamonds(size),
      [lostId],
      upTo(size).filter((index) => index % 2 === 0),
    ),
    lost: lostId,
  }),
  'duplicate ids': (size) => {
    const part = Math.floor(size / 10)
    const revisions = chain(size).map((one) =>
      one.table % part === part - 1 ? { ...one, path: `${one.path}_copy`, id: idAt(one.table - 1) } : one,
    )
    return stateOf(revisions, [idAt(size / 2 - 1)], upTo(size / 2))
  },
}

/** Returns the commands that a user would run in this state. */
export function verbsFor({ lost, rows, revisions }: GeneratedState): readonly (readonly string[])[] {
  const [row] = rows
  const head = revisions.at(-1)?.id ?? ''
  return [
    ['check'],
    ['check', '--format', 'json'],
    ['explain', lost ?? head],
    ...(lost === null ? [] : [['placeholder']]),
    ['restamp', ...(row === undefined ? ['--add', head] : ['--from', row, '--to', revisions[1]?.id ?? ''])],
    ...['text', 'mermaid', 'dot', 'svg', 'html', 'json'].map((format) => ['graph', '--format', format]),
    ['lint', '--pending'],
  ]
}

/** Returns a migration file in the style of Alembic's template. */
export function sourceOf({ id, down, table }: GeneratedRevision): string {
  const [first] = down
  const parents =
    first === undefined
      ? 'None'
      : down.length === 1
        ? `'${first}'`
        : `(${down.map((one) => `'${one}'`).join(', ')})`
  return `"""change ${table}

Revision ID: ${id}
Revises: ${down.join(', ')}
Create Date: 2026-01-01 12:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '${id}'
down_revision: Union[str, Sequence[str], None] = ${parents}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        'table_${table}',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_table_${table}_name', 'table_${table}', ['name'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_table_${table}_name', table_name='table_${table}')
    op.drop_table('table_${table}')
`
}

/** Returns SQL for SQLite or PostgreSQL that creates the database. */
export function databaseOf({ rows, tables }: GeneratedState): readonly string[] {
  return [
    'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)',
    ...rows.map((row) => `INSERT INTO alembic_version VALUES ('${row}')`),
    ...tables.flatMap((index) => [
      `CREATE TABLE table_${index} (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(120))`,
      `CREATE INDEX ix_table_${index}_name ON table_${index} (name)`,
    ]),
  ]
}

/**
 * Returns the id for a position in the history. The alphabetical order of the ids differs from the order in
 * the history.
 */
function idAt(place: number): string {
  return (Math.floor(place) * 2_654_435_761).toString(16).padStart(12, '0').slice(-12)
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: Math.floor(count) }, (_nothing, index) => index)
}

function stateOf(
  revisions: readonly GeneratedRevision[],
  rows: readonly string[],
  tables: readonly number[],
): GeneratedState {
  return { revisions, rows, tables, lost: null }
}

function revisionAt(place: number, parents: readonly number[]): GeneratedRevision {
  return { id: idAt(place), path: `${idAt(place)}_change_${place}`, down: parents.map(idAt), table: place }
}

function chain(size: number): readonly GeneratedRevision[] {
  return upTo(size).map((place) => revisionAt(place, place === 0 ? [] : [place - 1]))
}

/** Returns a trunk with branches of equal length. */
function forked(trunk: number, branches: number, length: number): readonly GeneratedRevision[] {
  return [
    ...chain(trunk),
    ...upTo(branches).flatMap((branch) =>
      upTo(length).map((index) => {
        const place = trunk + branch * length + index
        return revisionAt(place, [index === 0 ? trunk - 1 : place - 1])
      }),
    ),
  ]
}

/** Returns a history that forks and merges again every ten revisions. */
function diamonds(size: number): readonly GeneratedRevision[] {
  return upTo(size).map((place) => {
    const [start, index] = [place - (place % 10), place % 10]
    if (place === 0) return revisionAt(place, [])
    if (index === 5) return revisionAt(place, [start])
    if (index === 9) return revisionAt(place, [start + 4, start + 8])
    return revisionAt(place, [place - 1])
  })
}
