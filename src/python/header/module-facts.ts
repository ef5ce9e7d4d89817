/** Facts read from a migration file, and a mapping of Alembic's names to this project's field names. Data only. */
import type {
  Binding,
  FunctionBinding,
  MigrationModule,
  PyValue,
  Span,
} from '../../core/history/migration-module.ts'

/** The fields of a `MigrationModule` that are derived from the module's statements. */
export type ModuleFacts = Omit<MigrationModule, 'path' | 'unreadable'>

/**
 * Module-level variables that Alembic reads from a migration, mapped to this project's field names. See `Script` in
 * alembic/script/base.py.
 */
export const headerNames = {
  revision: 'revision',
  down_revision: 'downRevision',
  branch_labels: 'branchLabels',
  depends_on: 'dependsOn',
} as const satisfies Readonly<Record<string, keyof ModuleFacts>>

/** Module-level names whose values Alembic reads after executing the file. */
export const watchedNames: ReadonlySet<string> = new Set([
  ...Object.keys(headerNames),
  'upgrade',
  'downgrade',
  '__doc__',
])

/** Names that code can use to change a module's namespace without an assignment, or to exit. */
const dynamicNames = ['globals', 'locals', 'vars', 'exec', 'setattr', '__dict__', 'modules', 'exit', 'quit']
/** A statement that mentions one of these names has to be interpreted. */
export const stopNames: ReadonlySet<string> = new Set([...watchedNames, ...dynamicNames])

/** Shared by all bindings, because most headers are `None`. */
export const none: PyValue = { kind: 'none' }

export const unbound: Binding & FunctionBinding = { kind: 'unbound' }

/** Returns a binding for a name whose value is known. */
export function bound(value: PyValue, span: Span): Binding {
  return { kind: 'value', value, span }
}
