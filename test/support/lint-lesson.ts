/** Helpers for lint lessons: migrations that must be reported, and similar ones that must not be. */
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'

/** A migration that runs after `users` and `orgs` have been created. */
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

/** Returns a migration with these lines in `upgrade`. `head` comes after the imports. */
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

export const sql = (text: string): string => `op.execute("${text}")`
/** Wraps the lines in an `autocommit_block()`. */
export const block = (...lines: readonly string[]): readonly string[] => [
  'with op.get_context().autocommit_block():',
  ...lines.map((line) => `    ${line}`),
]
