/** Follows calls in env.py: what Alembic, SQLAlchemy and Python do by it, and which calls can't be followed. */
import { shortened } from '../source/excerpt.ts'
import { hole } from '../interpreter/values.ts'
import type { Expression, NodeOf } from '../syntax/syntax-tree.ts'
import {
  type Frame,
  type Value,
  braceFormatted,
  constant,
  lookUp,
  text,
  textOf,
  truthOf,
  unknown,
} from './env-values.ts'
import { type Run, doubt } from './env-run.ts'
import { invoke, calledBack, construct } from './env-statements.ts'
import { evaluate, isUrl, isOfUrl } from './env-expressions.ts'
import { listen } from './env-events.ts'
import { runSql, connectArguments } from './env-settings.ts'

interface Given {
  readonly node: NodeOf<'Call'>
  readonly values: readonly Value[]
  readonly named: ReadonlyMap<string, Value>
}

/** Follows a call: its arguments, then what it does. What it returns. */
export function call(run: Run, frame: Frame, node: NodeOf<'Call'>): Value {
  const { func } = node
  const receiver = func.nodeType === 'Attribute' ? evaluate(run, frame, func.value) : null
  const callee =
    func.nodeType === 'Attribute' && receiver?.kind === 'imported'
      ? ({ kind: 'imported', name: `${receiver.name}.${func.attr}` } as const)
      : func.nodeType === 'Attribute'
        ? unknown
        : evaluate(run, frame, func)
  const name = func.nodeType === 'Attribute' ? func.attr : lastName(callee, func)
  const { mention } = run
  const values = node.args.map((one) => evaluate(run, frame, one))
  const named = new Map<string, Value>()
  for (const { arg, value } of node.keywords) {
    const inner = evaluate(run, frame, value)
    if (arg !== undefined) named.set(arg, inner)
    else if (inner.kind === 'dict') for (const [key, one] of inner.entries) named.set(key, one)
  }
  // What is only printed sets nothing.
  if (speaks.test(name)) run.mention = mention
  const given = { node, values, named }
  if (callee.kind === 'function') return invoke(run, callee, values, named)
  if (callee.kind === 'class') return construct(run, callee)
  const known = calledByName(run, name, receiver, callee, given)
  return known ?? unfollowed(run, frame, name, receiver, callee, given)
}

const speaks = /^(?:print|debug|info|warning|warn|error|exception|critical|log|echo|secho)$/

function lastName(callee: Value, func: Expression): string {
  if (callee.kind === 'imported') return callee.name.split('.').at(-1) ?? ''
  return func.nodeType === 'Name' ? func.id : ''
}

/** What a call of Alembic, SQLAlchemy or Python comes to; null: it is none of those. */
function calledByName(
  run: Run,
  name: string,
  receiver: Value | null,
  callee: Value,
  given: Given,
): Value | null {
  const { node, values, named } = given
  const [first = unknown] = values
  switch (name) {
    case 'is_offline_mode':
      return constant(false)
    case 'get': {
      // What another program hands over; the command of Alembic hands over nothing.
      const { func } = node
      const of = func.nodeType === 'Attribute' ? func.value : null
      if (of?.nodeType === 'Attribute' && of.attr === 'attributes')
        return { kind: 'imported', name: 'config.attributes' }
      if (receiver?.kind === 'dict') return receiver.entries.get(textOf(first)) ?? values[1] ?? constant(null)
      return null
    }
    case 'configure': {
      const connection = named.get('connection') ?? first
      if (connection.kind === 'database') run.migrating = connection.connection
      const applied = named.get('on_version_apply')
      if (applied) calledBack(run, applied)
      return unknown
    }
    case 'run_migrations':
      run.ran = true
      return unknown
    case 'execute':
    case 'exec_driver_sql':
    case 'executescript':
    case 'executemany':
    case 'stream':
    case 'scalar':
    case 'scalars':
    case 'fetch':
    case 'fetchval':
    case 'fetchrow':
      if (values.length > 0 || named.has('statement') || named.has('sql'))
        runSql(
          run,
          values[0] ?? named.get('statement') ?? named.get('sql') ?? unknown,
          connectionOf(receiver),
          node,
        )
      return unknown
    case 'create_engine':
    case 'create_async_engine':
    case 'engine_from_config':
    case 'async_engine_from_config':
    case 'create_pool_from_url': {
      connectArguments(run, named.get('connect_args'), node)
      return { kind: 'database', connection: null }
    }
    case 'AsyncEngine':
    case 'get_engine':
      return { kind: 'database', connection: null }
    case 'connect':
    case 'begin':
    case 'raw_connection':
    case 'get_bind':
    case 'get_raw_connection':
      if (receiver?.kind === 'database' && receiver.connection !== null) return receiver
      return { kind: 'database', connection: ++run.connections }
    case 'cursor':
    case 'begin_nested':
    case 'enter_context':
    case 'enter_async_context':
    case 'closing':
      return receiver?.kind === 'database' ? receiver : first
    case 'execution_options': {
      const map = named.get('schema_translate_map')
      if (map && truthOf(map) !== false)
        doubt(run, node, { kind: 'names' }, 'maps schemas to others (schema_translate_map)')
      return receiver ?? unknown
    }
    case 'run_sync':
      if (first.kind === 'function') {
        return invoke(run, first, [receiver ?? unknown, ...values.slice(1)], named)
      }
      return null
    case 'listens_for':
      return unknown
    case 'listen':
      listen(run, values, node)
      return unknown
    case 'create_all':
    case 'drop_all':
    case 'reflect':
      if (name === 'reflect') return unknown
      doubt(
        run,
        node,
        { kind: name === 'create_all' ? 'new objects' : 'everything' },
        `calls ${name}(), which ${name === 'create_all' ? 'makes tables that are missing' : 'drops tables'}`,
      )
      return unknown
    case 'text':
    case 'DDL':
    case 'dedent':
    case 'str':
    case 'cast':
    case 'quoted_name':
      return name === 'cast' ? (values[1] ?? unknown) : first.kind === 'text' ? first : (values[0] ?? unknown)
    case 'quote':
    case 'quote_schema':
    case 'quote_identifier':
    case 'quote_ident':
      return text(`"${textOf(first).replaceAll('"', '""')}"`)
    case 'CreateSchema': {
      const missingOnly = truthOf(named.get('if_not_exists') ?? unknown) === true ? 'IF NOT EXISTS ' : ''
      return text(`CREATE SCHEMA ${missingOnly}"${textOf(first).replaceAll('"', '""')}"`)
    }
    case 'DropSchema':
      return text(`DROP SCHEMA "${textOf(first)}"`)
    case 'select':
      return text(`SELECT ${values.map((one) => (one.kind === 'text' ? one.text : '1')).join(', ')}`)
    case 'insert':
    case 'update':
    case 'delete':
    case 'pg_insert':
      if (values.some(({ kind }) => kind === 'database')) return null
      return receiver?.kind === 'dict' || (name === 'update' && receiver === null) ? unknown : text('INSERT')
    case 'get_backend_name':
      return text(run.dialect)
    case 'getattr':
      return first.kind === 'database' ? first : (values[2] ?? unknown)
    case 'bool': {
      const truth = truthOf(first)
      return truth === null ? unknown : constant(truth)
    }
    case 'list':
    case 'tuple':
    case 'set':
      return values.length === 0 ? { kind: 'list', items: [] } : first
    case 'dict':
      return { kind: 'dict', entries: named }
    default:
  }
  if (callee.kind === 'imported' && /(?:^|\.)func\.\w+$/.test(callee.name)) {
    const listed = values.map((one) => (one.kind === 'text' ? `'${one.text.replaceAll("'", "''")}'` : hole))
    return text(`${name}(${listed.join(', ')})`)
  }
  return receiver?.kind === 'text' ? ofText(name, receiver.text, given) : ofUrl(run, name, given)
}

/** Methods of strings. */
function ofText(name: string, own: string, { values, named }: Given): Value {
  const [a = unknown, b = unknown] = values
  switch (name) {
    case 'format':
      return text(braceFormatted(own, values, named))
    case 'strip':
    case 'rstrip':
    case 'lstrip':
      return text(own.trim())
    case 'lower':
      return text(own.toLowerCase())
    case 'upper':
      return text(own.toUpperCase())
    case 'replace':
      return a.kind === 'text' && b.kind === 'text' ? text(own.replaceAll(a.text, b.text)) : text(hole)
    case 'join':
      return a.kind === 'list' ? text(a.items.map(textOf).join(own)) : text(hole)
    case 'startswith':
      return a.kind === 'text' && !own.includes(hole) ? constant(own.startsWith(a.text)) : unknown
    case 'bindparams':
    case 'columns':
    case 'execution_options':
    case 'execute_if':
    case 'options':
    case 'values':
    case 'where':
    case 'limit':
    case 'select_from':
    case 'label':
    case 'render_as_string':
    case 'on_conflict_do_nothing':
      return text(own)
    default:
      return unknown
  }
}

/** `url.startswith("sqlite")` */
function ofUrl(run: Run, name: string, { node, values }: Given): Value | null {
  const { func } = node
  const [first] = values
  if (name !== 'startswith' || func.nodeType !== 'Attribute' || first?.kind !== 'text') return null
  const found = isUrl(run.tree.sourceOf(func.value)) ? isOfUrl(run, first.text) : null
  return found === null ? unknown : constant(found)
}

function connectionOf(receiver: Value | null): number | null {
  return receiver?.kind === 'database' ? receiver.connection : null
}

/** Functions that take a connection and change nothing by it. */
const harmless =
  /^(?:inspect|from_engine|isinstance|hasattr|id|len|type|repr|Session|sessionmaker|async_sessionmaker|scoped_session|closing|Operations|append|add|setdefault|set|update|get|pop|extend|set_main_option|set_section_option|get_context|EnvironmentContext|MigrationContext|instrument|instrument_engine|dispose|close|aclosing|callable|vars|map|filter|sorted|zip|enumerate|partial|has_table|get_table_names|get_schema_names|invalidate|set_session|set_isolation_level|commit|rollback|run|run_until_complete|gather|create_task|ensure_future|nullcontext|info|debug|warning|error|print|exception|setattr|remove|bind)$/

/** Modules whose functions of those names are what they seem; a function of the project may be anything. */
const libraries =
  /^(?:sqlalchemy\w*|sqlmodel|alembic|asyncio|anyio|logging|contextlib|functools|typing|inspect|flask\w*|loguru|os|sys|builtins)(?:\.|$)/

function isHarmless(name: string, callee: Value): boolean {
  const ofProject = callee.kind === 'imported' && !libraries.test(callee.name)
  // A factory of sessions is called SessionLocal in every other project.
  return speaks.test(name) || /^\w*Session\w*$/.test(name) || (!ofProject && harmless.test(name))
}

/** A function that is not in this file: it may do what it likes with a connection that it gets. */
function unfollowed(
  run: Run,
  frame: Frame,
  name: string,
  receiver: Value | null,
  callee: Value,
  given: Given,
): Value {
  const { node, values, named } = given
  const { func, args, keywords } = node
  const all = [...values, ...named.values()]
  // Whatever takes a function of this file may call it.
  if (name !== 'configure') for (const one of all) if (one.kind === 'function') calledBack(run, one)
  const passed =
    all.some(({ kind }) => kind === 'database') ||
    [...args, ...keywords.map(({ value }) => value)].some((one) => isConnectionName(frame, one))
  const own = receiver?.kind === 'database'
  const method = func.nodeType === 'Attribute'
  const suspicious = !method || (receiver !== null && receiver.kind !== 'text')
  if (passed && suspicious && !own && !isHarmless(name, callee)) {
    doubt(run, node, { kind: 'everything' }, `calls ${shownCall(run, node)}, which the guard can't follow`)
  } else if (!passed && worksOnSchema.test(name) && !/\./.test(name)) {
    doubt(run, node, { kind: 'everything' }, `calls ${shownCall(run, node)}, which the guard can't follow`)
  }
  if (own && name === 'callproc') doubt(run, node, { kind: 'everything' }, 'calls a procedure')
  return unknown
}

/** Calls that get no connection and yet say by their name that they work on the schema. */
const worksOnSchema =
  /^(?:create|ensure|init|setup|prepare|drop|reset|make|upgrade|bootstrap)_(?:all_)?(?:\w+_)?(?:schemas?|tables?|extensions?|db|roles?|types?|enums?)(?:_if_\w+)?$/

function shownCall(run: Run, node: NodeOf<'Call'>): string {
  return shortened(run.tree.sourceOf(node))
}

/** A name that nothing is known of, and that says what it holds. */
function isConnectionName(frame: Frame, node: Expression): boolean {
  if (node.nodeType !== 'Name') return false
  const value = lookUp(frame, node.id)
  if (value && value.kind !== 'unknown') return false
  return /^(?:\w+_)?(?:conn|connection|connectable|engine|bind|session|cursor)$/i.test(node.id)
}
