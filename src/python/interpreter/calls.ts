/** Evaluates calls. Interprets functions in the file, models builtins, and passes other calls to the host. */
import { handsOver, parts } from './acting-functions.ts'
import { callBuiltin, callStandard } from './builtins.ts'
import { callFileMethod, callPathMethod } from './library/files.ts'
import { callDictMethod, callItemsMethod, callTextMethod } from './methods.ts'
import { newInstance } from './instances.ts'
import type { Call, Run } from './run.ts'
import { forgetModule } from './scope.ts'
import { callFunction, mayCall } from './functions.ts'
import { type Term, spoil, unknown } from './values.ts'

const builtin = 'builtins.'

/** Returns the result of a call. */
export function callTerm(call: Call, run: Run): Term {
  const { called } = call
  // Evaluating the function or its arguments raised an exception.
  if (run.raised !== null) return unknown
  // The base classes of an imported class are unknown, so ask the host.
  if (called.kind === 'class' && called.path !== undefined) {
    return run.host.call({ ...call, called: { kind: 'imported', path: called.path } }, run)
  }
  if (called.kind === 'class' && called.plain && run.host.followsObjects)
    return newInstance(called, call, run)
  if (called.kind === 'function') return callFunction(called, call.args, call.keywords, call.node, run)
  if (called.kind === 'imported') {
    const { path } = called
    if (path.startsWith(builtin)) return callBuiltin(path.slice(builtin.length), call, run)
    return callStandard(path, call, run) ?? run.host.call(call, run)
  }
  return (
    (called.kind === 'member' ? callMethod(call, called.owner, called.name, run) : null) ??
    run.host.call(call, run)
  )
}

/** Calls a method of a built-in type; null for any other object. */
function callMethod(call: Call, owner: Term, name: string, run: Run): Term | null {
  switch (owner.kind) {
    case 'str':
    case 'template':
      return callTextMethod(call, owner, name)
    case 'items':
      return callItemsMethod(call, owner, name, run)
    case 'dict':
      return callDictMethod(call, owner, name)
    case 'path':
      return callPathMethod(call, owner, name, run)
    case 'opened':
      return callFileMethod(call, owner, name, run)
    case 'globals':
      if (name === 'get') return null
      forgetModule(owner.scope, { reason: "a call may rebind the module's names", node: call.node })
      return null
    default:
      return null
  }
}

/**
 * Handles a call to code that isn't interpreted. The code may call its arguments and, unless `keepsValues` is set,
 * modify them. Returns true if the code could change the database.
 */
export function giveAway({ args, keywords, node, scope }: Call, run: Run, keepsValues = false): boolean {
  const given = [...args, ...keywords.values()]
  if (!keepsValues) spoil(...given)
  for (const term of given.flatMap(parts)) {
    if (term.kind === 'function') mayCall(term, node, run)
    if (term.kind === 'globals') {
      forgetModule(scope, { reason: "a call may rebind the module's names", node })
    }
  }
  return handsOver(given)
}
