/** Describes changes to whole files, as plain data. Another module writes the files. */

/**
 * A planned change to one file. Paths follow `MigrationModule.path`: relative to the working directory, or absolute if
 * outside it.
 */
export type FileEdit =
  | { readonly kind: 'create'; readonly path: string; readonly after: Uint8Array }
  /** `before` is the content that was read; the edit is only valid while the file is unchanged. */
  | {
      readonly kind: 'replace'
      readonly path: string
      readonly before: Uint8Array
      readonly after: Uint8Array
    }
