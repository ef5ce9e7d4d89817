/** What is wanted of a migration file, and the names under which Alembic looks for it. Data only. */
import type {
  Binding,
  FunctionBinding,
  MigrationModule,
  PyValue,
  Span,
} from '../../core/history/migration-module.ts'

/** The part of a `MigrationModule` that its statements decide. */
export type ModuleFacts = Omit<MigrationModule, 'path' | 'unreadable'>

/** Alembic's module-level names and ours for them (alembic/script/base.py, Script). */
export const headerNames = {
  revision: 'revision',
  down_revision: 'downRevision',
  branch_labels: 'branchLabels',
  depends_on: 'dependsOn',
} as const satisfies Readonly<Record<string, keyof ModuleFacts>>

/** Every name whose final binding is wanted. */
export const watchedNames: ReadonlySet<string> = new Set([
  ...Object.keys(headerNames),
  'upgrade',
  'downgrade',
  '__doc__',
])

/** Names through which a module's names can be changed, or its execution ended, without an assignment. */
const dynamicNames = ['globals', 'locals', 'vars', 'exec', 'setattr', '__dict__', 'modules', 'exit', 'quit']
/** A statement that mentions one of these has to be followed. */
export const stopNames: ReadonlySet<string> = new Set([...watchedNames, ...dynamicNames])

export const unbound: Binding & FunctionBinding = { kind: 'unbound' }

/** A binding to a value. */
export function bound(value: PyValue, span: Span): Binding {
  return { kind: 'value', value, span }
}
