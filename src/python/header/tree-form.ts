/**
 * Determines Alembic's names by interpreting the module. Values that depend on unknown conditions or calls are
 * `unreadable`.
 */
import type { Binding, FunctionBinding, PyValue } from '../../core/history/migration-module.ts'
import { giveAway } from '../interpreter/calls.ts'
import {
  type Call,
  type Host,
  type ModuleSource,
  type Run,
  sourceOf,
  spanOf,
  startRun,
} from '../interpreter/run.ts'
import { valueOfName } from '../interpreter/modules.ts'
import type { Scope } from '../interpreter/scope.ts'
import { followModule, raisedBy } from '../interpreter/statements.ts'
import {
  type FunctionTerm,
  type Term,
  type Unknown,
  isOpen,
  unknown,
  unknownBecause,
} from '../interpreter/values.ts'
import { shortened } from '../source/excerpt.ts'
import type { SyntaxNode, SyntaxTree } from '../syntax/syntax-tree.ts'
import { type ModuleFacts, headerNames, unbound } from './module-facts.ts'

/** An interpreter host that knows no libraries. Calls are assumed to affect only the file's own names. */
const host: Host = {
  call(call, run) {
    giveAway(call, run)
    return resultOf(call)
  },
  attributeOf: () => null,
  raisesNameErrors: true,
  unfollowed() {},
}

function resultOf({ called, args }: Call): Term {
  const given = args.find((arg) => arg.kind === 'unknown')
  if (given !== undefined) return given
  if (called.kind === 'imported')
    return unknownBecause(`the result of ${called.path}() is only known at run time`)
  return called.kind === 'unknown' ? called : unknown
}

/**
 * Facts about a parsed module.
 * @throws `TooMuch` if interpreting takes too many steps
 */
export function readTree(tree: SyntaxTree, path: string, modules: ModuleSource): ModuleFacts {
  const run = startRun(host, { tree, path }, modules)
  const scope = followModule(tree.body, run, new Map())
  const doc = scope.names.get('__doc__')
  return {
    revision: header(scope, 'revision', run),
    downRevision: header(scope, 'down_revision', run),
    branchLabels: header(scope, 'branch_labels', run),
    dependsOn: header(scope, 'depends_on', run),
    upgrade: step(scope, 'upgrade', run),
    downgrade: step(scope, 'downgrade', run),
    doc: doc?.kind === 'str' ? doc.value : null,
    raises: run.raised,
  }
}

function header(scope: Scope, name: keyof typeof headerNames, run: Run): Binding {
  const node = siteOf(scope, name)
  if (node === null) return unbound
  const value = publicValue(valueOfName(name, scope, run), { parts: maxParts })
  const span = spanOf(run, node)
  if (value.kind !== 'unknown') return { kind: 'value', value, span }
  return { kind: 'unreadable', expression: shortened(sourceOf(run, node)), reason: value.reason, span }
}

/** The node that bound the name, or that may have bound it; null if there is none. */
function siteOf(scope: Scope, name: string): SyntaxNode | null {
  return scope.names.has(name) ? (scope.sites?.get(name) ?? null) : (scope.anyName?.node ?? null)
}

/** Maximum number of elements to convert. Only a list that contains itself exceeds this limit. */
const maxParts = 10_000

/** Converts a value to the representation used by core, or returns why it can't be converted. */
function publicValue(term: Term, left: { parts: number }): PyValue | Unknown {
  left.parts -= 1
  if (left.parts < 0) return unknownBecause('it is too long to analyze')
  switch (term.kind) {
    case 'none':
    case 'str':
    case 'bool':
    case 'other':
      return term
    case 'int':
      return { kind: 'int', value: term.value.toString() }
    case 'dict':
      return { kind: 'other', type: 'dict' }
    case 'items': {
      if (isOpen(term)) return unknown
      if (term.spoiled) return unknownBecause('the list is modified elsewhere in the file')
      const items: PyValue[] = []
      for (const item of term.items) {
        const inner = publicValue(item, left)
        if (inner.kind === 'unknown') return inner
        items.push(inner)
      }
      return term.type === 'view' || term.type === 'iterator' ? unknown : { kind: term.type, items }
    }
    case 'function':
      return unknownBecause('it is a function')
    case 'imported':
      return unknownBecause(
        term.path.startsWith('builtins.')
          ? 'it is a builtin'
          : `it comes from ${term.path}, which the guard doesn't read`,
      )
    case 'unknown':
      return term
    default:
      return unknown
  }
}

function step(scope: Scope, name: string, run: Run): FunctionBinding {
  const node = siteOf(scope, name)
  if (node === null) return unbound
  const span = spanOf(run, node)
  const held = scope.names.has(name) ? valueOfName(name, scope, run) : undefined
  if (held?.kind !== 'function' || held.decorated || held.node.nodeType === 'Lambda')
    return { kind: 'unreadable', span }
  const { args } = held.node
  const positional = [...args.posonlyargs, ...args.args, ...args.kwonlyargs]
  const raises = firstRaise(held, run)
  return {
    kind: 'function',
    required: positional.map(({ arg }) => arg).filter((arg) => !held.defaults.has(arg)),
    keywords: args.kwarg === undefined ? [...args.args, ...args.kwonlyargs].map(({ arg }) => arg) : null,
    span,
    ...(raises === null ? {} : { raises }),
  }
}

/** The exception if the body starts with `raise`, after any docstring or `pass`; null otherwise. */
function firstRaise({ node, scope, file }: FunctionTerm, run: Run): ReturnType<typeof raisedBy> | null {
  if (node.nodeType === 'Lambda') return null
  run.file = file
  const first = node.body.find(
    (one) => one.nodeType !== 'Pass' && (one.nodeType !== 'Expr' || one.value.nodeType !== 'Constant'),
  )
  return first?.nodeType === 'Raise' ? raisedBy(first, scope, run) : null
}
