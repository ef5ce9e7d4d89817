/** Findings and their remedies as data, independent of output formats. */
import type { Span } from '../history/migration-module.ts'
import type { Relink, ReturningFile } from '../lost/restored-files.ts'
import type { RowChange } from '../restamp/version-sql.ts'
import type { TextEdit } from '../text/text-edits.ts'

/** `error` blocks the release, `warning` blocks it with `--strict`, and `note` never does. */
export type Severity = 'error' | 'warning' | 'note'

/** What a remedy modifies. */
export type Touches = 'nothing' | 'working-tree' | 'database'

/**
 * `proven`: supported by conclusive evidence. `likely`: correct in most cases. `unsure`: one of several
 * possibilities.
 */
export type Applicability = 'proven' | 'likely' | 'unsure'

/** One way to fix a finding. `argv` is null for edits and advice. */
export interface Remedy {
  readonly kind: 'command' | 'edit' | 'advice'
  /** One sentence without the command: an imperative, or a condition that starts with "If". */
  readonly title: string
  readonly argv: readonly string[] | null
  /** Shell prefix, such as `DATABASE_URL="$STAGING_URL"`; undefined if not needed. */
  readonly assignment?: string | null
  readonly touches: Touches
  readonly applicability: Applicability
  /** The change to verify before the remedy is shown, if any. */
  readonly action?: RemedyAction
}

/** The change made by a remedy. */
export type RemedyAction =
  | { readonly kind: 'restamp'; readonly change: RowChange }
  /** `alembic stamp`: replaces all version rows with these revisions. */
  | { readonly kind: 'stamp'; readonly revisions: readonly string[] }
  /** `after` is null if the position should be determined from the evidence. */
  | { readonly kind: 'placeholder'; readonly revisions: readonly string[]; readonly after: string | null }
  | { readonly kind: 'restore'; readonly plan: ReturningFiles }
  /** `alembic merge` of all these heads. */
  | { readonly kind: 'merge'; readonly heads: readonly string[] }

/** Restored migrations, oldest first. The requested migration comes last. */
export interface ReturningFiles {
  readonly files: readonly ReturningFile[]
  readonly relinks: readonly Relink[]
}

/** A constraint that a fix adds as NOT VALID, to be validated later. */
export interface ConstraintToValidate {
  readonly table: { readonly schema: string | null; readonly name: string }
  readonly constraint: string
  /** False if a naming convention in the models may rename the constraint. */
  readonly exact: boolean
  /** The revision that adds the constraint. It has no children yet. */
  readonly after: string
}

/** A problem found by a rule. `diagnose` adds the rule's code and name. */
export interface Discovery {
  readonly severity: Severity
  /** The problem in one to three sentences. */
  readonly message: string
  /** What happens if the release continues. */
  readonly why: string
  /** Pairs of a label and a value, such as `['The database is stamped', 'guest_lockout_001']`. */
  readonly evidence: readonly (readonly [label: string, value: string])[]
  /** Sentences shown after `message` and `why`. */
  readonly details?: readonly string[]
  /** Full revision ids, for machine-readable output. */
  readonly revisions: readonly string[]
  /** Affected tables, named as in the migrations. */
  readonly objects?: readonly string[]
  readonly location: Span | null
  /** End position (exclusive), in the same file as `location`; undefined if unknown. */
  readonly end?: { readonly line: number; readonly column: number }
  /** Source line at `location`; undefined if the file isn't available. */
  readonly sourceLine?: string
  /** Edits that fix this finding and change nothing else. */
  readonly fix?: readonly TextEdit[]
  /** Constraint that `lint --fix` validates in a second migration; undefined if none is needed. */
  readonly validates?: ConstraintToValidate
  readonly remedies: readonly Remedy[]
  /** Remedies shown if every command in `remedies` is rejected as unsafe. */
  readonly otherwise?: readonly Remedy[]
  /** A tempting but wrong fix, and why it's wrong. */
  readonly notAdvised: string | null
  /** True if the upgrade will be skipped and therefore can't fail. */
  readonly skipsUpgrade?: true
}

/** A finding with its rule's code and name. */
export interface Finding extends Discovery {
  readonly code: string
  readonly name: string
  /** Set if the user ignores the finding. Ignored findings are still listed. */
  readonly ignored: { readonly reason: string | null } | null
  /** Code of the finding that caused this finding, if any. */
  readonly follows?: string
}

/** Whether a finding blocks the release. Warnings do so only if `strict` is true; ignored findings never do. */
export function isBlocking(
  { severity, ignored }: Pick<Finding, 'severity' | 'ignored'>,
  strict: boolean,
): boolean {
  return !ignored && (severity === 'error' || (strict && severity === 'warning'))
}

/** Fills in fields that rules usually omit. */
export function discovery(
  parts: Pick<Discovery, 'severity' | 'message' | 'why'> & Partial<Discovery>,
): Discovery {
  return { evidence: [], revisions: [], location: null, remedies: [], notAdvised: null, ...parts }
}

/** A remedy that runs a command. */
export function command(
  title: string,
  argv: readonly string[],
  touches: Touches,
  applicability: Applicability,
  action?: RemedyAction,
): Remedy {
  return { kind: 'command', title, argv, touches, applicability, ...(action && { action }) }
}

/** A remedy that consists of a manual edit. */
export function edit(title: string, applicability: Applicability): Remedy {
  return { kind: 'edit', title, argv: null, touches: 'working-tree', applicability }
}

/** A remedy that asks the user to find out or decide something. */
export function advice(title: string, applicability: Applicability = 'likely'): Remedy {
  return { kind: 'advice', title, argv: null, touches: 'nothing', applicability }
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 }

/** Sorts findings by severity, code, location and revisions. */
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
