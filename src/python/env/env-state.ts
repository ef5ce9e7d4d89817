/** State of the env.py interpreter, and the terms that represent its statements and databases. */
import type { EnvDoubt, EnvTouch, UncommittedStatement } from '../../core/history/env-effects.ts'
import type { Span } from '../../core/history/migration-module.ts'
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import type { Operation } from '../../core/history/operation.ts'
import { toText } from '../interpreter/library/format.ts'
import { type Run, spanOf } from '../interpreter/run.ts'
import type { SourceFile, Term } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'

/** Code that changes a setting. `connection` is null if it changes the setting on all connections. */
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

/** The alembic.ini section that Alembic reads; options that may contain a secret are null. */
export interface IniSection {
  readonly name: string
  readonly options: ReadonlyMap<string, string | null>
}

/** Facts collected so far while interpreting env.py. */
export interface EnvState {
  readonly dialect: DialectName
  /** Path of env.py itself. */
  readonly path: string
  /** Section of the ini file; null if it is unknown or env.py has changed it. */
  ini: IniSection | null
  /** If env.py sets the search path or the role several times, the last setting wins. */
  searchPath: (Setting & { readonly schemas: readonly string[] }) | null
  role: (Setting & { readonly role: string }) | null
  readonly operations: Operation[]
  doubts: EnvDoubt[]
  /** True once env.py has run the migrations. */
  ran: boolean
  /**
   * Arguments of each `context.configure` call, keyed by syntax node; null if the call ran several times with different
   * arguments.
   */
  readonly configured: Map<SyntaxNode, ReadonlyMap<string, Term> | null>
  /** Arguments and location of each `context.configure` call in other repository files. */
  readonly configuredElsewhere: Map<SyntaxNode, { keywords: ReadonlyMap<string, Term> | null; span: Span }>
  /** Connection passed to `context.configure`; null if unknown. */
  migrating: number | null
  connections: number
  /**
   * Transaction state of connections from env.py's own engines, by connection number. Excludes connections that may be
   * in autocommit mode.
   */
  readonly transactions: Map<number, { readonly mode: UncommittedStatement['with']; begun: Span | null }>
  /** True if env.py registers an event handler that may commit, or may enable autocommit on a connection. */
  listens: boolean
  /** The transaction that is known to be open at the last `context.configure` call; null if there is none. */
  uncommitted: { readonly connection: number; readonly statement: UncommittedStatement } | null
  /** Strings that mention search_path but aren't part of any executed statement. */
  mentions: SyntaxNode[]
}

/** The interpreter state for env.py, and the run that it belongs to. */
export interface EnvRun {
  readonly state: EnvState
  readonly run: Run
}

/** True if the code being interpreted always runs. */
export function isCertain({ run }: EnvRun): boolean {
  return run.under === null
}

/** True if the current code runs only after the migrations, or not at all. */
export function isOver({ state, run }: EnvRun): boolean {
  return state.ran || run.silent
}

/** Records code that can't be followed. Ignores code that never runs, or runs only after the migrations. */
export function doubt(env: EnvRun, node: SyntaxNode, touches: EnvTouch, what: string): void {
  if (isOver(env)) return
  const span = spanOf(env.run, node)
  const { doubts } = env.state
  if (!doubts.some((one) => one.what === what && one.span.line === span.line))
    doubts.push({ what, span, touches })
}

/** True if the name suggests a connection, an engine, a session or a cursor. */
export function saysConnection(name: string): boolean {
  return /^(?:\w+_)?(?:conn|connection|connectable|engine|bind|session|cursor)$/i.test(name)
}

const databasePath = 'env.database'
const statementPath = 'sqlalchemy.text'

function made(path: string, args: readonly Term[]): Term {
  return { kind: 'made', path, args, keywords: new Map(), source: '' }
}

/** Creates a term for an engine, a connection, a session or a cursor. `connection` is null if unknown. */
export function database(connection: number | null): Term {
  return made(databasePath, connection === null ? [] : [{ kind: 'int', value: BigInt(connection) }])
}

export function isDatabase(term: Term | null | undefined): boolean {
  return term?.kind === 'made' && term.path === databasePath
}

/**
 * Returns the connection number of a database term. Returns null if the number is unknown or if the term isn't a
 * database term.
 */
export function connectionNumber(term: Term | null): number | null {
  const [number] = term?.kind === 'made' && isDatabase(term) ? term.args : []
  return number?.kind === 'int' ? Number(number.value) : null
}

/** Creates a term for a SQL statement. The `hole` character stands for an unknown part of the text. */
export function statement(text: string): Term {
  return made(statementPath, [{ kind: 'template', text }])
}

/** Returns the text of a string or statement; null for any other term. */
export function sqlOf(term: Term | undefined): string | null {
  if (term?.kind === 'str' || term?.kind === 'template') return toText(term)
  return term?.kind === 'made' && term.path === statementPath ? toText(term) : null
}
