/** What is known about an expression: its type, or why PostgreSQL refuses it. */

/** What an expression can refer to. */
export interface Names {
  /**
   * The type of a column. `?` if the column exists but its type isn't known; `missing` if there is no such column; null
   * if nothing is known about the column.
   */
  column(table: string | null, name: string): string | null
  /** The type with this name, as written in SQL; null if unknown. */
  typeOf(written: string): string | null
  /** Whether the enum has the label. Null if unknown, or if statements may not be able to use the label yet. */
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
  /** False if PostgreSQL may evaluate the expression without a row. */
  readonly usesRow: boolean
  /** The text column that decides the collation; null if there is none. */
  readonly collation: string | null
  /** A quoted constant's text; undefined for anything else. */
  readonly constant?: string
  /** The enum that the text is a label of; undefined if unknown. */
  readonly labelOf?: string
  /** Maximum number of characters in the text; undefined if unknown. */
  readonly width?: number
  /** The digits of a plain number; undefined for anything else. */
  readonly digits?: string
  /** True if the value is certainly NULL. */
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

/** Thrown when PostgreSQL refuses the expression or the outcome is unknown. Caught by `decided`. */
export class Decided extends Error {
  readonly judged: Judged

  constructor(why: Refusal | null) {
    super('decided')
    this.judged = why === null ? { kind: 'unknown' } : { kind: 'refused', why }
  }
}

/** Returns the outcome of an inference, even if the inference throws `Decided`. */
export function decided(infer: () => Value): Judged {
  try {
    return { kind: 'fits', value: infer() }
  } catch (error) {
    if (error instanceof Decided) return error.judged
    throw error
  }
}
