/** Interprets functions that env.py passes as callbacks. */
import { callFunction } from '../interpreter/functions.ts'
import { perhaps } from '../interpreter/scope.ts'
import { type FunctionTerm, type Term, unknown } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type EnvRun, database, saysConnection } from './env-state.ts'

/** Interprets a callback that may receive a connection. In env.py, any of its parameters may be one. */
export function calledBack({ state, run }: EnvRun, term: Term, node: SyntaxNode): void {
  if (term.kind !== 'function') return
  const own = run.file.path === state.path
  const given = parametersOf(term).map((name) => (own || saysConnection(name) ? database(null) : unknown))
  const doubt = { reason: 'in a callback', node }
  perhaps(() => callFunction(term, given, new Map(), node, run), doubt, term.scope, run)
}

/** Interprets a class's methods as callbacks. */
export function construct(env: EnvRun, term: Term, node: SyntaxNode): void {
  if (term.kind === 'class') for (const method of term.methods.values()) calledBack(env, method, node)
}

/** Names of a function's positional parameters. */
export function parametersOf({ node }: FunctionTerm): readonly string[] {
  return [...node.args.posonlyargs, ...node.args.args].map(({ arg }) => arg)
}
