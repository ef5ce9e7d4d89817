/** What the statements that env.py runs do to later migrations, and the options that it connects with. */
import type { EnvTouch } from '../../core/history/env-effects.ts'
import type { Operation } from '../../core/history/operation.ts'
import { shortened } from '../source/excerpt.ts'
import { hole } from '../interpreter/values.ts'
import type { SyntaxNode } from '../syntax/syntax-tree.ts'
import { type SqlEffect, effectsOfSql, pathOf } from './env-sql.ts'
import { type Value, text, textOf, unknown } from './env-values.ts'
import { type Run, spanOf, doubt } from './env-run.ts'

/** A statement that env.py runs on a connection; null: not known on which. */
export function runSql(run: Run, statement: Value, connection: number | null, node: SyntaxNode): void {
  if (run.ran) return
  if (statement.kind !== 'text') {
    const code = shortened(run.tree.sourceOf(node))
    doubt(run, node, { kind: 'everything' }, `runs ${code}, which the guard can't read`)
    return
  }
  if (/search_path/i.test(statement.text)) run.mention = null
  for (const effect of effectsOfSql(statement.text, spanOf(run, node))) apply(run, effect, connection, node)
}

function apply(run: Run, effect: SqlEffect, connection: number | null, node: SyntaxNode): void {
  const condition = "under a condition that the guard can't evaluate"
  switch (effect.kind) {
    case 'searchPath':
      setPath(run, effect.schemas, connection, node)
      return
    case 'no role':
      run.role = null
      return
    case 'role':
      if (effect.role !== null && run.certain) run.role = { role: effect.role, connection, node }
      else {
        const why = effect.role === null ? "to one that the guard can't read" : condition
        doubt(run, node, { kind: 'rights' }, `sets the role ${why}`)
      }
      return
    case 'unknown':
      doubt(run, node, effect.touches, `runs ${shownSql(effect.statement)}, which the guard can't follow`)
      return
    default:
      if (run.certain) run.operations.push(...effect.operations)
      else for (const step of effect.operations) unsure(run, step, node, condition)
  }
}

function shownSql(statement: string): string {
  return `"${shortened(statement.replaceAll(hole, '{…}'))}"`
}

function setPath(
  run: Run,
  schemas: readonly string[] | null,
  connection: number | null,
  node: SyntaxNode,
): void {
  if (run.ran) return
  if (schemas !== null && run.certain) {
    run.searchPath = { schemas, connection, node }
    run.doubts = run.doubts.filter(({ touches }) => touches.kind !== 'names')
    return
  }
  run.searchPath = null
  const why =
    schemas === null
      ? "to something that the guard can't read"
      : "under a condition that the guard can't evaluate"
  doubt(run, node, { kind: 'names' }, `sets search_path ${why}`)
}

/** A statement that may or may not run. */
function unsure(run: Run, step: Operation, node: SyntaxNode, condition: string): void {
  const touches: EnvTouch | null =
    step.kind === 'createSchema'
      ? { kind: 'schema', schema: step.schema }
      : 'table' in step && step.table
        ? { kind: 'tables', tables: [step.table] }
        : step.kind === 'data' || step.kind === 'unrelated'
          ? null
          : { kind: 'everything' }
  if ('table' in step && /version/.test(step.table?.name ?? ''))
    doubt(run, node, { kind: 'version width' }, `changes the version table ${condition}`)
  else if (touches) doubt(run, node, touches, `changes the schema ${condition}`)
}

/** `connect_args={"options": "-csearch_path=app"}` and asyncpg's `server_settings`. */
export function connectArguments(run: Run, value: Value | undefined, node: SyntaxNode): void {
  if (value?.kind !== 'dict') return
  const options = textOf(value.entries.get('options') ?? text(''))
  const settings = value.entries.get('server_settings')
  const path =
    /(?:-c\s*|--)search_path=((?:\\.|[^\s\\])*)/.exec(options)?.[1]?.replaceAll(/\\(.)/g, '$1') ??
    (settings?.kind === 'dict' && settings.entries.has('search_path')
      ? textOf(settings.entries.get('search_path') ?? unknown)
      : undefined)
  if (path !== undefined) {
    run.mention = null
    setPath(run, path.includes(hole) ? null : pathOf(path), null, node)
  } else if (options.includes(hole)) {
    doubt(run, node, { kind: 'names' }, "connects with options that the guard can't read")
  }
}
