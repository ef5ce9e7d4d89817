/**
 * Determines whether Alembic runs in a transaction that env.py leaves open. A SQLAlchemy 2 connection begins one at its
 * first statement, but Alembic commits only its own (MigrationContext.begin_transaction). Without a commit, the whole
 * upgrade is rolled back.
 */
import type { UncommittedStatement } from '../../core/history/env-effects.ts'
import { type Call, spanOf } from '../interpreter/run.ts'
import { type Term, textTerm } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type EnvRun, type EnvState, connectionNumber, database, isCertain, isDatabase } from './env-state.ts'

/** Options that may enable autocommit on a connection. */
const committing =
  /isolation_level|execution_options|autocommit|^(?:\*\*|creator|async_creator|module|plugins|pool)$/

/**
 * Returns the term for an engine. The term records whether connections always begin transactions, or only with
 * SQLAlchemy 2.0 and later.
 */
export function madeEngine(name: string, { args, keywords }: Call): Term {
  const [first] = args
  const inner = name === 'AsyncEngine' ? modeOf(first) : undefined
  const configured = name.endsWith('engine_from_config') ? first : undefined
  const options = [...keywords.keys(), ...keysOf(keywords.get('connect_args')), ...keysOf(configured)]
  const unclear =
    inner === null ||
    options.some((option) => option === null || committing.test(option)) ||
    (name.endsWith('engine_from_config') && configured === undefined)
  if (unclear) return database(null)
  const future = keywords.get('future')
  const always = name.includes('sync') || (future?.kind === 'bool' && future.value)
  return engine(always || inner === 'always' ? 'always' : 'sqlalchemy 2')
}

type Mode = UncommittedStatement['with']

function engine(mode: Mode): Term {
  const term = database(null)
  return term.kind === 'made' ? { ...term, keywords: new Map([['begins', textTerm(mode)]]) } : term
}

function modeOf(term: Term | null | undefined): Mode | null {
  const mode = term?.kind === 'made' && isDatabase(term) ? term.keywords.get('begins') : undefined
  if (mode?.kind !== 'str') return null
  return mode.value === 'always' ? 'always' : 'sqlalchemy 2'
}

/** Returns a dictionary's keys. A null entry stands for unknown keys. */
function keysOf(term: Term | undefined): readonly (string | null)[] {
  if (term === undefined) return []
  if (term.kind !== 'dict' || term.spoiled || term.open) return [null]
  return [...term.entries.values()].map(({ key }) => (key.kind === 'str' ? key.value : null))
}

/** Records a connection opened by `receiver.connect()`. */
export function opened({ state }: EnvRun, number: number, receiver: Term | null): void {
  const mode = modeOf(receiver)
  if (mode !== null) state.transactions.set(number, { mode, begun: null })
}

/** Records a statement, which begins a transaction if none is open. */
export function executed(env: EnvRun, number: number | null, sql: string | null, node: SyntaxNode): void {
  const { state, run } = env
  const transaction = number === null ? undefined : state.transactions.get(number)
  if (number === null || transaction === undefined || run.silent) return
  const plain = sql !== null && !/\b(?:commit|rollback|begin|end|start|abort|prepare|call|do)\b/i.test(sql)
  if (!plain || state.ran || (!isCertain(env) && transaction.begun === null)) forget(state, number)
  else transaction.begun ??= spanOf(run, node)
}

/** Methods and functions that don't end the transaction. */
const reading =
  /^(?:execute|exec_driver_sql|scalar|scalars|run_sync|connect|get_bind|in_transaction|configure|inspect|isinstance|hasattr|type|repr|str|id|get_backend_name)$/

/** Records a call that uses a connection. */
export function calledWith(env: EnvRun, name: string, receiver: Term | null, { args, keywords }: Call): void {
  const { state, run } = env
  if (state.transactions.size === 0 || run.silent || reading.test(name)) return
  for (const term of [receiver, ...args, ...keywords.values()]) {
    const number = connectionNumber(term)
    const transaction = number === null ? undefined : state.transactions.get(number)
    if (number === null || transaction === undefined) continue
    const ends = term === receiver && /^(?:commit|rollback)$/.test(name)
    if (ends && isCertain(env) && !state.ran) transaction.begun = null
    else forget(state, number)
  }
}

function forget(state: EnvState, number: number): void {
  state.transactions.delete(number)
  if (state.uncommitted?.connection === number) state.uncommitted = null
}

/** Handles `context.configure(connection=…)`. Alembic then checks whether a transaction is open. */
export function noteConfigure(env: EnvRun, connection: Term, keywords: Call['keywords']): void {
  const { state, run } = env
  if (run.silent || state.ran) return
  const number = connectionNumber(connection)
  const transaction = number === null ? undefined : state.transactions.get(number)
  const certain = isCertain(env) && !keywords.has('**') && !keywords.has('on_version_apply')
  state.uncommitted =
    certain && number !== null && transaction && transaction.begun !== null
      ? { connection: number, statement: { with: transaction.mode, span: transaction.begun } }
      : null
}
