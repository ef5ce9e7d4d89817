/** Determines how env.py's SQL and connection options affect later migrations. */
import type { EnvTouch } from '../../core/history/env-effects.ts'
import type { Operation } from '../../core/history/operation.ts'
import { shortened } from '../source/excerpt.ts'
import { sourceOf, spanOf } from '../interpreter/run.ts'
import { type Term, hole } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type SqlEffect, effectsOfSql, pathOf } from './env-sql.ts'
import { executed } from './env-transactions.ts'
import { type EnvRun, doubt, isCertain, isOver, sqlOf } from './env-state.ts'

/** Records a statement that env.py executes. `connection` is null if unknown. */
export function runSql(env: EnvRun, statement: Term, connection: number | null, node: SyntaxNode): void {
  const sql = sqlOf(statement)
  executed(env, connection, sql, node)
  if (isOver(env)) return
  if (sql === null) {
    const code = shortened(sourceOf(env.run, node))
    doubt(env, node, { kind: 'everything' }, `runs ${code}, which the guard can't read`)
    return
  }
  if (/search_path/i.test(sql)) env.state.mentions = []
  for (const effect of effectsOfSql(sql, spanOf(env.run, node))) apply(env, effect, connection, node)
}

function apply(env: EnvRun, effect: SqlEffect, connection: number | null, node: SyntaxNode): void {
  const { state } = env
  const condition = "under a condition that the guard can't evaluate"
  switch (effect.kind) {
    case 'searchPath':
      setPath(env, effect.schemas, connection, node)
      return
    case 'no role':
      state.role = null
      return
    case 'role':
      if (effect.role !== null && isCertain(env))
        state.role = { role: effect.role, connection, node, file: env.run.file }
      else {
        const why = effect.role === null ? "to a value that the guard can't determine" : condition
        doubt(env, node, { kind: 'rights' }, `sets the role ${why}`)
      }
      return
    case 'unknown':
      doubt(env, node, effect.touches, `runs ${shownSql(effect.statement)}, which the guard can't follow`)
      return
    default:
      if (isCertain(env)) state.operations.push(...effect.operations)
      else
        for (const step of effect.operations) {
          const possible = possibleExtension(step)
          if (possible) state.operations.push(possible)
          else unsure(env, step, node, condition)
        }
  }
}

/** Returns a step that may create an extension's types; null for other steps. */
function possibleExtension(step: Operation): Operation | null {
  if (step.kind !== 'unrelated' || !step.extension || !step.changes) return null
  return { ...step, changes: { ...step.changes, maybe: true } }
}

function shownSql(statement: string): string {
  return `"${shortened(statement.replaceAll(hole, '{…}'))}"`
}

function setPath(
  env: EnvRun,
  schemas: readonly string[] | null,
  connection: number | null,
  node: SyntaxNode,
): void {
  if (isOver(env)) return
  const { state } = env
  if (schemas !== null && isCertain(env)) {
    state.searchPath = { schemas, connection, node, file: env.run.file }
    state.doubts = state.doubts.filter(({ touches }) => touches.kind !== 'names')
    return
  }
  state.searchPath = null
  const why =
    schemas === null
      ? "to a value that the guard can't determine"
      : "under a condition that the guard can't evaluate"
  doubt(env, node, { kind: 'names' }, `sets search_path ${why}`)
}

/** Records what a statement could change if env.py executes it. */
function unsure(env: EnvRun, step: Operation, node: SyntaxNode, condition: string): void {
  const touches: EnvTouch | null =
    step.kind === 'createSchema'
      ? { kind: 'schema', schema: step.schema }
      : 'table' in step && step.table
        ? { kind: 'tables', tables: [step.table] }
        : step.kind === 'data' || step.kind === 'unrelated'
          ? step.kind === 'unrelated' && step.what === 'extension'
            ? { kind: 'new objects' }
            : null
          : { kind: 'everything' }
  if ('table' in step && /version/.test(step.table?.name ?? ''))
    doubt(env, node, { kind: 'version width' }, `changes the version table ${condition}`)
  else if (touches) doubt(env, node, touches, `changes the schema ${condition}`)
}

/** Reads `connect_args={"options": "-csearch_path=app"}` and asyncpg's `server_settings`. */
export function connectArguments(env: EnvRun, value: Term | undefined, node: SyntaxNode): void {
  const given = entryOf(value, 'options')
  const options = given === undefined ? '' : (sqlOf(given) ?? hole)
  const setting = entryOf(entryOf(value, 'server_settings'), 'search_path')
  const path =
    /(?:-c\s*|--)search_path=((?:\\.|[^\s\\])*)/.exec(options)?.[1]?.replaceAll(/\\(.)/g, '$1') ??
    (setting === undefined ? undefined : (sqlOf(setting) ?? hole))
  if (path !== undefined) {
    env.state.mentions = []
    setPath(env, path.includes(hole) ? null : pathOf(path), null, node)
  } else if (options.includes(hole)) {
    doubt(env, node, { kind: 'names' }, "connects with options that the guard can't read")
  }
}

function entryOf(term: Term | undefined, key: string): Term | undefined {
  return term?.kind === 'dict' ? term.entries.get(`str:${key}`)?.value : undefined
}
