/** A change to a file that somebody else carries out, whole files at a time. Knows no disk. */

/** Paths as `MigrationModule.path` has them: relative to the working directory, absolute where outside of it. */
export type FileEdit =
  | { readonly kind: 'create'; readonly path: string; readonly after: Uint8Array }
  /** `before` is what was read; the edit holds only while the file still says that. */
  | {
      readonly kind: 'replace'
      readonly path: string
      readonly before: Uint8Array
      readonly after: Uint8Array
    }
