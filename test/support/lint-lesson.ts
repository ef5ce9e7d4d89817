/** Building blocks of lint lessons: migrations that a rule should report, and migrations that merely look similar. */
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'

/** A migration that runs after the first tables, `users` and `orgs`, have been created. */
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

/** Returns a migration whose `upgrade` runs these lines; `head` goes between the imports and the functions. */
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

/** Returns a line that executes a SQL statement. */
export const sql = (text: string): string => `op.execute("${text}")`
/** Returns the lines, wrapped in an `autocommit_block()`. */
export const block = (...lines: readonly string[]): readonly string[] => [
  'with op.get_context().autocommit_block():',
  ...lines.map((line) => `    ${line}`),
]
