/** Random histories in which a migration is lost after it was applied to a database. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Result of upgrading with the real Alembic. */
export interface Answer {
  readonly error: string | null
  /** File name and line in a migration that raised the error; null if no migration did. */
  readonly place: string | null
  readonly steps: readonly string[]
  readonly rows: readonly string[]
  readonly heads: readonly string[]
  readonly catalog: readonly string[]
}

/** A running Python process that has Alembic loaded. */
export interface Driver {
  readonly versions: string
  ask(request: {
    readonly root: string
    readonly url: string
    readonly reset?: boolean
    /** SQL to execute before the upgrade, one transaction per entry. */
    readonly sql?: readonly string[]
    /** Arguments for `alembic stamp`, which runs before the upgrade. */
    readonly stamp?: readonly string[]
    readonly upgrade: readonly string[]
  }): Promise<Answer>
  close(): void
}

export async function startDriver(python: string): Promise<Driver> {
  const script = fileURLToPath(new URL('incidents.py', import.meta.url))
  const child: ChildProcessWithoutNullStreams = spawn(python, [script])
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const line = await lines.next()
    if (line.done) throw new Error(`the driver ended: ${complaints.slice(-2000)}`)
    const said: T = JSON.parse(line.value)
    return said
  }
  const { versions } = await next<{ versions: string }>()
  return {
    versions,
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return next<Answer>()
    },
    close: () => child.stdin.end(),
  }
}

/** A migration in a random history. */
export interface Step {
  readonly id: string
  readonly parents: readonly string[]
  /** Statements in `upgrade()`. */
  readonly body: readonly string[]
}

/** A history with a lost revision. */
export interface Incident {
  readonly shape: 'linear' | 'branched' | 'merged'
  readonly steps: readonly Step[]
  readonly lost: string
  /** Upgrade targets, in order. After these upgrades, the version table contains the lost revision. */
  readonly applied: readonly string[]
  /** How many of the later files still reference the lost revision: none, every other one, or all. */
  readonly dangling: 'none' | 'some' | 'all'
  /** Whether the lost migration dropped or renamed something. */
  readonly drops: boolean
  readonly annotated: boolean
}

type Random = () => number

/** Returns a Mulberry32 generator, which produces the same sequence on every platform. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Creates an incident. One in twelve migrations leaves no trace in the schema. */
export function randomIncident(random: Random, postgres: boolean): Incident {
  const below = (count: number): number => Math.floor(random() * count)
  const shape = (['linear', 'branched', 'merged'] as const)[below(3)] ?? 'linear'
  const count = 3 + below(5)
  const steps: Step[] = []
  const idOf = (index: number): string =>
    [
      `rev${index}_${below(1000)}`,
      `${(0xabc0 + index * 7919 + below(500)).toString(16)}f${index}`,
      `step_${index}.v${below(9)}`,
    ][below(3)] ?? ''
  const ids = Array.from({ length: count }, (_, index) => idOf(index))
  const heads = new Set<string>()
  const tables: Table[] = []
  for (const [index, id] of ids.entries()) {
    const last = ids[index - 1]
    let parents: string[] = last === undefined ? [] : [last]
    if (shape !== 'linear' && index > 1) {
      const open = [...heads]
      if (open.length > 1 && (shape === 'merged' ? random() < 0.6 : false)) parents = open.slice(0, 2)
      else if (random() < 0.5) parents = [ids[below(index)] ?? '']
      else parents = [open[below(open.length)] ?? '']
    }
    if (shape === 'merged' && index === count - 1 && heads.size > 1) parents = [...heads]
    for (const parent of parents) heads.delete(parent)
    heads.add(id)
    const undoing = shape === 'linear' && below(3) === 0 ? undoingBody(index, tables, below, postgres) : null
    const dropping = below(5) === 0 ? droppingBody(index, ancestors(steps, parents), below, postgres) : null
    const body = dropping ?? undoing ?? bodyOf(index, ancestors(steps, parents), below, postgres)
    if (dropping === null && undoing === null && body[0]?.includes('create_table'))
      tables.push({ name: `t${index}`, column: `a${index}` })
    steps.push({ id, parents, body })
  }
  const lost = ids[below(count)] ?? ''
  const beside = [...heads].filter((head) => !ancestors(steps, [head]).includes(lost))
  const applied = [lost, ...beside.flatMap((head) => (random() < 0.5 ? [head] : []))]
  const dangling = (['none', 'none', 'none', 'some', 'all'] as const)[below(5)] ?? 'none'
  const drops = steps.some(({ id, body }) => id === lost && /drop_|rename_|new_column_name/.test(body.join()))
  return { shape, steps, lost, applied, dangling, drops, annotated: random() < 0.5 }
}

/** Returns statements that drop an ancestor's object. Alembic fails if later migrations still need it. */
function droppingBody(
  index: number,
  before: readonly string[],
  below: (count: number) => number,
  postgres: boolean,
): string[] | null {
  const tables = before.flatMap((name) => (name.startsWith('#t') ? [name.slice(1)] : []))
  const table = tables[below(tables.length)]
  if (table === undefined) return null
  const column = `a${table.slice(1)}`
  const create = below(2) === 0 ? [`op.create_table('k${index}', sa.Column('id', sa.Integer()))`] : []
  const drop = postgres
    ? [`op.drop_column('${table}', '${column}')`]
    : [`with op.batch_alter_table('${table}') as batch:`, `    batch.drop_column('${column}')`]
  return [
    ...create,
    ...([[`op.drop_table('${table}')`], drop, [`op.drop_index('ix_${table}_a', '${table}')`]][below(3)] ??
      []),
  ]
}

/** A table in its current state. `column` is the column that may be changed; null if there is none. */
interface Table {
  name: string
  column: string | null
}

/**
 * Returns statements that revert, rename or alter earlier objects; null if the randomly chosen change isn't
 * possible.
 */
function undoingBody(
  index: number,
  tables: Table[],
  below: (count: number) => number,
  postgres: boolean,
): string[] | null {
  const table = tables[below(tables.length)]
  if (!table) return null
  const column = table.column
  const own = `op.create_table('u${index}', sa.Column('id', sa.Integer(), primary_key=True))`
  switch (below(5)) {
    case 0:
      // Later calls must not change this table again.
      tables.splice(tables.indexOf(table), 1)
      return [
        `op.rename_table('${table.name}', 'r${index}')`,
        `op.rename_table('r${index}', '${table.name}')`,
        own,
      ]
    case 1:
      return [
        `op.create_table('g${index}', sa.Column('id', sa.Integer()))`,
        `op.drop_table('g${index}')`,
        own,
      ]
    case 2:
      if (column === null) return null
      table.column = null
      return [
        `with op.batch_alter_table('${table.name}') as batch:`,
        `    batch.alter_column('${column}', new_column_name='n${index}', existing_type=sa.String(40))`,
      ]
    case 3:
      if (column === null || !postgres) return null
      return [`op.alter_column('${table.name}', '${column}', nullable=False)`]
    default:
      return [
        `for name in ('v${index}', 'w${index}'):`,
        `    op.add_column('${table.name}', sa.Column(name, sa.Integer()))`,
        `with op.batch_alter_table('${table.name}') as batch:`,
        `    batch.drop_column('v${index}')`,
      ]
  }
}

function bodyOf(
  index: number,
  before: readonly string[],
  below: (count: number) => number,
  postgres: boolean,
): string[] {
  const table = `t${index}`
  const columns = [`sa.Column('id', sa.Integer(), primary_key=True)`, `sa.Column('a${index}', sa.String(40))`]
  if (postgres && below(4) === 0) columns.push(`sa.Column('mood', sa.Enum('x', 'y', name='mood${index}'))`)
  const create = `op.create_table('${table}', ${columns.join(', ')})`
  const other = before.length === 0 ? null : `t${below(index)}`
  const known = other !== null && before.includes(`#${other}`)
  if (below(12) === 0) return [`op.execute("SELECT 1")`]
  const choice = below(known ? 6 : 3)
  const lines = [
    [create],
    [create, `op.create_index('ix_${table}_a', '${table}', ['a${index}'])`],
    [create, `op.create_index(op.f('ux_${table}'), '${table}', ['a${index}', 'id'], unique=True)`],
    [`op.add_column('${other}', sa.Column('c${index}', sa.Integer()))`],
    [
      `with op.batch_alter_table('${other}') as batch:`,
      `    batch.add_column(sa.Column('d${index}', sa.Boolean()))`,
    ],
    [create, `op.add_column('${other}', sa.Column('e${index}', sa.Text(), nullable=True))`],
  ][choice] ?? [create]
  return lines
}

/** Returns all ancestors' ids, and an entry such as `#t0` for each table that they created. */
export function ancestors(steps: readonly Step[], ids: readonly string[]): readonly string[] {
  const found = new Set<string>()
  const open = [...ids]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const at = steps.findIndex((step) => step.id === id)
    const step = steps[at]
    if (!step || found.has(id)) continue
    found.add(id)
    if (step.body.some((line) => line.includes(`create_table('t${at}'`))) found.add(`#t${at}`)
    open.push(...step.parents)
  }
  return [...found]
}

/**
 * Returns the history without the lost file. The lost revision's children may reference its parents instead.
 */
export function afterLoss({ steps, lost, dangling }: Incident): readonly Step[] {
  const parents = steps.find(({ id }) => id === lost)?.parents ?? []
  return steps.flatMap((step, index) => {
    if (step.id === lost) return []
    if (dangling === 'all' || (dangling === 'some' && index % 2 === 0)) return [step]
    const replaced = step.parents.flatMap((parent) => (parent === lost ? parents : [parent]))
    // In a merge, leave out a parent that is an ancestor of another parent.
    const distinct = [...new Set(replaced)]
    const kept = distinct.filter(
      (one) => !distinct.some((other) => other !== one && ancestors(steps, [other]).includes(one)),
    )
    return [{ ...step, parents: kept }]
  })
}

/** Empties a folder and writes the project to it. */
export function writeProject(root: string, steps: readonly Step[], annotated: boolean): void {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'versions'), { recursive: true })
  writeFileSync(join(root, 'env.py'), env)
  writeFileSync(join(root, 'alembic.ini'), '[alembic]\nscript_location = .\n')
  for (const step of steps) {
    writeFileSync(join(root, 'versions', `${step.id}_x.py`), sourceOf(step, annotated))
  }
}

const env = `
from alembic import context
config = context.config
with config.attributes["engine"].connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`

function sourceOf({ id, parents, body }: Step, annotated: boolean): string {
  const [only] = parents
  const down =
    only === undefined
      ? 'None'
      : parents.length === 1
        ? `'${only}'`
        : `(${parents.map((one) => `'${one}'`).join(', ')})`
  const type = annotated ? ': Union[str, Sequence[str], None]' : ''
  return `"""migration ${id}

Revision ID: ${id}
Revises: ${parents.join(', ')}
Create Date: 2026-01-31 12:00:00

"""
${annotated ? 'from typing import Sequence, Union\n\n' : ''}from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


# revision identifiers, used by Alembic.
revision${annotated ? ': str' : ''} = '${id}'
down_revision${type} = ${down}
branch_labels${type} = None
depends_on${type} = None


def upgrade()${annotated ? ' -> None' : ''}:
${body.map((line) => `    ${line}`).join('\n')}


def downgrade()${annotated ? ' -> None' : ''}:
    pass
`
}
