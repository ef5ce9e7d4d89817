/** Evaluates calls in env.py, and reports calls that can't be followed. */
import { callFunction } from '../interpreter/functions.ts'
import { type Call, sourceOf, spanOf } from '../interpreter/run.ts'
import { lookUp } from '../interpreter/scope.ts'
import { type Term, bool, hole, textTerm, truthOf, unknown } from '../interpreter/values.ts'
import { shortened } from '../source/excerpt.ts'
import type { Expression } from '../syntax/syntax-tree.ts'
import { calledBack, construct } from './env-callbacks.ts'
import { listen } from './env-events.ts'
import { calledWith, madeEngine, noteConfigure, opened } from './env-transactions.ts'
import { changeOption, isOwnSection, optionOf, sectionOf } from './env-ini.ts'
import { connectArguments, runSql } from './env-settings.ts'
import {
  type EnvRun,
  type EnvState,
  connectionNumber,
  database,
  doubt,
  isCertain,
  isDatabase,
  saysConnection,
  sqlOf,
  statement,
} from './env-state.ts'

/** Evaluates a call to anything but a Python builtin. */
export function callEnv(env: EnvRun, call: Call): Term {
  const { called } = call
  if (called.kind === 'class') {
    construct(env, called, call.node)
    return unknown
  }
  const { func } = call.node
  const name =
    func.nodeType !== 'Attribute' && called.kind === 'imported' ? lastOf(called.path) : lastNameOf(func)
  const receiver = called.kind === 'member' ? called.owner : null
  return calledByName(env, name, receiver, call) ?? unfollowed(env, name, receiver, call)
}

/** Returns the last part of the called function's dotted name. */
export function lastNameOf(func: Expression): string {
  return func.nodeType === 'Attribute' ? func.attr : func.nodeType === 'Name' ? func.id : ''
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

/** Whether the function name suggests printing or logging. */
export function isSpeaking(name: string): boolean {
  return /^(?:print|debug|info|warning|warn|error|exception|critical|log|echo|secho)$/.test(name)
}

const quoted = (term: Term): string => `"${(sqlOf(term) ?? hole).replaceAll('"', '""')}"`

/** Evaluates a call to Alembic, SQLAlchemy or a driver, recognized by name; null for others. */
function calledByName(env: EnvRun, name: string, receiver: Term | null, call: Call): Term | null {
  const { state, run } = env
  const { args, keywords, node } = call
  const [first = unknown, second = unknown] = args
  calledWith(env, name, receiver, call)
  switch (name) {
    case 'is_offline_mode':
      return bool(false)
    case 'get': {
      // Programs that embed Alembic set `config.attributes`. The `alembic` command leaves it empty.
      const { func } = node
      const of = func.nodeType === 'Attribute' ? func.value : null
      return of?.nodeType === 'Attribute' && of.attr === 'attributes'
        ? { kind: 'imported', path: 'config.attributes' }
        : null
    }
    case 'get_main_option':
    case 'get_section_option':
      return optionOf(
        state,
        name === 'get_main_option' ? args : args.slice(1),
        name === 'get_main_option' || isOwnSection(env, call),
      )
    case 'get_section':
      return isOwnSection(env, call) ? sectionOf(state) : unknown
    case 'set_main_option':
    case 'set_section_option':
      changeOption(state, name === 'set_main_option' ? first : second)
      return unknown
    case 'configure': {
      state.configured.set(node, state.configured.has(node) ? null : keywords)
      noteElsewhere(env, call)
      const connection = keywords.get('connection') ?? first
      if (isDatabase(connection)) state.migrating = connectionNumber(connection)
      noteConfigure(env, connection, keywords)
      const applied = keywords.get('on_version_apply')
      if (applied) calledBack(env, applied, node)
      return unknown
    }
    case 'run_migrations':
      if (isCertain(env) && !run.silent) state.ran = true
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
    case 'fetchrow': {
      const given = args[0] ?? keywords.get('statement') ?? keywords.get('sql')
      if (given) runSql(env, given, connectionNumber(receiver), node)
      return unknown
    }
    case 'create_engine':
    case 'create_async_engine':
    case 'engine_from_config':
    case 'async_engine_from_config':
    case 'create_pool_from_url':
      connectArguments(env, keywords.get('connect_args'), node)
      return madeEngine(name, call)
    case 'AsyncEngine':
      return madeEngine(name, call)
    case 'get_engine':
      return database(null)
    case 'connect':
      if (connectionNumber(receiver) !== null) return receiver
      opened(env, ++state.connections, receiver)
      return database(state.connections)
    case 'begin':
    case 'raw_connection':
    case 'get_bind':
    case 'get_raw_connection':
      return connectionNumber(receiver) === null ? database(++state.connections) : receiver
    case 'cursor':
    case 'begin_nested':
    case 'enter_context':
    case 'enter_async_context':
    case 'closing':
      return isDatabase(receiver) ? receiver : first
    case 'execution_options': {
      const map = keywords.get('schema_translate_map')
      if (map && truthOf(map) !== false && !mapsNothing(map))
        doubt(env, node, { kind: 'names' }, 'remaps schemas (schema_translate_map)')
      return receiver ?? unknown
    }
    case 'run_sync':
      return first.kind === 'function'
        ? callFunction(first, [receiver ?? unknown, ...args.slice(1)], keywords, node, run)
        : null
    case 'listens_for':
      return { kind: 'made', path: 'env.listener', args, keywords, source: '' }
    case 'listen':
      listen(env, args, node)
      return unknown
    case 'create_all':
    case 'drop_all': {
      const [kind, what] =
        name === 'create_all'
          ? (['new objects', 'creates missing tables'] as const)
          : (['everything', 'drops tables'] as const)
      doubt(env, node, { kind }, `calls ${name}(), which ${what}`)
      return unknown
    }
    case 'reflect':
      return unknown
    case 'text':
    case 'DDL': {
      const sql = sqlOf(first)
      return sql === null ? unknown : statement(sql)
    }
    case 'dedent':
    case 'quoted_name':
      return first
    case 'cast':
      return second
    case 'quote':
    case 'quote_schema':
    case 'quote_identifier':
    case 'quote_ident':
      return textTerm(quoted(first))
    case 'CreateSchema': {
      const missingOnly = truthOf(keywords.get('if_not_exists') ?? unknown) === true ? 'IF NOT EXISTS ' : ''
      return statement(`CREATE SCHEMA ${missingOnly}${quoted(first)}`)
    }
    case 'DropSchema':
      return statement(`DROP SCHEMA ${quoted(first)}`)
    case 'select':
      return statement(`SELECT ${args.map((one) => sqlOf(one) ?? '1').join(', ')}`)
    case 'insert':
    case 'update':
    case 'delete':
    case 'pg_insert':
      if (args.some(isDatabase)) return null
      return receiver?.kind === 'dict' || (name === 'update' && receiver === null)
        ? unknown
        : statement('INSERT')
    case 'get_backend_name':
      return textTerm(state.dialect)
    case 'startswith':
      return startsUrl(env, call)
    default:
  }
  if (call.called.kind === 'imported' && /(?:^|\.)func\.\w+$/.test(call.called.path)) {
    const listed = args.map((one) => (one.kind === 'str' ? `'${one.value.replaceAll("'", "''")}'` : hole))
    return statement(`${name}(${listed.join(', ')})`)
  }
  // Calling a method on a statement doesn't change its text.
  return sqlOf(receiver ?? undefined) === null ? null : receiver
}

/** Records `context.configure(…)` calls in a file that env.py imports. */
function noteElsewhere({ state, run }: EnvRun, { node, keywords, called }: Call): void {
  const { func } = node
  const path = called.kind === 'imported' ? called.path : ''
  const isAlembic =
    /^alembic\.(?:\w+\.)*configure$/.test(path) ||
    (func.nodeType === 'Attribute' && /context$/i.test(sourceOf(run, func.value)))
  if (!isAlembic || run.file.path === state.path || run.silent) return
  const again = state.configuredElsewhere.has(node)
  state.configuredElsewhere.set(node, { keywords: again ? null : keywords, span: spanOf(run, node) })
}

/** Whether a schema translation map, such as `{None: None}`, has no effect. */
function mapsNothing(map: Term): boolean {
  if (map.kind !== 'dict' || map.spoiled || map.open) return false
  return [...map.entries.values()].every(({ key, value }) => key.kind === 'none' && value.kind === 'none')
}

/** Evaluates a condition such as `url.startswith("sqlite")`. */
function startsUrl({ state, run }: EnvRun, { node, args }: Call): Term | null {
  const { func } = node
  const [first] = args
  if (func.nodeType !== 'Attribute' || first?.kind !== 'str') return null
  const found = isUrl(sourceOf(run, func.value)) ? isOfUrl(state, first.value) : null
  return found === null ? unknown : bool(found)
}

/** Whether an expression's source looks like a URL. */
export function isUrl(source: string): boolean {
  return /url|uri|dsn/i.test(source)
}

/** Whether URLs for this dialect begin with or contain `part`, such as `sqlite`; null if unknown. */
export function isOfUrl({ dialect }: EnvState, part: string): boolean | null {
  if (/^sqlite/i.test(part)) return dialect === 'sqlite' ? (/^sqlite$/i.test(part) ? true : null) : false
  if (/^postgres(?:ql)?$/i.test(part)) return dialect === 'postgresql'
  return /^postgres/i.test(part) && dialect === 'sqlite' ? false : null
}

/** Functions that change nothing, even if they receive a connection. */
const harmless =
  /^(?:inspect|from_engine|isinstance|hasattr|id|len|type|repr|Session|sessionmaker|async_sessionmaker|scoped_session|closing|Operations|append|add|setdefault|set|update|get|pop|extend|set_main_option|set_section_option|get_context|EnvironmentContext|MigrationContext|instrument|instrument_engine|add_tracing|dispose|close|aclosing|callable|vars|map|filter|sorted|zip|enumerate|partial|has_table|get_table_names|get_schema_names|invalidate|set_session|set_isolation_level|commit|rollback|run|run_until_complete|gather|create_task|ensure_future|nullcontext|info|debug|warning|error|print|exception|setattr|remove|bind|Table)$/

/**
 * A name in `harmless` counts only if it's imported from one of these modules, because project functions could do
 * anything.
 */
const libraries =
  /^(?:sqlalchemy\w*|sqlmodel|alembic|asyncio|anyio|logging|contextlib|functools|typing|inspect|flask\w*|loguru|osprofiler|os|sys|builtins)(?:\.|$)/

function isHarmless(name: string, called: Term): boolean {
  const ofProject = called.kind === 'imported' && !libraries.test(called.path)
  // Session factories are commonly called SessionLocal.
  return isSpeaking(name) || /^\w*Session\w*$/.test(name) || (!ofProject && harmless.test(name))
}

/** Code that the guard can't follow may do anything with a connection. */
function unfollowed(env: EnvRun, name: string, receiver: Term | null, call: Call): Term {
  const { node, args, keywords, called } = call
  const all = [...args, ...keywords.values()]
  // Code that receives a function may call that function.
  if (name !== 'configure') for (const one of all) calledBack(env, one, node)
  const passed =
    all.some(isDatabase) ||
    [...node.args, ...node.keywords.map(({ value }) => value)].some((one) => isConnectionName(call, one))
  const { func } = node
  const own = isDatabase(receiver) || (func.nodeType === 'Attribute' && isConnectionName(call, func.value))
  const unread = (): void => {
    const what = `calls ${shortened(sourceOf(env.run, node))}, which the guard can't follow`
    doubt(env, node, { kind: 'everything' }, what)
  }
  if (passed && !own && !isHarmless(name, called)) unread()
  else if (!passed && worksOnSchema.test(name)) unread()
  if (own && name === 'callproc') doubt(env, node, { kind: 'everything' }, 'calls a procedure')
  return unknown
}

/** Function names that suggest schema changes, even without a connection argument. */
const worksOnSchema =
  /^(?:create|ensure|init|setup|prepare|drop|reset|make|upgrade|bootstrap)_(?:all_)?(?:\w+_)?(?:schemas?|tables?|extensions?|db|roles?|types?|enums?)(?:_if_\w+)?$/

/** Whether a name with an unknown value suggests a connection. */
function isConnectionName({ scope }: Call, node: Expression): boolean {
  if (node.nodeType !== 'Name' || lookUp(node.id, scope).kind !== 'unknown') return false
  return saysConnection(node.id)
}
