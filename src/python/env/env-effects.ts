/**
 * What env.py does to the database before the first migration, as a release runs it: online, with a connection.
 * Names what can't be followed. Runs nothing.
 */
import type { EnvEffects } from '../../core/history/env-effects.ts'
import type { SyntaxTree } from '../syntax/syntax-tree.ts'
import { type Frame, text } from './env-values.ts'
import { type Dialect, type Setting, type Run, maxSteps, doubt } from './env-run.ts'
import { follow } from './env-statements.ts'

/** The effects of env.py on a database of one kind. */
export function effectsOfEnv(tree: SyntaxTree, path: string, dialect: Dialect): EnvEffects {
  const run: Run = {
    tree,
    path,
    dialect,
    searchPath: null,
    role: null,
    operations: [],
    doubts: [],
    ran: false,
    certain: true,
    migrating: null,
    connections: 0,
    calls: [],
    steps: 0,
    mention: null,
  }
  const module: Frame = { names: new Map([['__name__', text('env_py')]]), outer: null }
  try {
    follow(run, module, tree.body, [])
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    run.ran = false
    doubt(run, tree.body[0], { kind: 'everything' }, 'is nested too deeply to be followed')
  }
  if (run.steps > maxSteps) doubt(run, tree.body[0], { kind: 'everything' }, 'is too long to be followed')
  const elsewhere = (set: Setting | null): boolean =>
    set !== null && set.connection !== null && run.migrating !== null && set.connection !== run.migrating
  run.ran = false
  if (run.searchPath && elsewhere(run.searchPath)) {
    doubt(run, run.searchPath.node, { kind: 'names' }, 'sets search_path on another connection')
    run.searchPath = null
  }
  if (run.role && elsewhere(run.role)) {
    doubt(run, run.role.node, { kind: 'rights' }, 'sets the role on another connection')
    run.role = null
  }
  const { searchPath, role, operations, doubts, mention } = run
  const heard = searchPath ?? doubts.find(({ touches }) => /^(?:names|everything)$/.test(touches.kind))
  if (mention && !heard) doubt(run, mention, { kind: 'names' }, 'may set search_path')
  return {
    ...(searchPath && { searchPath: searchPath.schemas }),
    ...(role && { role: role.role }),
    operations,
    doubts,
  }
}
