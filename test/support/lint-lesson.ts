/** Parts of a lint lesson: migrations that should be reported, and migrations that only look similar. */
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'

/** One migration after the first tables, `users` and `orgs`. */
export interface Taught {
  readonly title: string
  readonly files: Readonly<Record<string, string>>
  readonly project?: Readonly<Record<string, string>>
}

export interface Lesson {
  readonly code: string
  readonly teaches: readonly Taught[]
  readonly isFine: readonly Taught[]
}

/** `upgrade` runs these lines; `head` goes between the imports and the functions. */
export function up(
  title: string,
  lines: readonly string[],
  more: { readonly head?: string; readonly down?: readonly string[] } = {},
): Taught {
  const text = exampleMigration('b2', 'a1', lines, more.down ?? ['raise NotImplementedError("one way")'])
  const b2 =
    more.head === undefined ? text : text.replace("\nrevision = 'b2'", `${more.head}\nrevision = 'b2'`)
  return { title, files: { 'a1.py': firstTables, 'b2.py': b2 } }
}

/** A statement executed by the migration. */
export const sql = (text: string): string => `op.execute("${text}")`
/** The lines in an `autocommit_block()`. */
export const block = (...lines: readonly string[]): readonly string[] => [
  'with op.get_context().autocommit_block():',
  ...lines.map((line) => `    ${line}`),
]
