/** Facts read from a migration file. Data only. */
import type {
  Binding,
  FunctionBinding,
  MigrationModule,
  PyValue,
  Span,
} from '../../core/history/migration-module.ts'

/** The fields of a `MigrationModule` that come from its statements. */
export type ModuleFacts = Omit<MigrationModule, 'path' | 'unreadable'>

/**
 * Variables that Alembic reads from a migration, with the corresponding fields (`Script` in alembic/script/base.py).
 */
export const headerNames = {
  revision: 'revision',
  down_revision: 'downRevision',
  branch_labels: 'branchLabels',
  depends_on: 'dependsOn',
} as const satisfies Readonly<Record<string, keyof ModuleFacts>>

/** Names that Alembic reads after executing the file. */
export const watchedNames: ReadonlySet<string> = new Set([
  ...Object.keys(headerNames),
  'upgrade',
  'downgrade',
  '__doc__',
])

/** Names that code can use to change the namespace without assignments, or to exit. */
const dynamicNames = ['globals', 'locals', 'vars', 'exec', 'setattr', '__dict__', 'modules', 'exit', 'quit']
/** A statement that contains one of these names must be interpreted. */
export const stopNames: ReadonlySet<string> = new Set([...watchedNames, ...dynamicNames])

/** A single instance for all bindings, because most headers are `None`. */
export const none: PyValue = { kind: 'none' }

export const unbound: Binding & FunctionBinding = { kind: 'unbound' }

/** A binding whose value is known. */
export function bound(value: PyValue, span: Span): Binding {
  return { kind: 'value', value, span }
}
