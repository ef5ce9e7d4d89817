/** The env.py interpreter's state, and terms for statements and databases. */
import type { EnvDoubt, EnvTouch, UncommittedStatement } from '../../core/history/env-effects.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { Operation } from '../../core/history/operation.ts'
import { toText } from '../interpreter/library/format.ts'
import { type Run, spanOf } from '../interpreter/run.ts'
import type { SourceFile, Term } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'

/** Code that changes a setting. A null `connection` means all connections. */
export interface Setting {
  readonly connection: number | null
  readonly node: SyntaxNode
  readonly file: SourceFile
}

/** Values that Alembic passes to env.py. */
export interface EnvSurroundings {
  /** The section of the ini file that Alembic reads; null if unknown. */
  readonly ini: IniSection | null
  /** Absolute path of env.py; null if Python might see a different path. */
  readonly file: string | null
}

/** An ini section. Options that may contain a secret are null. */
export interface IniSection {
  readonly name: string
  readonly options: ReadonlyMap<string, string | null>
}

/** Facts collected while interpreting env.py. */
export interface EnvState {
  readonly dialect: DialectName
  readonly path: string
  /** Section of the ini file; null if unknown or changed by env.py. */
  ini: IniSection | null
  /** The last search path and role that env.py sets. */
  searchPath: (Setting & { readonly schemas: readonly string[] }) | null
  role: (Setting & { readonly role: string }) | null
  readonly operations: Operation[]
  doubts: EnvDoubt[]
  /** True once env.py has run the migrations. */
  ran: boolean
  /** Arguments of each `context.configure` call; null if the call runs repeatedly with different arguments. */
  readonly configured: Map<SyntaxNode, ReadonlyMap<string, Term> | null>
  /** Arguments and location of `context.configure` calls in other files. */
  readonly configuredElsewhere: Map<SyntaxNode, { keywords: ReadonlyMap<string, Term> | null; span: Span }>
  /** Connection passed to `context.configure`; null if unknown. */
  migrating: number | null
  connections: number
  /** Transactions, keyed by connection number. Only for engines that env.py creates without autocommit. */
  readonly transactions: Map<number, { readonly mode: UncommittedStatement['with']; begun: Span | null }>
  /** True if an event handler may commit or enable autocommit. */
  listens: boolean
  /** The transaction that is known to be open at the time of the last `context.configure` call, if any. */
  uncommitted: { readonly connection: number; readonly statement: UncommittedStatement } | null
  /** Strings that mention search_path outside executed statements. */
  mentions: SyntaxNode[]
}

/** The interpreter run for env.py, and the state that it collects. */
export interface EnvRun {
  readonly state: EnvState
  readonly run: Run
}

/** Whether the code being interpreted always runs. */
export function isCertain({ run }: EnvRun): boolean {
  return run.under === null
}

/** Whether the code being interpreted runs after the migrations, or never. */
export function isOver({ state, run }: EnvRun): boolean {
  return state.ran || run.silent
}

/** Records code that can't be followed, unless it runs after the migrations or doesn't run at all. */
export function doubt(env: EnvRun, node: SyntaxNode, touches: EnvTouch, what: string): void {
  if (isOver(env)) return
  const span = spanOf(env.run, node)
  const { doubts } = env.state
  if (!doubts.some((one) => one.what === what && one.span.line === span.line))
    doubts.push({ what, span, touches })
}

/** Whether the name suggests a connection, engine, session or cursor. */
export function saysConnection(name: string): boolean {
  return /^(?:\w+_)?(?:conn|connection|connectable|engine|bind|session|cursor)$/i.test(name)
}

const databasePath = 'env.database'
const statementPath = 'sqlalchemy.text'

function made(path: string, args: readonly Term[]): Term {
  return { kind: 'made', path, args, keywords: new Map(), source: '' }
}

/** A term for an engine, connection, session or cursor. `connection` is null if unknown. */
export function database(connection: number | null): Term {
  return made(databasePath, connection === null ? [] : [{ kind: 'int', value: BigInt(connection) }])
}

export function isDatabase(term: Term | null | undefined): boolean {
  return term?.kind === 'made' && term.path === databasePath
}

/** The connection number of a database term; null for an unknown number or any other term. */
export function connectionNumber(term: Term | null): number | null {
  const [number] = term?.kind === 'made' && isDatabase(term) ? term.args : []
  return number?.kind === 'int' ? Number(number.value) : null
}

/** A term that represents an SQL statement. `hole` marks unknown parts. */
export function statement(text: string): Term {
  return made(statementPath, [{ kind: 'template', text }])
}

/** The text of a string or statement; null for other terms. */
export function sqlOf(term: Term | undefined): string | null {
  if (term?.kind === 'str' || term?.kind === 'template') return toText(term)
  return term?.kind === 'made' && term.path === statementPath ? toText(term) : null
}
