/** Functions that env.py hands to somebody who may call them. */
import { callFunction } from '../interpreter/functions.ts'
import { perhaps } from '../interpreter/scope.ts'
import { type FunctionTerm, type Term, unknown } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type EnvRun, database, saysConnection } from './env-state.ts'

/**
 * Somebody else calls it, with something that may be a connection. What the files of the application hand over (handlers
 * of requests, tasks) gets one only where its parameter is named so.
 */
export function calledBack({ state, run }: EnvRun, term: Term, node: SyntaxNode): void {
  if (term.kind !== 'function') return
  const own = run.file.path === state.path
  const given = parametersOf(term).map((name) => (own || saysConnection(name) ? database(null) : unknown))
  const doubt = { reason: 'somebody else calls it', node }
  perhaps(() => callFunction(term, given, new Map(), node, run), doubt, term.scope, run)
}

/** Whoever makes an object may call its methods. */
export function construct(env: EnvRun, term: Term, node: SyntaxNode): void {
  if (term.kind === 'class') for (const method of term.methods.values()) calledBack(env, method, node)
}

/** The names of the parameters that are given by position. */
export function parametersOf({ node }: FunctionTerm): readonly string[] {
  return [...node.args.posonlyargs, ...node.args.args].map(({ arg }) => arg)
}
