/** Determines how env.py affects the database before the first migration. Runs no code. */
import type { EnvEffects } from '../../core/history/env-effects.ts'
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import { type ModuleSource, TooMuch, startRun } from '../interpreter/run.ts'
import { followModule } from '../interpreter/statements.ts'
import { type SyntaxNode, type SyntaxTree, childNodes } from '../syntax/syntax-tree.ts'
import { envHost } from './env-host.ts'
import { type EnvRun, type EnvState, type EnvSurroundings, type Setting, doubt } from './env-state.ts'

/** Maximum number of interpreter steps, including imports. */
const maxSteps = 100_000

interface FollowedEnv extends Pick<EnvState, 'configured' | 'configuredElsewhere'> {
  readonly effects: EnvEffects
  /** True if env.py is known to leave all options from alembic.ini unchanged. */
  readonly keepsOptions: boolean
}

/**
 * Determines how env.py affects the database for this dialect, and which `configure` calls it makes. Alembic passes
 * `ini` and `location` to env.py.
 */
export function effectsOfEnv(
  tree: SyntaxTree,
  path: string,
  dialect: DialectName,
  modules: ModuleSource,
  { ini, file: location }: EnvSurroundings,
): FollowedEnv {
  const state: EnvState = {
    dialect,
    path,
    ini,
    searchPath: null,
    role: null,
    operations: [],
    doubts: [],
    ran: false,
    configured: new Map(),
    configuredElsewhere: new Map(),
    migrating: null,
    connections: 0,
    transactions: new Map(),
    listens: false,
    uncommitted: null,
    mentions: [],
  }
  const file = { tree, path, ...(location !== null && { location }) }
  const env: EnvRun = { state, run: startRun(envHost(state), file, modules) }
  env.run.budget = maxSteps
  const [first] = tree.body
  const whole = (what: string): void => {
    Object.assign(env.run, { file, silent: false })
    state.ran = false
    state.uncommitted = null
    if (first) doubt(env, first, { kind: 'everything' }, what)
  }
  try {
    followModule(tree.body, env.run)
  } catch (error) {
    if (error instanceof TooMuch) whole('is too long to analyze')
    else if (error instanceof RangeError) whole('is nested too deeply to analyze')
    else throw error
  }
  Object.assign(env.run, { file, silent: false })
  state.ran = false
  for (const node of ownVersionTables(tree.body)) {
    doubt(env, node, { kind: 'version width' }, 'creates its own version table')
  }
  forgetOtherConnections(env)
  const { searchPath, role, operations, doubts, mentions, uncommitted } = state
  const heard = searchPath ?? doubts.find(({ touches }) => /^(?:names|everything)$/.test(touches.kind))
  const [mention] = mentions
  if (mention && !heard) doubt(env, mention, { kind: 'names' }, 'may set search_path')
  const effects: EnvEffects = {
    ...(searchPath && { searchPath: searchPath.schemas }),
    ...(role && { role: role.role }),
    ...(uncommitted && !state.listens && { uncommitted: uncommitted.statement }),
    operations,
    doubts,
  }
  const { configured, configuredElsewhere } = state
  const lost = doubts.some(({ touches }) => touches.kind === 'everything')
  return { effects, configured, configuredElsewhere, keepsOptions: state.ini === ini && !lost }
}

function forgetOtherConnections(env: EnvRun): void {
  const { state, run } = env
  const { searchPath, role, migrating } = state
  const elsewhere = (set: Setting): boolean =>
    set.connection !== null && migrating !== null && set.connection !== migrating
  if (searchPath && elsewhere(searchPath)) {
    run.file = searchPath.file
    doubt(env, searchPath.node, { kind: 'names' }, 'sets search_path on another connection')
    state.searchPath = null
  }
  if (role && elsewhere(role)) {
    run.file = role.file
    doubt(env, role.node, { kind: 'rights' }, 'sets the role on another connection')
    state.role = null
  }
}

/** Finds overrides of `version_table_impl`, which define a custom version table. */
function ownVersionTables(body: readonly SyntaxNode[]): readonly SyntaxNode[] {
  return body.flatMap((node) => {
    if (node.nodeType === 'If' || node.nodeType === 'Try') return ownVersionTables(childNodes(node))
    const members = node.nodeType === 'ClassDef' ? node.body : []
    return members.filter((one) => one.nodeType === 'FunctionDef' && one.name === 'version_table_impl')
  })
}
