/** What is known about an expression: its type, or why PostgreSQL refuses it. */

/** What an expression can refer to. */
export interface Names {
  /**
   * The type of a column. `?` if the column exists but its type isn't known; `missing` if there is no such column; null
   * if neither is known.
   */
  column(table: string | null, name: string): string | null
  /** The type that a cast names; null if unknown. */
  typeOf(written: string): string | null
  /** Whether the enum has the label, and statements may use it; null if unknown. */
  hasLabel(type: string, label: string): boolean | null
  /** The labels of an enum; null if unknown. */
  labelsOf(type: string): readonly string[] | null
  /** True if the name, as written in SQL, is certainly the name of a relation. */
  hasRelation(written: string): boolean
}

/** The value of an expression. */
export interface Value {
  readonly type: string
  /** True if the value depends on nothing but the row. */
  readonly immutable: boolean
  /** True if no row makes the expression fail. */
  readonly safe: boolean
  /** False if the value may be the same in every row. */
  readonly usesRow: boolean
  /** The text column that decides the collation; null if there is none. */
  readonly collation: string | null
  /** A quoted constant's text; undefined for anything else. */
  readonly constant?: string
  /** The enum whose labels the text is one of; undefined if unknown. */
  readonly labelOf?: string
  /** The number of characters that the text has at most; undefined if unknown. */
  readonly width?: number
  /** The digits of a plain number; undefined for anything else. */
  readonly digits?: string
  /** True if it's certainly NULL. */
  readonly isNull?: true
}

/** Why PostgreSQL certainly refuses an expression. */
export type Refusal =
  | { readonly kind: 'missing column'; readonly table: string | null; readonly name: string }
  | { readonly kind: 'no operator'; readonly left: string; readonly right: string }
  | { readonly kind: 'no cast'; readonly from: string; readonly to: string }
  | { readonly kind: 'no label'; readonly type: string; readonly label: string }
  | { readonly kind: 'not boolean'; readonly type: string }

export type Judged =
  | { readonly kind: 'fits'; readonly value: Value }
  | { readonly kind: 'refused'; readonly why: Refusal }
  | { readonly kind: 'unknown' }

/** Thrown as soon as the outcome is decided, and caught by `decided`. */
export class Decided extends Error {
  readonly judged: Judged

  constructor(why: Refusal | null) {
    super('decided')
    this.judged = why === null ? { kind: 'unknown' } : { kind: 'refused', why }
  }
}

/** Runs an inference until it is decided. */
export function decided(infer: () => Value): Judged {
  try {
    return { kind: 'fits', value: infer() }
  } catch (error) {
    if (error instanceof Decided) return error.judged
    throw error
  }
}
