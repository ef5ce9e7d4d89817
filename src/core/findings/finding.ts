/** What a rule found and what can be done about it. Knows nothing of how it is printed. */
import type { Span } from '../history/migration-module.ts'
import type { Relink, ReturningFile } from '../lost/restore-plan.ts'
import type { RowChange } from '../restamp/version-sql.ts'
import type { TextEdit } from '../text/text-edits.ts'

/** `error` blocks, `warning` blocks under `--strict`, `note` never does. */
export type Severity = 'error' | 'warning' | 'note'

/** What following a remedy changes. */
export type Touches = 'nothing' | 'working-tree' | 'database'

/** How sure the remedy is: shown by evidence, the usual case, or one of several possibilities. */
export type Applicability = 'proven' | 'likely' | 'unsure'

/** One way out. `argv` is the command, word by word; null where the cure is an edit that a person makes. */
export interface Remedy {
  readonly kind: 'command' | 'edit' | 'advice'
  /** "If …" or an imperative; one sentence without the command. */
  readonly title: string
  readonly argv: readonly string[] | null
  /** Shell text in front of the command: `DATABASE_URL="$STAGING_URL"`; absent: none. */
  readonly assignment?: string | null
  readonly touches: Touches
  readonly applicability: Applicability
  /** What the command does to rows or files, so that it can be judged; absent: nothing that can. */
  readonly action?: RemedyAction
}

/** What a remedy changes, as data. */
export type RemedyAction =
  | { readonly kind: 'restamp'; readonly change: RowChange }
  /** `alembic stamp`: these rows, whatever they were. */
  | { readonly kind: 'stamp'; readonly revisions: readonly string[] }
  /** `after` null: where the evidence says. */
  | { readonly kind: 'placeholder'; readonly revisions: readonly string[]; readonly after: string | null }
  | { readonly kind: 'restore'; readonly plan: ReturningFiles }
  /** `alembic merge`: one revision behind all of these heads. */
  | { readonly kind: 'merge'; readonly heads: readonly string[] }

/** Migrations that come back, by whatever command: oldest first, the one that it is about last. */
export interface ReturningFiles {
  readonly files: readonly ReturningFile[]
  readonly relinks: readonly Relink[]
}

/** A constraint that a fix adds NOT VALID. */
export interface ConstraintToValidate {
  readonly table: { readonly schema: string | null; readonly name: string }
  readonly constraint: string
  /** False: a naming convention of the project's models may still change the name. */
  readonly exact: boolean
  /** The revision that adds it; nothing follows it yet. */
  readonly after: string
}

/** What a rule returns; `diagnose` adds the rule's code and name. */
export interface Discovery {
  readonly severity: Severity
  /** What is wrong, names filled in: one to three sentences. */
  readonly message: string
  /** What happens if the release goes on. */
  readonly why: string
  /** Both sides, to be printed aligned: `['The database is stamped', 'guest_lockout_001']`. */
  readonly evidence: readonly (readonly [label: string, value: string])[]
  /** What else was found out: sentences that stand after `message` and `why`. */
  readonly details?: readonly string[]
  /** The raw ids that it is about, for machines. */
  readonly revisions: readonly string[]
  /** Tables that it is about, as the migrations name them. */
  readonly objects?: readonly string[]
  readonly location: Span | null
  /** Where it ends, in the same file, behind its last character; absent: not known. */
  readonly end?: { readonly line: number; readonly column: number }
  /** The source line of `location`; filled in by whoever has the file at hand. */
  readonly sourceLine?: string
  /** A change that does away with it and does nothing else. */
  readonly fix?: readonly TextEdit[]
  /** `fix` leaves this to a second migration, which `lint --fix` writes; absent: it's complete. */
  readonly validates?: ConstraintToValidate
  readonly remedies: readonly Remedy[]
  /** What to do where the judge accepts none of the commands among the remedies. */
  readonly otherwise?: readonly Remedy[]
  /** What looks like a cure and is not, with the reason. */
  readonly notAdvised: string | null
  /** The upgrade is not going to be run, so that its failure is none of this release; absent: it is. */
  readonly skipsUpgrade?: true
}

/** One finding of a diagnosis. */
export interface Finding extends Discovery {
  readonly code: string
  readonly name: string
  /** Set when the user asked to ignore it; it is still listed. */
  readonly ignored: { readonly reason: string | null } | null
  /** The code of the finding that it follows from and is folded under; absent: it stands by itself. */
  readonly follows?: string
}

/** Whether a finding keeps the release back; `strict`: warnings do as well. */
export function isBlocking(
  { severity, ignored }: Pick<Finding, 'severity' | 'ignored'>,
  strict: boolean,
): boolean {
  return !ignored && (severity === 'error' || (strict && severity === 'warning'))
}

/** Fills in what a rule usually leaves out. */
export function discovery(
  parts: Pick<Discovery, 'severity' | 'message' | 'why'> & Partial<Discovery>,
): Discovery {
  return { evidence: [], revisions: [], location: null, remedies: [], notAdvised: null, ...parts }
}

/** A remedy that is a command to run. */
export function command(
  title: string,
  argv: readonly string[],
  touches: Touches,
  applicability: Applicability,
  action?: RemedyAction,
): Remedy {
  return { kind: 'command', title, argv, touches, applicability, ...(action && { action }) }
}

/** A remedy that is a change to a file, made by hand. */
export function edit(title: string, applicability: Applicability): Remedy {
  return { kind: 'edit', title, argv: null, touches: 'working-tree', applicability }
}

/** A remedy that is neither a command nor an edit: something to find out or to decide. */
export function advice(title: string, applicability: Applicability = 'likely'): Remedy {
  return { kind: 'advice', title, argv: null, touches: 'nothing', applicability }
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 }

/** Errors first, then by code, then by place and names: the same findings always come in the same order. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    rank[a.severity] - rank[b.severity] ||
    compareText(a.code, b.code) ||
    compareText(a.location?.path ?? '', b.location?.path ?? '') ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    compareText(a.revisions.join('\0'), b.revisions.join('\0'))
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
