/** Models `Base.metadata.create_all(bind)`, which creates the missing tables for all models. */
import type { CreateTable, Operation } from '../../../core/history/operation.ts'
import { resolveImported } from '../../interpreter/modules.ts'
import { type Call, importedSoFar, spanOf } from '../../interpreter/run.ts'
import type { Made, Term } from '../../interpreter/values.ts'
import { operationsOfDirective } from '../directives.ts'
import { isOwnConnection } from '../inspectors.ts'
import { type RecordingContext, storedIn } from '../recording.ts'
import { tablesOfBase } from './declared-models.ts'

/** Returns the steps that `create_all` performs for a declarative base; null if some tables are unknown. */
export function stepsOfCreateAll(
  call: Call,
  owner: Term,
  context: RecordingContext,
): readonly Operation[] | null {
  const { run, startFiles } = context
  const bind = call.args[0] ?? call.keywords.get('bind')
  const base = owner.kind === 'member' && owner.name === 'metadata' ? baseOf(owner.owner, context) : null
  const started = startFiles?.() ?? null
  if (call.args.length + call.keywords.size !== 1 || !isOwnConnection(bind) || !base || !started) return null
  const tables = tablesOfBase(base, importedSoFar(run), started, run)
  const created = tables?.map(({ name, args }) =>
    operationsOfDirective({
      name: 'create_table',
      args: [{ kind: 'str', value: name }, ...args],
      keywords: new Map([['if_not_exists', { kind: 'bool', value: true }]]),
      batch: null,
      dialect: context.dialect,
      span: spanOf(run, call.node),
    }),
  )
  if (!created || created.includes(null)) return null
  const steps = created.flatMap((one) => one ?? [])
  const inOrder = sorted(steps.filter((step) => step.kind === 'createTable'))
  const types = steps.filter((step) => step.kind === 'createEnum')
  if (inOrder === null || inOrder.length + types.length < steps.length) return null
  // `create_all` checks whether each type exists, even if only existing tables use it.
  const looked = types.map((type) => {
    const { implied: _, ...asked } = type
    return { ...asked, ifNotExists: true }
  })
  const distinct = looked.filter(
    (type, at) => looked.findIndex((one) => one.enum.name === type.enum.name) === at,
  )
  return storedIn(context, [...distinct, ...inOrder], 'Alembic')
}

/** Returns the term's declarative base; null if there is none. */
function baseOf(term: Term, { run }: RecordingContext): Made | null {
  const found = term.kind === 'imported' ? resolveImported(term, run) : term
  return found?.kind === 'made' ? found : null
}

/** Sorts tables so that referenced tables come first; null if impossible. */
function sorted(tables: readonly CreateTable[]): readonly CreateTable[] | null {
  const order: CreateTable[] = []
  const left = new Set(tables)
  while (left.size > 0) {
    const next = [...left].find(({ table, constraints }) =>
      constraints.every(
        (one) =>
          one.kind !== 'foreignKey' ||
          one.target.name === table.name ||
          order.some((earlier) => earlier.table.name === one.target.name),
      ),
    )
    if (!next) return null
    left.delete(next)
    order.push(next)
  }
  return order
}
