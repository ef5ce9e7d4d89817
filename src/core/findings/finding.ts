/** A finding and its remedies, as data. Knows nothing about output formats. */
import type { Span } from '../history/migration-module.ts'
import type { Relink, ReturningFile } from '../lost/restored-files.ts'
import type { RowChange } from '../restamp/version-sql.ts'
import type { TextEdit } from '../text/text-edits.ts'

/** `error` blocks, `warning` blocks with `--strict`, `note` never blocks. */
export type Severity = 'error' | 'warning' | 'note'

/** What a remedy modifies. */
export type Touches = 'nothing' | 'working-tree' | 'database'

/** Certainty of a remedy: proven by evidence, the usual case, or one of several possibilities. */
export type Applicability = 'proven' | 'likely' | 'unsure'

/** One way to fix a finding. `argv` is the command as words; null if the fix is a manual edit or advice. */
export interface Remedy {
  readonly kind: 'command' | 'edit' | 'advice'
  /** "If …" or an imperative; one sentence without the command. */
  readonly title: string
  readonly argv: readonly string[] | null
  /** Shell prefix for the command: `DATABASE_URL="$STAGING_URL"`; absent if the command doesn't need one. */
  readonly assignment?: string | null
  readonly touches: Touches
  readonly applicability: Applicability
  /**
   * Effect of the command on rows or files, which the judge examines; absent if the remedy doesn't need to be judged.
   */
  readonly action?: RemedyAction
}

/** The change a remedy makes, as data. */
export type RemedyAction =
  | { readonly kind: 'restamp'; readonly change: RowChange }
  /** `alembic stamp`: sets these rows, regardless of the current rows. */
  | { readonly kind: 'stamp'; readonly revisions: readonly string[] }
  /** `after` is null if the evidence determines the position. */
  | { readonly kind: 'placeholder'; readonly revisions: readonly string[]; readonly after: string | null }
  | { readonly kind: 'restore'; readonly plan: ReturningFiles }
  /** `alembic merge`: one revision on top of all these heads. */
  | { readonly kind: 'merge'; readonly heads: readonly string[] }

/** Migrations to restore, using any command: oldest first, the requested one last. */
export interface ReturningFiles {
  readonly files: readonly ReturningFile[]
  readonly relinks: readonly Relink[]
}

/** A constraint that a fix adds NOT VALID. */
export interface ConstraintToValidate {
  readonly table: { readonly schema: string | null; readonly name: string }
  readonly constraint: string
  /** False if a naming convention of the project's models may still change the name. */
  readonly exact: boolean
  /** The revision that adds the constraint; it has no children yet. */
  readonly after: string
}

/** Result of a rule; `diagnose` adds the rule's code and name. */
export interface Discovery {
  readonly severity: Severity
  /** The problem, with names filled in: one to three sentences. */
  readonly message: string
  /** Consequence if the release continues. */
  readonly why: string
  /** Facts as label and value, printed aligned: `['The database is stamped', 'guest_lockout_001']`. */
  readonly evidence: readonly (readonly [label: string, value: string])[]
  /** Further sentences, shown after `message` and `why`. */
  readonly details?: readonly string[]
  /** Raw revision ids, for machines. */
  readonly revisions: readonly string[]
  /** Tables involved, as named in the migrations. */
  readonly objects?: readonly string[]
  readonly location: Span | null
  /** End of the location in the same file, exclusive; absent if unknown. */
  readonly end?: { readonly line: number; readonly column: number }
  /** Source line of `location`; filled in if the file is available. */
  readonly sourceLine?: string
  /** Edits that fix exactly this finding. */
  readonly fix?: readonly TextEdit[]
  /**
   * Constraint that a second migration, written by `lint --fix`, must validate after `fix`; absent if `fix` is
   * complete.
   */
  readonly validates?: ConstraintToValidate
  readonly remedies: readonly Remedy[]
  /** Remedies to use if the judge accepts none of the commands in `remedies`. */
  readonly otherwise?: readonly Remedy[]
  /** A tempting but wrong fix, with the reason. */
  readonly notAdvised: string | null
  /**
   * True if the upgrade will be skipped, so that its failure doesn't affect this release; absent if the upgrade will
   * run.
   */
  readonly skipsUpgrade?: true
}

/** One finding of a diagnosis. */
export interface Finding extends Discovery {
  readonly code: string
  readonly name: string
  /** Set if the user ignores the finding, which is still listed. */
  readonly ignored: { readonly reason: string | null } | null
  /** Code of the cause under which the finding is nested; absent if it isn't nested. */
  readonly follows?: string
}

/** Returns whether a finding blocks the release; `strict`: warnings also block. */
export function isBlocking(
  { severity, ignored }: Pick<Finding, 'severity' | 'ignored'>,
  strict: boolean,
): boolean {
  return !ignored && (severity === 'error' || (strict && severity === 'warning'))
}

/** Fills in defaults for fields that rules usually omit. */
export function discovery(
  parts: Pick<Discovery, 'severity' | 'message' | 'why'> & Partial<Discovery>,
): Discovery {
  return { evidence: [], revisions: [], location: null, remedies: [], notAdvised: null, ...parts }
}

/** Creates a remedy that runs a command. */
export function command(
  title: string,
  argv: readonly string[],
  touches: Touches,
  applicability: Applicability,
  action?: RemedyAction,
): Remedy {
  return { kind: 'command', title, argv, touches, applicability, ...(action && { action }) }
}

/** Creates a remedy that is a manual edit. */
export function edit(title: string, applicability: Applicability): Remedy {
  return { kind: 'edit', title, argv: null, touches: 'working-tree', applicability }
}

/** Creates a remedy that is neither a command nor an edit, but something to find out or decide. */
export function advice(title: string, applicability: Applicability = 'likely'): Remedy {
  return { kind: 'advice', title, argv: null, touches: 'nothing', applicability }
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 }

/** Sorts errors first, then by code, location and names, for a deterministic order. */
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
