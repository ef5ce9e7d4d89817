/** Position of a database in the revision graph. Ids are listed in load order. */
export type DatabasePosition =
  /** The target and all its ancestors are applied. */
  | { readonly kind: 'current' }
  /** `pending` lists the revisions that the target needs but the database lacks. */
  | { readonly kind: 'behind'; readonly pending: readonly string[] }
  /** The target and some of its descendants are applied. */
  | { readonly kind: 'ahead'; readonly beyond: readonly string[] }
  /** Rows that match no revision in this repository. */
  | { readonly kind: 'unknown-revision'; readonly unknown: readonly string[] }
  /** One row already implies the other rows. */
  | { readonly kind: 'overlapping'; readonly revision: string; readonly others: readonly string[] }
  /** The version table is missing or empty. */
  | { readonly kind: 'unversioned' }
  /** The files or rows can't be read well enough to determine the position. */
  | { readonly kind: 'indeterminate' }
