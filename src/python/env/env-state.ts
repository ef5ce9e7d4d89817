/** What following env.py has found so far, and the values that stand for statements and databases in it. */
import type { EnvDoubt, EnvTouch } from '../../core/history/env-effects.ts'
import type { DialectName } from '../../core/dialect/dialect.ts'
import type { Operation } from '../../core/history/operation.ts'
import { toText } from '../interpreter/operators.ts'
import { type Run, spanOf } from '../interpreter/run.ts'
import type { SourceFile, Term } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'

/** Where something is set, and on which connection; null: any. */
export interface Setting {
  readonly connection: number | null
  readonly node: SyntaxNode
  readonly file: SourceFile
}

/** What Alembic hands to env.py. */
export interface EnvSurroundings {
  /** Null: no section is known. */
  readonly ini: IniSection | null
  /** The whole path of the file; null where Python may see another one. */
  readonly file: string | null
}

/** The section of alembic.ini that Alembic reads; the value of an option that may hold a secret is null. */
export interface IniSection {
  readonly name: string
  readonly options: ReadonlyMap<string, string | null>
}

/** What env.py has done so far. */
export interface EnvState {
  readonly dialect: DialectName
  /** The path of env.py itself. */
  readonly path: string
  /** Null: no section is known, or env.py has changed it. */
  ini: IniSection | null
  /** The last setting of each kind counts. */
  searchPath: (Setting & { readonly schemas: readonly string[] }) | null
  role: (Setting & { readonly role: string }) | null
  readonly operations: Operation[]
  doubts: EnvDoubt[]
  /** Migrations have run: what comes later is no longer before them. */
  ran: boolean
  /** What each call of `context.configure` was given, by its node; null: it was made with different things. */
  readonly configured: Map<SyntaxNode, ReadonlyMap<string, Term> | null>
  /** The connection of `context.configure`; null: not known. */
  migrating: number | null
  connections: number
  /** Texts that name search_path and that no statement has used. */
  mentions: SyntaxNode[]
}

/** The state, and where the code is that is followed now. */
export interface EnvRun {
  readonly state: EnvState
  readonly run: Run
}

/** Is it certain that what is followed now runs in a release, before the migrations? */
export function isCertain({ run }: EnvRun): boolean {
  return run.under === null
}

/** Does what is followed now come too late for the migrations, or never run itself? */
export function isOver({ state, run }: EnvRun): boolean {
  return state.ran || run.silent
}

/** Notes that something can't be followed, unless it comes after the migrations. */
export function doubt(env: EnvRun, node: SyntaxNode, touches: EnvTouch, what: string): void {
  if (isOver(env)) return
  const span = spanOf(env.run, node)
  const { doubts } = env.state
  if (!doubts.some((one) => one.what === what && one.span.line === span.line))
    doubts.push({ what, span, touches })
}

/** Is it the name of a connection, an engine, a session or a cursor? */
export function saysConnection(name: string): boolean {
  return /^(?:\w+_)?(?:conn|connection|connectable|engine|bind|session|cursor)$/i.test(name)
}

const databasePath = 'env.database'
const statementPath = 'sqlalchemy.text'

function made(path: string, args: readonly Term[]): Term {
  return { kind: 'made', path, args, keywords: new Map(), source: '' }
}

/** An engine, a connection, a session or a cursor; `connection` null: not known which. */
export function database(connection: number | null): Term {
  return made(databasePath, connection === null ? [] : [{ kind: 'int', value: BigInt(connection) }])
}

export function isDatabase(term: Term | null | undefined): boolean {
  return term?.kind === 'made' && term.path === databasePath
}

/** The connection of a database; null: not known, or it is none. */
export function connectionNumber(term: Term | null): number | null {
  const [number] = term?.kind === 'made' && isDatabase(term) ? term.args : []
  return number?.kind === 'int' ? Number(number.value) : null
}

/** A statement with this text, in which `hole` stands for what isn't known. */
export function statement(text: string): Term {
  return made(statementPath, [{ kind: 'template', text }])
}

/** The text of a string or a statement; null: it is neither. */
export function sqlOf(term: Term | undefined): string | null {
  if (term?.kind === 'str' || term?.kind === 'template') return toText(term)
  return term?.kind === 'made' && term.path === statementPath ? toText(term) : null
}
