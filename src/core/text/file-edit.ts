/** Changes to whole files, as plain data. */

/** A planned change to one file. Paths are as in `MigrationModule.path`. */
export type FileEdit =
  | { readonly kind: 'create'; readonly path: string; readonly after: Uint8Array }
  /** The edit is valid only while the file still contains `before`. */
  | {
      readonly kind: 'replace'
      readonly path: string
      readonly before: Uint8Array
      readonly after: Uint8Array
    }
