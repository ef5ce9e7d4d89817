/** Models calls to Alembic and SQLAlchemy: `op` directives, executed SQL and created objects. */
import { atLeast } from '../../core/history/alembic-version.ts'
import type { DialectName } from '../../core/dialect/dialect-name.ts'
import { type CatalogAfter, type Operation, changesSchema } from '../../core/history/operation.ts'
import { handsOver } from '../interpreter/acting-functions.ts'
import { giveAway } from '../interpreter/calls.ts'
import { usesConnection } from '../interpreter/instances.ts'
import { importedClass } from '../interpreter/modules.ts'
import { type Call, type Host, sourceOf, spanOf } from '../interpreter/run.ts'
import {
  type ClassTerm,
  type Made,
  type Term,
  bool,
  capable,
  flagOf,
  foreign,
  hole,
  itemsOfTerm,
  none,
  plainUnknown,
  stringOf,
  textTerm,
  unknown,
} from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { modelName } from './models.ts'
import { enumOf } from './column-types.ts'
import {
  type DirectiveCall,
  alteredBy,
  isDirective,
  operationsOfDirective,
  tableOfCall,
} from './directives.ts'
import { isPlainMetadata, noteTable, reflectTables, tablesOf, withOwnMetadata } from './metadata.ts'
import { mayCompile, withKeyNames } from './compiled-keys.ts'
import { isHarmlessModule } from './harmless-modules.ts'
import { decoratedType, isTypeDecorator, noteCompiled } from './type-decorators.ts'
import { mainOption } from './ini-options.ts'
import { askDialect, askInspector, asksAboutTable, inspectorOf, isOwnConnection } from './inspectors.ts'
import { emptyRows } from './queries/empty-queries.ts'
import type { PythonError } from '../../core/history/migration-module.ts'
import { isOther, missingParameter, stepsOfExecute } from './executed-statements.ts'
import { queried, readRows } from './queries/query-results.ts'
import { runBlock } from './queries/run-block.ts'
import {
  type ProjectFacts,
  type RecordingContext,
  type Recording,
  type SqlText,
  emit,
  emitOpaque,
  namedByConvention,
  nothingAsked,
  storedIn,
} from './recording.ts'
import { stepsOfCreateAll } from './create-all/create-all.ts'
import { mutableType } from './mutable-types.ts'
import {
  attributeOfColumn,
  copyOfColumn,
  isOfType,
  reflectedColumns,
} from './reflection/reflected-columns.ts'
import { attributeOfKeys, reflectedTable } from './reflection/reflected-tables.ts'
import { emptyIterator } from './queries/empty-iterables.ts'
import { continueQuery, isQuery, readQuery, startQuery } from './queries/session-queries.ts'
import { stepsOfLibrary } from './libraries/library-directives.ts'
import { keywordsOf } from './newer-keywords.ts'
import { raisesInSqlalchemy2 } from './sqlalchemy-2.ts'
import { rowConstruct } from './row-constructs.ts'
import { withoutWrites } from './sql/statements.ts'

/** Creates a host that records a migration's operations. */
export function recordingHost(
  dialect: DialectName | null,
  catalogAfter: CatalogAfter | null = null,
  texts: SqlText[] = [],
  project: ProjectFacts = {},
): {
  readonly host: Host
  readonly recording: Recording
} {
  const recording: Recording = { dialect, ...project, steps: [], texts, asked: nothingAsked(catalogAfter) }
  let context: RecordingContext | null = null
  const host: Host = {
    call(call, run) {
      if (context?.run !== run) context = { run, ...recording }
      return callTerm(call, context)
    },
    schemaChanges: () => recording.steps.filter(changesSchema).length,
    currentName: (path) => path.replace(formerModule, 'sqlalchemy.orm.$1'),
    creates: (library, name) => library === 'sqlalchemy' && createsPart.test(name),
    followsObjects: true,
    keepsClass: isTypeDecorator,
    attributeOf: (owner, name) => attributeOf(owner, name, dialect),
    iterated: (value, run) => {
      if (value.kind === 'member') return reflectedColumns(value)
      return value.kind === 'made' && isQuery(value) ? readQuery(value, 'all', { run, ...recording }) : null
    },
    isInstance: isOfType,
    // On PostgreSQL, only the project's own code raises `NotImplementedError`.
    neverRaises: (exception) => dialect === 'postgresql' && exception === 'NotImplementedError',
    raisesNameErrors: true,
    unfollowed: (run, node, reason, isDistant) =>
      emitOpaque({ run, ...recording }, node, reason, null, undefined, isDistant ? { distant: true } : {}),
  }
  return { host, recording }
}

/** Functions that SQLAlchemy 1.4 moved to `sqlalchemy.orm`. Their old names still work. */
const formerModule =
  /^sqlalchemy\.ext\.declarative\.(?:api\.)?(declarative_base|declared_attr|as_declarative|has_inherited_table)$/

/** SQLAlchemy classes and functions that create columns, types, constraints or SQL expressions. */
const createsPart = /^(?:text$|true$|false$|(?!MetaData$|\w*Session$|Engine$)[A-Z])/

function attributeOf(owner: Term, name: string, dialect: DialectName | null): Term | null {
  const dialectName = (): Term => (dialect === null ? unknown : textTerm(dialect))
  switch (owner.kind) {
    case 'bind':
      // An engine's connections can't see the migration's uncommitted changes.
      if (name === 'engine') return { ...owner, apart: true, is: 'engine' }
      if (name === 'connection' && owner.is === 'session') return null
      if (name === 'bind' || name === 'connection') return withoutClass(owner)
      // A URL begins with its dialect: `postgresql+psycopg2://…`.
      if (name === 'url') return dialect === null ? unknown : { kind: 'template', text: `${dialect}${hole}` }
      return name === 'name' ? dialectName() : null
    case 'context':
      if (name === 'bind' || name === 'connection') return { kind: 'bind', is: 'connection' }
      if (name === 'as_sql') return bool(false)
      return name === 'impl' ? foreign : null
    case 'made':
      if (name === 'name' && /^(?:Table|Column)$/.test(classOf(owner) ?? '')) return nameArgument(owner)
      if (name === 'tables') return tablesOf(owner)
      return attributeOfColumn(owner, name) ?? attributeOfKeys(owner, name)
    case 'inspector':
      return name === 'bind' || name === 'engine' ? { kind: 'bind' } : null
    case 'items':
      return owner.names?.includes(name) ? (owner.items[owner.names.indexOf(name)] ?? unknown) : null
    case 'member': {
      const base = owner.owner.kind
      // A column's table, as in `table.c.id.table`.
      if (name === 'table' && owner.owner.kind === 'member' && /^(?:c|columns)$/.test(owner.owner.name))
        return owner.owner.owner.kind === 'made' ? owner.owner.owner : null
      if (owner.name !== 'dialect' || !/^(?:bind|context|inspector)$/.test(base)) return null
      if (name === 'name') return dialectName()
      return name === 'type_descriptor' || asksAboutTable(name) ? null : unknown
    }
    default:
      return null
  }
}

/** The name argument of a table or column; null if it isn't a plain string. */
function nameArgument({ args: [first], keywords }: Made): Term | null {
  return first?.kind === 'str' ? first : (keywords.get('name') ?? null)
}

function callTerm(call: Call, context: RecordingContext): Term {
  const { called } = call
  if (raisesInSqlalchemy2(call, context)) return unknown
  const mutable = mutableType(called, call.args)
  if (mutable) return mutable
  switch (called.kind) {
    case 'imported':
      return callImported(call, called.path, context)
    case 'member':
      return callMember(call, called.owner, called.name, context)
    case 'bind':
      // `Session(bind=bind)`, where `Session = sessionmaker()`.
      return withoutClass([...call.args, ...call.keywords.values()].find(isBind) ?? called)
    case 'class':
      return typeOfCall(called, call, context) ?? objectOf(called, context)
    case 'unknown':
      return callUnknown(call, called.foreign, context)
    default:
      return unknown
  }
}

/** Returns an object of a class whose methods aren't interpreted. */
function objectOf(type: ClassTerm, { run }: RecordingContext): Term {
  if (usesConnection(type, run)) return capable
  return type.acts ? foreign : unknown
}

/** The library type behind a project's `TypeDecorator` class; null for any other class. */
function typeOfCall(called: Term, call: Call, { run }: RecordingContext): Made | null {
  const dialect: Term = { kind: 'member', owner: { kind: 'context' }, name: 'dialect' }
  return isTypeDecorator(called) ? decoratedType(called, call, dialect, run) : null
}

/** Whether the call is inside a column, a type or `alter_column`, where it can affect only the type. */
function isInColumn({ run }: RecordingContext): boolean {
  return run.callees.some(
    (called) =>
      (called.kind === 'imported' && definesColumn.test(called.path)) ||
      (called.kind === 'member' && called.owner.kind === 'batch' && called.name === 'alter_column'),
  )
}

const definesColumn =
  /^(?:sqlalchemy\.(?:\w+\.)*(?!MetaData$|\w*Session$|Engine$)[A-Z]\w*|alembic\.op\.alter_column)$/

function opaque(call: Call, reason: string, context: RecordingContext): void {
  emitOpaque(context, call.node, reason, null)
}

/**
 * Records a call to unreadable code that doesn't receive the connection. Such code is unlikely to change the schema
 * unless its name suggests otherwise.
 */
function distant(call: Call, reason: string, context: RecordingContext): void {
  const name = calledName(call.node)
  const more = name === '' || acting.test(name) ? {} : { distant: true as const }
  emitOpaque(context, call.node, reason, null, undefined, more)
}

/** The name of the called function; `work` for `asyncio.run(work())`. */
function calledName({ func, args }: Call['node']): string {
  if (func.nodeType !== 'Attribute') return func.nodeType === 'Name' ? func.id : ''
  const [coroutine] = args
  const runs = func.attr === 'run' && func.value.nodeType === 'Name' && func.value.id === 'asyncio'
  return runs && coroutine?.nodeType === 'Call' ? calledName(coroutine) : func.attr
}

const acting =
  /^_*(?:run|exec|create|drop|apply|upgrade|downgrade|migrate|alter|rename|add_(?:column|index|constraint|table)|truncate|init|setup|bootstrap|sync|op$|ddl|sql)|(?:^|_)(?:migration|migrate|schema|tables?|index(?:es)?|columns?|constraints?|ddl)(?:_|$)/i

const givenAway = 'the connection is passed to other code'

function callUnknown(call: Call, isForeign: boolean, context: RecordingContext): Term {
  if (isInColumn(context) && !giveAway(call, context.run, true)) return isForeign ? foreign : unknown
  if (isLogging.test(sourceOf(context.run, call.node.func))) return unknown
  const owner = call.called.kind === 'member' ? call.called.owner : call.called
  const uses = owner.kind === 'unknown' && owner.capable === true
  const hands = giveAway(call, context.run) || uses
  const { func } = call.node
  if (!hands && func.nodeType === 'Attribute' && buildsStatement.test(func.attr))
    return construct(call, context)
  if (isForeign && !hands) distant(call, 'an unresolved call', context)
  else if (isForeign) opaque(call, 'an unresolved call', context)
  else if (hands) opaque(call, givenAway, context)
  // Calling a method on data returns data.
  if (!hands && owner.kind === 'unknown' && owner.plain) return plainUnknown
  if (uses) return capable
  return isForeign ? foreign : unknown
}

/** Functions and methods that build DML statements or only work with values. */
const buildsStatement =
  /^(?:select|insert|update|delete|values|where|returning|filter|filter_by|order_by|group_by|join|outerjoin|limit|in_|not_in|notin_|is_|is_not|isnot|like|ilike|label|asc|desc|on_conflict_do_\w+|from_select|append|extend|difference|union|intersection|items|keys|get|lower|upper|strip|lstrip|rstrip|split|format|encode|decode|isoformat|json|startswith|endswith)$/

function construct(call: Call, context: RecordingContext): Made {
  const { called, args, node } = call
  const owner = called.kind === 'member' ? called.owner : called
  const built = made({ ...call, args: [owner, ...args] }, 'sqlalchemy.construct', context)
  return node.func.nodeType === 'Attribute' ? { ...built, method: node.func.attr } : built
}

function made(call: Call, path: string, { run }: RecordingContext): Made {
  const source = sourceOf(run, call.node)
  return { kind: 'made', path, args: call.args, keywords: call.keywords, source }
}

function callImported(call: Call, path: string, context: RecordingContext): Term {
  if (path.startsWith('alembic.op.')) return callOp(call, path.slice('alembic.op.'.length), context)
  if (path === 'alembic.context.get_context') return { kind: 'context' }
  if (path === 'alembic.context.get_bind') return { kind: 'bind', is: 'connection' }
  if (path === 'alembic.context.execute') return executed(call, context)
  // Releases don't pass `--sql` to `alembic upgrade`.
  if (path === 'alembic.context.is_offline_mode') return bool(false)
  if (path === 'alembic.context.config.get_main_option') return mainOption(context.iniOptions, call.args)
  if (/^alembic\.(?:context|util)\./.test(path)) return unknown
  if (/^(?:sqlalchemy|sqlmodel|flask_sqlalchemy)(?:\.|$)/.test(path))
    return callSqlalchemy(call, path, context)
  if (isLogging.test(path)) return unknown
  if (ofConstant.test(path)) return unknown
  if (opensEngine.test(path)) return { kind: 'bind', other: true, is: 'engine' }
  const nothing = emptyIterator(path, call.args)
  if (nothing) return nothing
  if (/^os\.(?:getenv|environ\.get)$/.test(path)) return environmentVariable(context, call)
  const hands = giveAway(call, context.run, keepsValues.test(path))
  if (isHarmlessModule(path)) {
    if (hands) opaque(call, givenAway, context)
    return hands ? capable : plainUnknown
  }
  if (!hands && isInColumn(context)) return made(call, path, context)
  const last = path.slice(path.lastIndexOf('.') + 1)
  if (!hands && buildsStatement.test(last) && /\.[A-Z]\w*\./.test(path)) return construct(call, context)
  // A library can't use the migration's connection unless the code passes it.
  if (!hands && context.run.modules.isElsewhere(path) && !reachesDatabases.test(path)) {
    emitOpaque(context, call.node, `a call to ${path.split('.')[0]}`, [], [])
    return unknown
  }
  // Creating an object has no effect, but calling its methods may have one.
  const own = call.called.kind === 'imported' ? importedClass(call.called, context.run) : null
  if (own && modelName(own) === null && usesConnection(own, context.run)) return capable
  if (/^_*[A-Z]/.test(last)) return made(call, path, context)
  const reason = `a call to ${path.startsWith('.') ? 'the project' : path.split('.')[0]}`
  if (hands) opaque(call, reason, context)
  else distant(call, reason, context)
  return hands ? capable : foreign
}

/** oslo.db functions that return the engine of the project's database. */
const opensEngine = /^oslo_db\.sqlalchemy\.enginefacade\.(?:reader|writer)\.get_engine$/
/**
 * Evaluates `os.getenv(name, default)`. If the variable is set, its value is left unknown, because it may be a
 * secret. A missing default suggests that the variable is set.
 */
function environmentVariable({ isUnset }: RecordingContext, { args, keywords }: Call): Term {
  const [name = keywords.get('key'), otherwise = keywords.get('default')] = args
  const isDefault = name?.kind === 'str' && isUnset?.(name.value) === true
  return isDefault && otherwise ? otherwise : plainUnknown
}

/** String methods called on constants, as in `settings.MODEL_NAME.replace('/', '_')`. */
const ofConstant =
  /\.[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\.(?:replace|r?split|[lr]?strip|lower|upper|title|capitalize|startswith|endswith|format|encode|decode|join|removeprefix|removesuffix)$/

/** Functions that only build text from their arguments. */
const keepsValues = /^(?:six\.(?:text_type|u|ensure_\w+)|json\.dumps?|pprint\.p\w+|textwrap\.\w+)$/

/** Libraries that may connect to a database or run other code. */
const reachesDatabases =
  /^(?:[^.]*(?:alchemy|alembic|migrat|sql|psycopg|asyncpg|pg|db|database|django|pandas|records|peewee|tortoise)[^.]*|subprocess|sh|invoke|fabric|plumbum|docker|asyncio|importlib|runpy|multiprocessing|concurrent|ctypes|anyio|trio)(?:\.|$)/i

const isLogging =
  /(?:^|[._])(?:log|logger|logging)\.(?:debug|info|warn|warning|error|exception|critical|log)$/i

function callSqlalchemy(call: Call, path: string, context: RecordingContext): Term {
  const last = path.slice(path.lastIndexOf('.') + 1)
  if (last === 'inspect' || /\.Inspector(?:\.from_engine)?$/.test(path)) return inspectorOf(call.args[0])
  if (/^(?:create_engine|engine_from_config|Session|sessionmaker|scoped_session|SQLAlchemy)$/.test(last)) {
    const is = last === 'Session' ? 'session' : last.includes('engine') ? 'engine' : null
    const hands = giveAway(call, context.run)
    const binds = [...call.args, ...call.keywords.values()].filter(isBind)
    const other = !hands || (binds.length > 0 && binds.every((one) => one.other))
    const apart = binds.some((one) => one.apart)
    return { kind: 'bind', ...(other && { other }), ...(apart && { apart }), ...(is && { is }) }
  }
  if (last === 'quoted_name') return quotedName(call)
  const [, metadata] = call.args
  if (last === 'Table' && metadata?.kind === 'made') noteTable(metadata, call.args[0])
  if (last === 'Table') return reflectedTable(call, path, context) ?? made(call, path, context)
  if (path === 'sqlalchemy.ext.compiler.compiles') {
    noteCompiled(call.args[0])
    context.asked.compiles ??= compiledElement(call, context)
  }
  if (/^(?:C|c)olumn$/.test(last)) return made(withTypes(call, context), path, context)
  if (/^listens?(?:_for)?$/.test(last)) opaque(call, 'a SQLAlchemy event listener', context)
  return made(call, path, context)
}

/** Returns the library element whose SQL `@compiles` changes; null if it changes none here. */
function compiledElement(
  { args: [element, ...dialects] }: Call,
  { dialect }: RecordingContext,
): string | null {
  const names = dialects.map(stringOf)
  const applies = names.length === 0 || dialect === null || names.includes(dialect) || names.includes(null)
  const name = element?.kind === 'imported' && applies ? (element.path.split('.').at(-1) ?? null) : null
  // `withKeyNames` handles foreign keys.
  return name === 'ForeignKeyConstraint' ? null : name
}

/** Evaluates `quoted_name(name, quote)`. Without quotes, PostgreSQL folds the name to lower case. */
function quotedName({ args: [name, quote], keywords }: Call): Term {
  const quotes = quote ?? keywords.get('quote') ?? none
  const isKept = quotes.kind === 'none' || flagOf(quotes, false) === true
  return isKept ? (name ?? keywords.get('value') ?? unknown) : plainUnknown
}

/**
 * Replaces `TypeDecorator` classes passed as column types, as in `sa.Column('id', GUID)`, with the underlying types.
 */
function withTypes(call: Call, context: RecordingContext): Call {
  if (![...call.args, ...call.keywords.values()].some(isTypeDecorator)) return call
  const bare = { ...call, args: [], keywords: new Map<string, Term>() }
  const resolved = (term: Term): Term => typeOfCall(term, bare, context) ?? term
  const keywords = new Map([...call.keywords].map(([key, term]) => [key, resolved(term)]))
  return { ...call, args: call.args.map(resolved), keywords }
}

function callOp(call: Call, name: string, context: RecordingContext): Term {
  switch (name) {
    case 'get_bind':
      return { kind: 'bind', is: 'connection' }
    case 'get_context':
      return { kind: 'context' }
    case 'f':
      return made(call, 'alembic.op.f', context)
    case 'inline_literal':
      return call.args[0] ?? unknown
    case 'execute':
      return executed(call, context)
    case 'batch_alter_table': {
      const schema = call.keywords.get('schema')
      const table = stringOf(call.args[0] ?? call.keywords.get('table_name'))
      const known =
        table !== null && (schema === undefined || schema.kind === 'none' || schema.kind === 'str')
      // Options that may make a batch copy its table. On PostgreSQL, only `recreate` can.
      const options = ['copy_from', 'reflect_args', 'table_args', 'naming_convention']
      const matters = context.dialect !== 'postgresql' && options.some((key) => call.keywords.has(key))
      const other = matters || call.args.length > 2
      context.asked.beforeBatch = context.steps.length
      const recreate = call.keywords.get('recreate')
      const asked = recreate === undefined ? 'auto' : stringOf(recreate)
      const way = other || (asked !== 'auto' && asked !== 'always') ? 'other' : asked
      return { kind: 'batch', table: known ? { schema: stringOf(schema), name: table } : null, way }
    }
    default:
      return directive(call, name, null, context)
  }
}

/** `metadata` is undefined for objects that Alembic's directives create. */
function directive(
  call: Call,
  name: string,
  batch: DirectiveCall['batch'],
  context: RecordingContext,
  metadata?: Term,
): Term {
  const { args, keywords: given, node } = name === 'alter_column' ? withTypes(call, context) : call
  const keywords = metadata === undefined ? keywordsOf(name, given, batch !== null, context.alembic) : given
  if (typeof keywords === 'string') {
    const message = `${name}() got an unexpected keyword argument '${keywords}'`
    if (!raises({ type: 'TypeError', message }, call, context))
      emitOpaque(context, node, 'a call that raises TypeError', [], [])
    return unknown
  }
  const span = spanOf(context.run, node)
  const foreignSteps = stepsOfLibrary(name, args, keywords, span)
  if (foreignSteps !== null) {
    emit(context, storedIn(context, foreignSteps, 'SQL'), node)
    return unknown
  }
  if (!isDirective(name)) {
    const reason = `an op directive that Alembic doesn't define: ${name}`
    emitOpaque(context, node, reason, batch?.table == null ? null : [batch.table])
    return unknown
  }
  const { dialect, sqlalchemyMajor } = context
  const directiveCall: DirectiveCall = {
    name,
    args,
    keywords,
    batch,
    dialect,
    span,
    ...(sqlalchemyMajor && { sqlalchemyMajor }),
  }
  const found = operationsOfDirective(directiveCall)
  const { compiles } = context.asked
  if (compiles !== null && found?.every((step) => !mayCompile(step, compiles)) !== true) {
    const table = tableOfCall(directiveCall)
    emitOpaque(context, node, `@compiles(${compiles}), which changes SQL`, table && [table])
    return name === 'create_table' ? made(call, 'sqlalchemy.table', context) : none
  }
  const named = metadata === undefined && found ? namedByConvention(context, found) : found
  const owned = metadata && !isPlainMetadata(metadata) ? (named?.map(withOwnMetadata) ?? null) : named
  const { keyNames = 'given' } = context
  const steps = owned?.map((step) => withKeyNames(step, keyNames)) ?? null
  if (steps !== null) emit(context, storedIn(context, steps, 'Alembic'), node)
  else {
    const table = tableOfCall(directiveCall)
    const only = table !== null && name !== 'drop_table' && name !== 'rename_table' ? [table] : null
    const alters = alteredBy(directiveCall)
    const reason = `arguments of ${name} that are only known at run time`
    emitOpaque(context, node, reason, only, undefined, alters === null ? {} : { alters })
  }
  return name === 'create_table' ? made(call, 'sqlalchemy.table', context) : none
}

/** Records a call to `execute(sql)`. */
function executed(call: Call, context: RecordingContext): Term {
  const statement = call.args[0] ?? call.keywords.get('sqltext') ?? call.keywords.get('statement')
  if (statement === undefined) return unknown
  const error = argumentError(statement, call, context)
  if (error !== null) {
    if (!raises(error, call, context))
      emitOpaque(context, call.node, `a call that raises ${error.type}`, [], [])
    return unknown
  }
  const steps = stepsOfExecute(statement, call, context)
  const ending = runsInMigration(call) ? runBlock(statement, call, context) : null
  if (ending === 'done' || ending === 'raised') return plainUnknown
  if (steps === null) opaque(call, 'SQL that is only known at run time', context)
  else {
    const stored = storedIn(context, steps, 'SQL')
    emit(context, isOther(call) ? stored.map(withoutWrites) : stored, call.node)
  }
  if (steps === null) return plainUnknown
  const rows = runsInMigration(call)
    ? (queried(statement, call, context) ?? emptyRows(statement, context))
    : null
  return rows ?? plainUnknown
}

/** Returns the exception for arguments that `execute` rejects; null if there is none. */
function argumentError(statement: Term, call: Call, { alembic }: RecordingContext): PythonError | null {
  const { called, args, node } = call
  const isDirectiveCall = called.kind !== 'member' || called.owner.kind !== 'bind'
  const isExact = node.args.every(({ nodeType }) => nodeType !== 'Starred')
  // Since 1.11, further arguments need keywords.
  const takesOne = alembic !== undefined && atLeast(alembic, '1.11.0')
  if (isDirectiveCall && takesOne && isExact && args.length > 1)
    return {
      type: 'TypeError',
      // Python also counts `self`.
      message: `execute() takes 2 positional arguments but ${args.length + 1} were given`,
    }
  const parameter = missingParameter(statement, call)
  if (parameter === null) return null
  // `text()` collects only names without `$`, but its compiler looks up the others too.
  if (parameter.includes('$')) return { type: 'KeyError', message: `'${parameter}'` }
  return {
    type: 'StatementError',
    message: `(sqlalchemy.exc.InvalidRequestError) A value is required for bind parameter '${parameter}'`,
  }
}

/** Records the exception. Returns false if the call might not run. */
function raises(error: PythonError, { node }: Call, { run }: RecordingContext): boolean {
  if (run.under !== null || run.attempt !== null || run.silent || run.raised !== null) return false
  run.raised = { error, span: spanOf(run, node) }
  return true
}

/** Whether the call executes SQL in the migration's transaction. */
function runsInMigration({ called }: Call): boolean {
  return called.kind !== 'member' || called.owner.kind !== 'bind' || isOwnConnection(called.owner)
}

function callMember(call: Call, owner: Term, name: string, context: RecordingContext): Term {
  switch (owner.kind) {
    case 'bind':
      return callBind(call, owner, name, context)
    case 'context':
      if (name === 'execute') return executed(call, context)
      if (name === 'autocommit_block') return { kind: 'manager', does: 'autocommit' }
      if (name === 'run_migrations') opaque(call, 'a nested migration run', context)
      return owner
    case 'batch':
      if (name === 'f') return made(call, 'alembic.op.f', context)
      if (name === 'execute') return executed(call, context)
      return directive(call, name, { table: owner.table, way: owner.way }, context)
    case 'made':
      return callMade(call, owner, name, context)
    case 'inspector':
      return askInspector(call, owner, name, context)
    case 'rows':
      return readRows(owner, name)
    case 'items':
      return name === '_asdict' ? unknown : callUnknown(call, false, context)
    case 'member':
      return callNested(call, owner, name, context)
    case 'class':
      if (owner.acts) return callUnknown(call, true, context)
      // The class's own methods don't change the schema, but inherited ones might.
      return owner.methods.has(name) ? unknown : callUnknown(call, false, context)
    default:
      return callUnknown(call, owner.kind === 'unknown' && owner.foreign, context)
  }
}

type Bind = Extract<Term, { kind: 'bind' }>

function isBind(term: Term): term is Bind {
  return term.kind === 'bind'
}

function withoutClass({ kind, other, apart }: Bind): Bind {
  return { kind, ...(other && { other }), ...(apart && { apart }) }
}

/** Returns the kind of object that a method returns; empty if unknown. */
function classAfter({ is }: Bind, name: string): Pick<Bind, 'is'> {
  if (is === 'engine' && /^(?:connect|begin)$/.test(name)) return { is: 'connection' }
  if (is === 'session' && name === 'connection') return { is: 'connection' }
  return is && /^(?:execution_options|__enter__)$/.test(name) ? { is } : {}
}

const handsOn = new Set(['connect', 'begin', 'begin_nested', 'connection', 'execution_options', 'get_bind', 'configure', 'no_autoflush', 'engine', '__enter__', 'registry', 'cursor', 'raw_connection']) // prettier-ignore

function callBind(call: Call, owner: Bind, name: string, context: RecordingContext): Term {
  if (/^(?:execute|exec|exec_driver_sql|scalars?|executemany|execute_many)$/.test(name)) {
    const result = executed(call, context)
    return result.kind === 'rows' && /^scalars?$/.test(name) ? readRows(result, name) : result
  }
  if (name === 'begin_nested' && isOwnConnection(owner)) emit(context, [savepoint(call, context)], call.node)
  if (handsOn.has(name)) return { ...withoutClass(owner), ...classAfter(owner, name) }
  if (name === 'has_table') return askDialect({ ...call, args: [owner, ...call.args] }, name, context)
  if (/^run_|^(?:create|drop)/.test(name)) opaque(call, givenAway, context)
  else if (name === 'query') return startQuery(call, isOwnConnection(owner), context)
  // The model or the text of a COPY statement determines the tables and columns.
  else if (name.startsWith('copy_') || (ofSession.test(name) && !isNothing(call, name)))
    emit(context, [{ kind: 'data', span: spanOf(context.run, call.node) }], call.node)
  return unknown
}

/**
 * Returns the SAVEPOINT of `begin_nested()`. A connection from before an `autocommit_block()` may set none, because
 * SQLAlchemy 1.4 doesn't know about the block's own transaction.
 */
function savepoint({ node }: Call, { run }: RecordingContext): Operation {
  const { func } = node
  const owner = func.nodeType === 'Attribute' && func.value.nodeType === 'Call' ? func.value.func : null
  const isCurrent = owner?.nodeType === 'Attribute' && owner.attr === 'get_bind'
  const what = 'savepoint'
  return { kind: 'unrelated', what, ...(isCurrent && { blockOnly: 'SAVEPOINT' }), span: spanOf(run, node) }
}

/** Whether a method such as `add_all` is passed no objects. */
function isNothing({ args }: Call, name: string): boolean {
  const objects = args[/^bulk_(?:insert|update)_mappings$/.test(name) ? 1 : 0]
  const savesAll = /^(?:add_all|bulk_save_objects|bulk_(?:insert|update)_mappings)$/.test(name)
  return savesAll && objects !== undefined && itemsOfTerm(objects)?.length === 0
}

/** Session methods that read or write a model's rows. */
const ofSession = /^(?:query|get|get_one|add|add_all|merge|delete|refresh|bulk_\w+)$/

function callMade(call: Call, owner: Made, name: string, context: RecordingContext): Term {
  if (classOf(owner) === null && owner.path !== 'alembic.op.f') {
    if (isInColumn(context)) return unknown
    const hands = giveAway(call, context.run) || handsOver([...owner.args, ...owner.keywords.values()])
    const acts = /^(?:run|execute|create|drop|apply|upgrade|migrate|save|commit)/.test(name)
    if (hands) opaque(call, givenAway, context)
    else if (acts) opaque(call, 'an unresolved call', context)
    return hands ? capable : unknown
  }
  const copy = copyOfColumn(call, owner, name)
  if (copy) return copy
  if (name === 'create' || name === 'drop') return createMade(call, owner, name, context)
  if (name === 'reflect' && classOf(owner) === 'MetaData') reflectTables(call, owner, context)
  if (name === 'create_all' || name === 'drop_all') {
    opaque(call, `MetaData.${name}()`, context)
    return unknown
  }
  if (name === 'bindparams') {
    const keywords = new Map([...owner.keywords, ...call.keywords])
    return { ...owner, keywords, ...(call.args.length > 0 && { more: call.args }) }
  }
  if (name === 'columns' || name === 'execution_options' || name === 'copy') return owner
  if (name === 'with_variant') return variant(call, owner, context)
  const statement = rowConstruct(owner, name, call.args, call.keywords)
  if (statement !== null) return statement
  const longer = construct(call, context)
  return isQuery(owner) ? continueQuery(owner, longer, call, context) : longer
}

/** Evaluates `type.with_variant(other, 'sqlite')`. The database determines which type applies. */
function variant(call: Call, owner: Made, context: RecordingContext): Term {
  const [other, ...dialects] = call.args
  const names = dialects.map((each) => stringOf(each))
  if (other === undefined || context.dialect === null || names.includes(null)) return unknown
  return names.includes(context.dialect) ? other : owner
}

/** Records calls such as `enum.create(bind)` and `table.drop(bind)`. */
function createMade(call: Call, owner: Made, name: 'create' | 'drop', context: RecordingContext): Term {
  const span = spanOf(context.run, call.node)
  const type = enumOf(owner)
  // By default, only PostgreSQL's `ENUM` checks whether the object exists.
  const looks = /\.dialects\.postgresql\..*\bENUM$/.test(owner.path)
  const checked = flagOf(call.keywords.get('checkfirst') ?? call.args[1], looks) !== false
  if (type !== null) {
    const step: Operation =
      name === 'create'
        ? { kind: 'createEnum', enum: type.enum, values: type.values, ifNotExists: checked, span }
        : { kind: 'dropEnum', enum: type.enum, ifExists: checked, cascade: false, span }
    emit(context, [step], call.node)
    return none
  }
  const kind = classOf(owner)
  if (kind === 'Sequence') {
    emit(context, [{ kind: 'unrelated', what: 'sequence', span }], call.node)
    return none
  }
  const [tableName, metadata = unknown, ...parts] = owner.args
  if (kind === 'Table' && tableName !== undefined && !/\b(?:autoload|extend_existing)/.test(owner.source)) {
    const keywords = new Map(owner.keywords)
    keywords.set(name === 'create' ? 'if_not_exists' : 'if_exists', { kind: 'bool', value: checked })
    const args = name === 'create' ? [tableName, ...parts] : [tableName]
    return directive({ ...call, args, keywords }, `${name}_table`, null, context, metadata)
  }
  opaque(call, `${name}() on a SQLAlchemy object`, context)
  return unknown
}

/** Evaluates a method call on an attribute, such as `Base.metadata.create_all(bind)`. */
function callNested(
  call: Call,
  owner: Extract<Term, { kind: 'member' }>,
  name: string,
  context: RecordingContext,
): Term {
  let root: Term = owner
  while (root.kind === 'member') root = root.owner
  if (name === 'create_all' && root.kind !== 'bind') {
    const steps = stepsOfCreateAll(call, owner, context)
    if (steps !== null) {
      emit(context, steps, call.node)
      return none
    }
  }
  if (/^(?:create|drop)(?:_all)?$/.test(name)) {
    opaque(call, `${name}() on an object from code that the guard doesn't read`, context)
    return unknown
  }
  if (root.kind === 'made') {
    return classOf(root) === null && giveAway(call, context.run)
      ? callUnknown(call, true, context)
      : construct(call, context)
  }
  if (root.kind === 'bind' || root.kind === 'context') {
    // `op.get_context().config.get_main_option(name)`
    if (owner.name === 'config' && name === 'get_main_option' && root === owner.owner)
      return mainOption(context.iniOptions, call.args)
    // `type_descriptor` adapts a type to the dialect but doesn't change its SQL.
    if (owner.name === 'dialect' && name === 'type_descriptor') return call.args[0] ?? unknown
    return owner.name === 'dialect' ? askDialect(call, name, context) : unknown
  }
  if (root.kind === 'inspector') {
    if (owner.name === 'info_cache' && name === 'clear') root.answers.clear()
    return unknown
  }
  return callUnknown(call, root.kind === 'class' && root.acts, context)
}
