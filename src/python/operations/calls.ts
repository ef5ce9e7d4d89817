/** What calling something does: directives of `op`, SQL given to a connection, functions of the same file. */
import type { Operation } from '../../core/schema/operation.ts'
import { callMethod } from '../header/evaluate-calls.ts'
import type { NodeOf } from '../syntax/syntax-tree.ts'
import { callBuiltin, isHarmlessModule, passesText } from './builtins.ts'
import { classOf } from './columns.ts'
import { enumOf } from './column-types.ts'
import { isDirective, operationsOfDirective, tableOfCall } from './directives.ts'
import type { DirectiveCall } from './directives.ts'
import { emit, emitOpaque, isCapable, spanOf } from './interpreter-state.ts'
import type { Run } from './interpreter-state.ts'
import { hole } from './sql/tokens.ts'
import { operationsOfSql } from './sql/statements.ts'
import { callFunction } from './statements.ts'
import { flagOf, foreign, fromValue, list, none, stringOf, toValue, unknown } from './abstract-values.ts'
import type { Made, Scope, Term } from './abstract-values.ts'

/** A call whose parts are worked out. */
export interface Call {
  readonly called: Term
  readonly args: readonly Term[]
  readonly keywords: ReadonlyMap<string, Term>
  readonly node: NodeOf<'Call'>
  readonly scope: Scope
}

/** The result of a call; its steps are added to the run. */
export function callTerm(call: Call, run: Run): Term {
  const { called } = call
  switch (called.kind) {
    case 'imported':
      return callImported(call, called.path, run)
    case 'member':
      return callMember(call, called.owner, called.name, run)
    case 'function':
      return callFunction(called, call.args, call.keywords, call.node, run)
    case 'bind':
      return called
    case 'class':
      return called.acts ? foreign : unknown
    case 'unknown':
      return callUnknown(call, called.foreign, run)
    default:
      return unknown
  }
}

function callUnknown(call: Call, isForeign: boolean, run: Run): Term {
  if (run.inColumn) return isForeign ? foreign : unknown
  if (isForeign && isLogCall(call, run)) return unknown
  if (isForeign) {
    emitOpaque(run, call.node, 'a call of something that is not read', null)
    return foreign
  }
  if (givesAway(call) && !isLogCall(call, run)) {
    emitOpaque(run, call.node, 'the connection is given away', null)
  }
  return unknown
}

function isLogCall(call: Call, run: Run): boolean {
  return isLogging.test(run.tree.sourceOf(call.node.func))
}

function givesAway(call: Call): boolean {
  return call.args.some(isCapable) || [...call.keywords.values()].some(isCapable)
}

function made(call: Call, path: string, run: Run): Made {
  const source = run.tree.sourceOf(call.node)
  return { kind: 'made', path, args: call.args, keywords: call.keywords, source }
}

function callImported(call: Call, path: string, run: Run): Term {
  if (path.startsWith('alembic.op.')) return callOp(call, path.slice('alembic.op.'.length), run)
  if (path.startsWith('builtins.')) return callBuiltin(path.slice('builtins.'.length), call, run)
  if (/^alembic\.context\.(?:get_context)$/.test(path)) return { kind: 'context' }
  if (/^alembic\.context\.(?:get_bind)$/.test(path)) return { kind: 'bind' }
  if (path === 'alembic.context.execute') return executed(call, run)
  if (/^alembic\.(?:context|util)\./.test(path)) return unknown
  if (/^(?:sqlalchemy|sqlmodel|flask_sqlalchemy)(?:\.|$)/.test(path)) return callSqlalchemy(call, path, run)
  const [first] = call.args
  if (passesText(path) && first !== undefined) return first
  if (isHarmlessModule(path)) {
    if (givesAway(call)) emitOpaque(run, call.node, 'the connection is given away', null)
    return unknown
  }
  if (isLogging.test(path)) return unknown
  const last = path.slice(path.lastIndexOf('.') + 1)
  // A class is made; only what is called of it later may act.
  if (run.inColumn || /^_*[A-Z]/.test(last)) return made(call, path, run)
  emitOpaque(run, call.node, `a call into ${path.startsWith('.') ? 'the project' : path.split('.')[0]}`, null)
  return foreign
}

const isLogging =
  /(?:^|[._])(?:log|logger|logging)\.(?:debug|info|warn|warning|error|exception|critical|log)$/i

function callSqlalchemy(call: Call, path: string, run: Run): Term {
  const last = path.slice(path.lastIndexOf('.') + 1)
  if (last === 'inspect') return unknown
  if (/^(?:create_engine|engine_from_config|Session|sessionmaker|scoped_session|SQLAlchemy)$/.test(last)) {
    return { kind: 'bind' }
  }
  if (/^listens?(?:_for)?$/.test(last)) emitOpaque(run, call.node, 'an event of SQLAlchemy', null)
  return made(call, path, run)
}

function callOp(call: Call, name: string, run: Run): Term {
  switch (name) {
    case 'get_bind':
      return { kind: 'bind' }
    case 'get_context':
      return { kind: 'context' }
    case 'f':
      return made(call, 'alembic.op.f', run)
    case 'inline_literal':
      return call.args[0] ?? unknown
    case 'execute':
      return executed(call, run)
    case 'batch_alter_table': {
      const schema = call.keywords.get('schema')
      const table = stringOf(call.args[0] ?? call.keywords.get('table_name'))
      const known =
        table !== null && (schema === undefined || schema.kind === 'none' || schema.kind === 'str')
      // With other options it may copy the table where it otherwise would not, or the other way round.
      const options = ['recreate', 'copy_from', 'reflect_args', 'table_args', 'naming_convention']
      const way = options.some((key) => call.keywords.has(key)) || call.args.length > 2 ? 'other' : 'auto'
      return { kind: 'batch', table: known ? { schema: stringOf(schema), name: table } : null, way }
    }
    default:
      return directive(call, name, null, run)
  }
}

function directive(call: Call, name: string, batch: DirectiveCall['batch'], run: Run): Term {
  const { args, keywords, node } = call
  const span = spanOf(run, node)
  if (!isDirective(name)) {
    const reason = `a directive that Alembic itself does not have: ${name}`
    emitOpaque(run, node, reason, batch?.table == null ? null : [batch.table])
    return unknown
  }
  const directiveCall: DirectiveCall = { name, args, keywords, batch, span }
  const steps = operationsOfDirective(directiveCall)
  if (steps !== null) emit(run, steps, node)
  else {
    const table = tableOfCall(directiveCall)
    const only = table !== null && name !== 'drop_table' && name !== 'rename_table' ? [table] : null
    emitOpaque(run, node, `arguments of ${name} that only running would tell`, only)
  }
  return name === 'create_table' ? made(call, 'sqlalchemy.table', run) : none
}

/** `execute(sql)` of `op`, a connection or a session. */
function executed(call: Call, run: Run): Term {
  const statement = call.args[0] ?? call.keywords.get('sqltext') ?? call.keywords.get('statement')
  if (statement === undefined) return unknown
  const steps = stepsOf(statement, call, run)
  if (steps === null) emitOpaque(run, call.node, 'SQL that only running would tell', null)
  else emit(run, steps, call.node)
  return unknown
}

function stepsOf(statement: Term, call: Call, run: Run): readonly Operation[] | null {
  const span = spanOf(run, call.node)
  if (statement.kind === 'str') return operationsOfSql(statement.value, span)
  if (statement.kind === 'template') return operationsOfSql(statement.text, span)
  if (statement.kind === 'items') {
    const inner = statement.items.map((item) => stepsOf(item, call, run) ?? [null])
    const steps = inner.flat()
    return statement.spoiled || steps.includes(null) ? null : steps.filter((step) => step !== null)
  }
  if (statement.kind === 'member') return stepsOf(statement.owner, call, run)
  const kind = classOf(statement)
  if (statement.kind !== 'made' || kind === null) return null
  const [first] = statement.args
  const name = stringOf(first)
  if (/^(?:text|DDL)$/.test(kind)) return first === undefined ? null : stepsOf(first, call, run)
  if (kind === 'CreateSchema' && name !== null) {
    const present = flagOf(statement.keywords.get('if_not_exists'), false)
    return present === null ? null : [{ kind: 'createSchema', schema: name, ifNotExists: present, span }]
  }
  if (/^(?:Create|Drop)Sequence$/.test(kind)) return [{ kind: 'unrelated', what: 'sequence', span }]
  if (/^(?:Create|Drop|Add|Set|Alter|Rename)[A-Z]/.test(kind)) return null
  return [{ kind: 'data', span }]
}

function callMember(call: Call, owner: Term, name: string, run: Run): Term {
  switch (owner.kind) {
    case 'bind':
      return callBind(call, owner, name, run)
    case 'context':
      if (name === 'execute') return executed(call, run)
      if (name === 'run_migrations') emitOpaque(run, call.node, 'migrations are run by hand', null)
      return owner
    case 'batch':
      if (name === 'f') return made(call, 'alembic.op.f', run)
      if (name === 'execute') return executed(call, run)
      return directive(call, name, { table: owner.table, way: owner.way }, run)
    case 'made':
      return callMade(call, owner, name, run)
    case 'member':
      return callNested(call, owner, name, run)
    case 'str':
    case 'template':
      return callText(call, owner, name)
    case 'items':
    case 'dict':
      return callContainer(call, owner, name, run)
    case 'class':
      if (owner.acts) return callUnknown(call, true, run)
      // What it inherits is not read; what it defines changes no schema, whatever it is given.
      return owner.methods.has(name) ? unknown : callUnknown(call, false, run)
    default:
      return callUnknown(call, owner.kind === 'unknown' && owner.foreign, run)
  }
}

const handsOn = new Set(['connect', 'begin', 'begin_nested', 'connection', 'execution_options', 'get_bind', 'configure', 'no_autoflush', 'engine', '__enter__', 'registry']) // prettier-ignore

function callBind(call: Call, owner: Term, name: string, run: Run): Term {
  if (/^(?:execute|exec|exec_driver_sql|scalars?|executemany|execute_many)$/.test(name))
    return executed(call, run)
  if (handsOn.has(name)) return owner
  if (/^run_|^(?:create|drop)/.test(name)) emitOpaque(run, call.node, 'the connection is given away', null)
  return unknown
}

function callMade(call: Call, owner: Made, name: string, run: Run): Term {
  if (classOf(owner) === null && owner.path !== 'alembic.op.f') {
    if (run.inColumn || !givesAway(call)) {
      const acts = /^(?:run|execute|create|drop|apply|upgrade|migrate|save|commit)/.test(name)
      if (acts && !run.inColumn) emitOpaque(run, call.node, 'a call of something that is not read', null)
      return unknown
    }
    emitOpaque(run, call.node, 'the connection is given away', null)
    return foreign
  }
  if (name === 'create' || name === 'drop') return createMade(call, owner, name, run)
  if (name === 'create_all' || name === 'drop_all') {
    emitOpaque(run, call.node, `${name} of a MetaData`, null)
    return unknown
  }
  if (name === 'bindparams' || name === 'columns' || name === 'execution_options' || name === 'copy')
    return owner
  if (name === 'with_variant') return variant(call, owner, run)
  return made({ ...call, args: [], keywords: new Map() }, 'sqlalchemy.construct', run)
}

/** `type.with_variant(other, 'sqlite')`: which of the two it is depends on the database. */
function variant(call: Call, owner: Made, run: Run): Term {
  const [other, ...dialects] = call.args
  const names = dialects.map((each) => stringOf(each))
  if (other === undefined || run.dialect === null || names.includes(null)) return unknown
  return names.includes(run.dialect) ? other : owner
}

/** `enum.create(bind)`, `table.create(bind)` and the like. */
function createMade(call: Call, owner: Made, name: 'create' | 'drop', run: Run): Term {
  const span = spanOf(run, call.node)
  const type = enumOf(owner)
  const checked = flagOf(call.keywords.get('checkfirst') ?? call.args[1], true) !== false
  if (type !== null) {
    const step: Operation =
      name === 'create'
        ? { kind: 'createEnum', enum: type.enum, values: type.values, ifNotExists: checked, span }
        : { kind: 'dropEnum', enum: type.enum, ifExists: checked, cascade: false, span }
    emit(run, [step], call.node)
    return none
  }
  const kind = classOf(owner)
  if (kind === 'Sequence') {
    emit(run, [{ kind: 'unrelated', what: 'sequence', span }], call.node)
    return none
  }
  const [tableName, , ...parts] = owner.args
  if (kind === 'Table' && tableName !== undefined && !/\b(?:autoload|extend_existing)/.test(owner.source)) {
    const keywords = new Map(owner.keywords)
    keywords.set(name === 'create' ? 'if_not_exists' : 'if_exists', { kind: 'bool', value: checked })
    const args = name === 'create' ? [tableName, ...parts] : [tableName]
    return directive({ ...call, args, keywords }, `${name}_table`, null, run)
  }
  emitOpaque(run, call.node, `${name} of something made with SQLAlchemy`, null)
  return unknown
}

/** A method of an attribute: `table.c.name.in_(…)`, `Base.metadata.create_all(bind)`. */
function callNested(call: Call, owner: Extract<Term, { kind: 'member' }>, name: string, run: Run): Term {
  let root: Term = owner
  while (root.kind === 'member') root = root.owner
  if (/^(?:create|drop)(?:_all)?$/.test(name)) {
    emitOpaque(run, call.node, `${name} of something that is not read`, null)
    return unknown
  }
  if (root.kind === 'made') {
    return classOf(root) === null && givesAway(call)
      ? callUnknown(call, true, run)
      : made({ ...call, args: [], keywords: new Map() }, 'sqlalchemy.construct', run)
  }
  if (root.kind === 'bind' || root.kind === 'context') return unknown
  return callUnknown(call, root.kind === 'class' && root.acts, run)
}

function callText(call: Call, owner: Extract<Term, { kind: 'str' | 'template' }>, name: string): Term {
  if (owner.kind === 'str') {
    const keywords = new Map([...call.keywords].map(([key, value]) => [key, toValue(value)]))
    const value = fromValue(callMethod(toValue(owner), name, call.args.map(toValue), keywords))
    if (value.kind !== 'unknown') return value
  }
  const template = owner.kind === 'str' ? owner.value : owner.text
  if (name === 'format') return { kind: 'template', text: template.replace(/\{[^{}]*\}/g, hole) }
  return name === 'strip' || name === 'rstrip' || name === 'lstrip' ? owner : unknown
}

function callContainer(
  call: Call,
  owner: Extract<Term, { kind: 'items' | 'dict' }>,
  name: string,
  run: Run,
): Term {
  const [first, second] = call.args
  if (owner.kind === 'dict') {
    const entries = [...owner.entries.values()]
    if (owner.spoiled) return unknown
    if (name === 'items') return list(entries.map(({ key, value }) => list([key, value], 'tuple')))
    if (name === 'keys') return list(entries.map(({ key }) => key))
    if (name === 'values') return list(entries.map(({ value }) => value))
    if (name === 'get' && first?.kind === 'str') {
      return owner.entries.get(`str:${first.value}`)?.value ?? second ?? none
    }
    if (name !== 'copy') owner.spoiled = true
    return unknown
  }
  if (name === 'append' && first !== undefined && run.under === null) {
    owner.items.push(first)
    return none
  }
  if (name === 'extend' && first?.kind === 'items' && !first.spoiled && run.under === null) {
    owner.items.push(...first.items)
    return none
  }
  if (!['index', 'count', 'copy'].includes(name)) owner.spoiled = true
  return unknown
}
