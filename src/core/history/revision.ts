/**
 * Predicts the result when Alembic loads a migration file: a revision, an exception, or unknown. Follows
 * `Script._from_path` and `Revision.__init__` (alembic/script/base.py and revision.py).
 */
import { type AlembicVersion, atLeast } from './alembic-version.ts'
import type { Binding, MigrationModule, PyValue, PythonError, Span } from './migration-module.ts'
import { comparePythonText, fileNameOf, moduleNameOf } from '../text/python-text.ts'
import {
  type Dependencies,
  type Parents,
  type StrangeParent,
  dependsOnOf,
  labelsOf,
  noDependencies,
  notIterable,
  downRevisionOf,
} from './revision-values.ts'

/** A revision as Alembic represents it. */
export interface Revision {
  readonly id: string
  readonly path: string
  /** Parents as listed in the file, including duplicates; empty for a base. */
  readonly downRevisions: readonly string[]
  /** Dependencies as listed in the file: revision ids or branch labels. */
  readonly dependsOn: readonly string[]
  /** Labels declared in this file. Inherited labels aren't included. */
  readonly branchLabels: readonly string[]
  /** The docstring up to its first blank line; empty if there is none. */
  readonly message: string
  readonly module: MigrationModule
  /** Whether `down_revision` is a set with several items, whose order varies between runs. */
  readonly unorderedParents: boolean
  /** Whether `depends_on` is a set with several items, whose order varies between runs. */
  readonly unorderedDependencies: boolean
  /** A value in `down_revision` that isn't a `str`. Alembic fails when it looks up the parents. */
  readonly strangeParent: StrangeParent | null
  /**
   * Index and `repr` of a `depends_on` value that isn't a `str` and so can't match any revision. Null if
   * there is none.
   */
  readonly strangeDependency: { readonly index: number; readonly repr: string } | null
  /**
   * Whether Alembic treats `down_revision` as None. Since 1.12.1, this is false for `""` and `False`, even though
   * neither specifies a parent.
   */
  readonly isBase: boolean
  /** Whether `isBase` is true and Alembic treats `depends_on` as None. An empty string isn't treated as None. */
  readonly isRealBase: boolean
}

/** Why Alembic always fails to load a file. `module`: executing the file raises an exception. */
export type FileDefect =
  | 'module'
  | 'no-revision'
  | 'no-down-revision'
  | 'wrong-type'
  | 'self-loop'
  | 'dependency-self-loop'
  | 'illegal-id'

/** Why a file, a variable or a variable's value can't be read. */
export type UnreadableReason =
  | { readonly kind: 'file'; readonly reason: string }
  | { readonly kind: 'variable'; readonly name: string; readonly reason: string }
  /** It is unknown how Alembic would interpret the value. */
  | { readonly kind: 'value'; readonly name: string; readonly value: PyValue }

/** Result of loading one file. */
export type LoadedFile =
  | { readonly kind: 'revision'; readonly revision: Revision }
  | {
      readonly kind: 'raises'
      readonly path: string
      readonly span: Span
      /** The error as `alembic upgrade` prints it. */
      readonly error: PythonError
      readonly defect: FileDefect
      /** The revision that the file defines, if Alembic rejects it because of a self-loop or an illegal id. */
      readonly refused: Revision | null
      /** Location of the first git conflict marker, if conflict markers make parsing fail. */
      readonly conflict?: Span
    }
  | {
      readonly kind: 'unreadable'
      readonly path: string
      readonly span: Span
      /** Source text of the expression that can't be evaluated statically; null if the whole file can't be read. */
      readonly expression: string | null
      readonly reason: UnreadableReason
      /** Id of the revision, if it can be read. */
      readonly id: string | null
    }

/** Determines how the given Alembic version loads a module. Never throws. */
export function loadFile(module: MigrationModule, alembic: AlembicVersion): LoadedFile {
  const { path } = module
  if (module.unreadable) {
    const { reason, span } = module.unreadable
    return { kind: 'unreadable', path, span, expression: null, reason: { kind: 'file', reason }, id: null }
  }
  if (module.raises) return { kind: 'raises', path, ...module.raises, defect: 'module', refused: null }
  const start: Span = { path, line: 1, column: 1 }
  const raises = (defect: FileDefect, span: Span, type: string, message: string): LoadedFile => ({
    kind: 'raises',
    path,
    span,
    error: { type, message },
    defect,
    refused: null,
  })
  if (module.revision.kind === 'unreadable') return computed(module, 'revision', module.revision, null)
  const named = module.revision.kind === 'unbound' ? legacyId(path) : module.revision.value
  if (named === null) {
    const text =
      `Could not determine revision id from filename ${fileNameOf(path)}. Be sure the 'revision' variable is ` +
      `declared inside the script (please see 'Upgrading from Alembic 0.1 to 0.2' in the documentation).`
    return raises('no-revision', start, 'CommandError', text)
  }
  const span = module.revision.kind === 'value' ? module.revision.span : start
  const id = named.kind === 'str' ? named.value : null
  if (module.downRevision.kind === 'unbound') {
    const text = `module '${moduleNameOf(path)}' has no attribute 'down_revision'`
    return raises('no-down-revision', span, 'AttributeError', text)
  }
  if (named.kind !== 'str') {
    const type = notIterable(named)
    if (type !== null) return raises('wrong-type', span, 'TypeError', `'${type}' object is not iterable`)
    return strange(module, 'revision', span, named, null)
  }
  if (module.downRevision.kind === 'unreadable')
    return computed(module, 'down_revision', module.downRevision, id)
  const parents = downRevisionOf(module.downRevision.value, alembic)
  if (parents === null)
    return strange(module, 'down_revision', module.downRevision.span, module.downRevision.value, id)
  const labels = labelsOf(module.branchLabels)
  const dependencies = dependsOnOf(module.dependsOn)
  const refused = (defect: FileDefect, message: string, at: Binding): LoadedFile => ({
    kind: 'raises',
    path,
    span: at.kind === 'value' ? at.span : span,
    error: { type: 'CommandError', message },
    defect,
    refused: revisionOf(named.value, parents, dependencies ?? noDependencies, labels ?? [], module),
  })
  if (parents.names.includes(named.value) && parents.looped)
    return refused('self-loop', `Self-loop is detected in revisions (${named.value})`, module.downRevision)
  if (module.dependsOn.kind === 'unreadable') return computed(module, 'depends_on', module.dependsOn, id)
  if (dependencies === null)
    return strange(module, 'depends_on', spanOr(module.dependsOn, span), valueOf(module.dependsOn), id)
  if (dependencies.names.includes(named.value)) {
    const text = `Dependency self-loop is detected in revisions (${named.value})`
    return refused('dependency-self-loop', text, module.dependsOn)
  }
  const illegal = illegalCharacters(named.value, alembic)
  if (illegal.length > 0) {
    const text = `Character(s) '${illegal.join(', ')}' not allowed in revision identifier '${named.value}'`
    return refused('illegal-id', text, module.revision)
  }
  if (parents.raises !== null) {
    return raises('wrong-type', module.downRevision.span, 'TypeError', parents.raises)
  }
  if (module.branchLabels.kind === 'unreadable')
    return computed(module, 'branch_labels', module.branchLabels, id)
  if (labels === null)
    return strange(
      module,
      'branch_labels',
      spanOr(module.branchLabels, span),
      valueOf(module.branchLabels),
      id,
    )
  return { kind: 'revision', revision: revisionOf(named.value, parents, dependencies, labels, module) }
}

/** Returns the id's illegal characters, sorted and without duplicates. Since Alembic 1.17.1, `:` isn't allowed. */
export function illegalCharacters(id: string, alembic: AlembicVersion): readonly string[] {
  const refused = atLeast(alembic, '1.17.1') ? ['+', '-', ':', '@'] : ['+', '-', '@']
  return refused.filter((character) => id.includes(character)).sort(comparePythonText)
}

function revisionOf(
  id: string,
  parents: Parents,
  dependencies: Dependencies,
  labels: readonly string[],
  module: MigrationModule,
): Revision {
  return {
    id,
    path: module.path,
    downRevisions: parents.names,
    dependsOn: dependencies.names,
    branchLabels: labels,
    message: (module.doc ?? '').trim().split('\n\n')[0] ?? '',
    module,
    unorderedParents: parents.unordered,
    unorderedDependencies: dependencies.unordered,
    strangeParent: parents.strange,
    strangeDependency: dependencies.strange,
    isBase: parents.isBase,
    isRealBase: parents.isBase && dependencies.none,
  }
}

/** Id of a file without a `revision` variable: the file name without `.py`, if it consists of hexadecimal digits. */
function legacyId(path: string): PyValue | null {
  const match = /^([a-f0-9]+)\.py$/.exec(fileNameOf(path))
  return match?.[1] === undefined ? null : { kind: 'str', value: match[1] }
}

function computed(
  module: MigrationModule,
  name: string,
  binding: Binding & { readonly kind: 'unreadable' },
  id: string | null,
): LoadedFile {
  const { expression, span } = binding
  const reason = { kind: 'variable', name, reason: binding.reason } as const
  return { kind: 'unreadable', path: module.path, span, expression, reason, id }
}

function strange(
  module: MigrationModule,
  name: string,
  span: Span,
  value: PyValue,
  id: string | null,
): LoadedFile {
  const reason = { kind: 'value', name, value } as const
  return { kind: 'unreadable', path: module.path, span, expression: null, reason, id }
}

function spanOr(binding: Binding, otherwise: Span): Span {
  return binding.kind === 'unbound' ? otherwise : binding.span
}

function valueOf(binding: Binding): PyValue {
  return binding.kind === 'value' ? binding.value : { kind: 'none' }
}
