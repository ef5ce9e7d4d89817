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

/** The functions that Alembic calls. */
export const stepNames = ['upgrade', 'downgrade'] as const

/** Every name whose final binding is wanted. */
export const watchedNames: ReadonlySet<string> = new Set([
  ...Object.keys(headerNames),
  ...stepNames,
  '__doc__',
])

/** Names through which a module's names can be changed, or its execution ended, without an assignment. */
const dynamicNames = ['globals', 'locals', 'vars', 'exec', 'setattr', '__dict__', 'modules', 'exit', 'quit']
/** A statement that mentions one of these has to be followed. */
export const stopNames: ReadonlySet<string> = new Set([...watchedNames, ...dynamicNames])

/** Packages whose public names are known not to be Alembic's, so that `import *` from them is harmless. */
export const harmlessStars =
  /^(?:sqlalchemy|sqlalchemy_utils|geoalchemy2|peewee|typing|datetime|uuid|enum|json|alembic\.op)(?:$|\.)/

/** The name that a file has while it is executed: `1_py` for `1.py` (alembic/util/pyfiles.py, load_python_file). */
export function moduleNameOf(path: string): string {
  return fileNameOf(path).replace(/[^\p{L}\p{N}_]/gu, '_')
}

/** The last segment of a path. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Source text on one line, shortened to what fits into a message. */
export function shortened(source: string): string {
  const line = source.replace(/\s+/g, ' ').trim()
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}

export const unbound: Binding & FunctionBinding = { kind: 'unbound' }

/** A binding to a value. */
export function bound(value: PyValue, span: Span): Binding {
  return { kind: 'value', value, span }
}
