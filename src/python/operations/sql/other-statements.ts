/** Parses statements about objects that snapshots don't list, such as views, sequences, triggers and privileges. */
import { contentsOf } from '../../../core/dialect/extension-contents.ts'
import type { Span } from '../../../core/history/migration-module.ts'
import type {
  NeededRelation,
  NewExtension,
  ObjectName,
  RelationChange,
  Unrelated,
} from '../../../core/history/operation.ts'
import { namedRelations } from './named-relations.ts'
import { droppedFunction, newFunction, newPolicy, newTrigger } from './trigger-statements.ts'
import { droppedStatistics, newStatistics } from './statistics-statements.ts'
import { rowStatementIn } from './rows/statements.ts'
import { viewColumns } from './view-columns.ts'
import { listedColumns } from './row-statements.ts'
import { isPlainSetting } from './settings.ts'
import { hole } from '../../interpreter/values.ts'
import {
  type Cursor,
  type SqlToken,
  accept,
  atEnd,
  bracketed,
  identifier,
  readObjectName,
  peek,
  textOfTokens,
} from './tokens.ts'

/** A parsed statement; null if it isn't understood. */
type Read = Unrelated | null

const otherThings =
  /^(?:view|function|procedure|trigger|rule|policy|extension|sequence|domain|aggregate|cast|operator|collation|role|user|statistics|publication|subscription|event|server|foreign|language|database|default|text|access|system|tablespace|group|conversion|routine|large|transform)$/

/** Returns the step for `CREATE EXTENSION`. */
export function newExtension(extension: NewExtension, span: Span): Unrelated {
  const { name, schema } = extension
  const contents = contentsOf(name)
  if (contents === null) return { kind: 'unrelated', what: 'extension', extension, span }
  const changes = {
    change: 'create',
    object: 'type',
    names: contents.types.map((type) => ({ schema, name: type })),
    // If the extension is already installed, its types exist.
    lenient: true,
    cascade: false,
  } as const
  return { kind: 'unrelated', what: 'extension', changes, extension, span }
}

/** Parses the rest of a CREATE statement for an object that snapshots don't list. */
export function createOther(cursor: Cursor, span: Span, replaces: boolean, temporary: boolean): Read {
  const { tokens } = cursor
  const created = createdBy(cursor, span, replaces, temporary)
  if (created && /^(?:role|user|group)$/.test(created.what)) return { ...created, onlyGrants: true }
  const isOwned = created?.what === 'sequence' && ownsSequence(tokens)
  if (created === null || !(dependents.test(created.what) || isOwned)) return created
  const at = tokens.findIndex(({ word }) => word === created.what) + 1
  const start = { ...cursor, at }
  accept(start, 'if', 'not', 'exists')
  return { ...created, dependent: { name: readObjectName(start), words: wordsOf(tokens) } }
}

/** Objects that may depend on tables or types. */
const dependents =
  /^(?:view|function|procedure|rule|policy|aggregate|cast|operator|publication|domain|transform)$/

/** Returns all words of a statement outside of strings; null if some are unknown. */
export function wordsOf(statement: readonly SqlToken[]): readonly string[] | null {
  const names = statement.filter(({ kind }) => kind !== 'string')
  if (names.some(({ kind, word }) => kind === 'hole' || word.includes(hole))) return null
  return names.flatMap(({ kind, word }) => (kind === 'word' || kind === 'quoted' ? [word] : []))
}

/** Whether the statement makes a column own a sequence, which is then dropped with the column. */
function ownsSequence(statement: readonly SqlToken[]): boolean {
  const words = statement.map(({ word }) => word).join(' ')
  return / owned by (?!none\b)/.test(words)
}

function createdBy(cursor: Cursor, span: Span, replaces: boolean, temporary: boolean): Read {
  const materialized = accept(cursor, 'materialized')
  const recursive = accept(cursor, 'recursive')
  const isConstraint = accept(cursor, 'constraint')
  const what = identifier(cursor)
  // Foreign tables aren't supported here, because a snapshot may list their columns.
  if (what === null || !otherThings.test(what) || peek(cursor, 'table')) return null
  const lenient = accept(cursor, 'if', 'not', 'exists')
  const made = (object: RelationChange['object'], names: readonly ObjectName[]): RelationChange => ({
    change: replaces ? 'replace' : 'create',
    object: temporary ? 'temporary table' : object,
    names,
    lenient,
    cascade: false,
  })
  switch (what) {
    case 'view': {
      const name = readObjectName(cursor)
      if (name === null) return { kind: 'unrelated', what, span }
      const needs = namedRelations(cursor.tokens.slice(cursor.at))
      const columns = viewColumns(cursor)
      const changes = {
        ...made(materialized ? 'materialized view' : 'view', [name]),
        ...(columns && { columns }),
      }
      const tree =
        !materialized && !recursive && !temporary && accept(cursor, 'as')
          ? rowStatementIn(cursor.tokens.slice(cursor.at), cursor.text)
          : null
      return {
        kind: 'unrelated',
        what,
        needs,
        changes,
        ...(tree?.kind === 'select' && { query: tree }),
        span,
      }
    }
    case 'sequence': {
      const name = readObjectName(cursor)
      if (name === null) return null
      return { kind: 'unrelated', what, changes: made('sequence', [name]), ...sequenceOptions(cursor), span }
    }
    case 'domain': {
      const name = readObjectName(cursor)
      return name ? { kind: 'unrelated', what, changes: made('type', [name]), span } : null
    }
    case 'extension': {
      const name = identifier(cursor)
      if (name === null) return { kind: 'unrelated', what, span }
      const otherVersion = cursor.tokens.slice(cursor.at).some(({ word }) => word === 'version')
      accept(cursor, 'with')
      const schema = accept(cursor, 'schema') ? identifier(cursor) : null
      return newExtension({ name, ifNotExists: lenient, otherVersion, schema }, span)
    }
    case 'function': {
      const found = newFunction({ ...cursor }, replaces)
      const routine = readObjectName(cursor)
      const returnsTrigger = bracketed(cursor)?.length === 0 && accept(cursor, 'returns', 'trigger')
      return {
        kind: 'unrelated',
        what,
        ...(found && { newFunction: found }),
        ...(routine && { routine }),
        ...(returnsTrigger && { returnsTrigger }),
        span,
      }
    }
    case 'trigger': {
      const found = replaces || isConstraint ? null : newTrigger({ ...cursor })
      return {
        kind: 'unrelated',
        what,
        ...needed(behind(cursor, 'on')),
        ...(found && { trigger: found }),
        span,
      }
    }
    case 'policy': {
      const found = newPolicy({ ...cursor })
      const needs = needed(behind(cursor, 'on'))
      return { kind: 'unrelated', what, ...needs, ...(found && { newPolicy: found }), span }
    }
    case 'statistics': {
      const statistics = newStatistics({ ...cursor }, lenient)
      const needs = needed(behind(cursor, 'from'))
      return { kind: 'unrelated', what, ...needs, ...(statistics && { statistics }), span }
    }
    default:
      return { kind: 'unrelated', what, span }
  }
}

/** Parses the text after DROP. */
export function dropOther(cursor: Cursor, span: Span, cascade: boolean): Read {
  const materialized = accept(cursor, 'materialized')
  const what = identifier(cursor)
  if (what === null || !otherThings.test(what) || peek(cursor, 'table')) return null
  const lenient = accept(cursor, 'if', 'exists')
  const objects = {
    view: materialized ? 'materialized view' : 'view',
    sequence: 'sequence',
    domain: 'type',
  } as const
  const object = what === 'view' || what === 'sequence' || what === 'domain' ? objects[what] : null
  if (object !== null && !(object === 'type' && cascade)) {
    const names = listedNames(cursor)
    if (names === null) return { kind: 'unrelated', what, span }
    return { kind: 'unrelated', what, changes: { change: 'drop', object, names, lenient, cascade }, span }
  }
  // CASCADE may drop columns that depend on a function or extension. No column depends on a trigger, policy or rule.
  if (what === 'statistics') {
    const statistics = droppedStatistics(cursor, lenient)
    return { kind: 'unrelated', what, ...(statistics && { statistics }), span }
  }
  if (cascade && !['trigger', 'policy', 'rule'].includes(what)) return null
  if (what === 'function') {
    const dropped = droppedFunction(cursor)
    return { kind: 'unrelated', what, ...(dropped && { droppedFunction: dropped }), span }
  }
  if (!/^(?:trigger|policy|rule)$/.test(what)) return { kind: 'unrelated', what, span }
  const name = identifier(cursor)
  const [table] = behind(cursor, 'on') ?? []
  const drops = table && { name, table, ifExists: lenient }
  return {
    kind: 'unrelated',
    what,
    ...(!lenient && needed(table ? [table] : null)),
    ...(drops && { drops }),
    span,
  }
}

/** Whether a statement may take privileges from a role, or change one. */
export function takes(statement: readonly SqlToken[]): boolean {
  const words = new Set(statement.map(({ word }) => word))
  return ['revoke', 'drop', 'set', 'reset', 'reassign', 'owner'].some((word) => words.has(word))
}

/** Parses the text after ALTER. */
export function alterOther(cursor: Cursor, span: Span): Read {
  const materialized = accept(cursor, 'materialized')
  const what = identifier(cursor)
  if (what === null || !otherThings.test(what) || peek(cursor, 'table')) return null
  // ALTER ROLE … SET and ALTER DATABASE affect only later sessions.
  if (cursor.tokens.some((token) => token.word === 'search_path') && what !== 'role' && what !== 'database') {
    return what === 'function' ? { kind: 'unrelated', what, span } : null
  }
  const dependent = { name: null, words: wordsOf(cursor.tokens) }
  if (what === 'trigger' || what === 'policy') {
    const needs = needed(behind(cursor, 'on'))
    return { kind: 'unrelated', what, ...needs, ...(what === 'policy' && { dependent }), span }
  }
  if (what === 'publication') return { kind: 'unrelated', what, dependent, span }
  const isGrant = what === 'default' && peek(cursor, 'privileges') && !takes(cursor.tokens)
  if (isGrant) return { kind: 'unrelated', what, onlyGrants: true, span }
  if (what !== 'view' && what !== 'sequence') return { kind: 'unrelated', what, span }
  const lenient = accept(cursor, 'if', 'exists')
  const name = readObjectName(cursor)
  if (name === null) return { kind: 'unrelated', what, span }
  if (accept(cursor, 'rename', 'to')) {
    const to = identifier(cursor)
    if (to === null || !atEnd(cursor)) return null
    const object = materialized ? 'materialized view' : what
    const changes = { change: 'rename', object, names: [name], to, lenient, cascade: false } as const
    return { kind: 'unrelated', what, changes, span }
  }
  if (peek(cursor, 'set') && cursor.tokens.some((token) => token.word === 'schema')) {
    return { kind: 'unrelated', what, span }
  }
  const changes = { change: 'drop', object: what, names: [], lenient: true, cascade: false } as const
  const more = what === 'sequence' ? sequenceOptions(cursor) : {}
  const isOwned = what === 'sequence' && ownsSequence(cursor.tokens)
  return {
    kind: 'unrelated',
    what,
    ...(lenient ? {} : { needs: [name] }),
    changes,
    ...more,
    ...(isOwned && { dependent: { name, words: dependent.words } }),
    span,
  }
}

/** Reads a sequence's options, some of which PostgreSQL may refuse. */
function sequenceOptions(cursor: Cursor): Pick<Unrelated, 'hasOptions'> {
  const words = textOfTokens(cursor.tokens.slice(cursor.at), cursor.text).trim().replace(/\s+/g, ' ')
  const plain = /^(?:(?:restart|no (?:cycle|minvalue|maxvalue)|(?:start|increment)(?: with| by)? [1-9]\d{0,3}|cache [1-9]\d{0,3}|owned by none)(?: |$))*$/i // prettier-ignore
  return plain.test(words) ? {} : { hasOptions: true }
}

/**
 * Parses a statement whose first word is `word`. The cursor must be after that word. Undefined if the word isn't
 * supported.
 */
export function plainStatement(word: string, cursor: Cursor, span: Span): Unrelated | undefined {
  switch (word) {
    case 'comment':
      return { kind: 'unrelated', what: commentKind(cursor), ...needed(commentedOn(cursor)), span }
    case 'grant':
    case 'revoke': {
      const on = behindWord(cursor, 'on')
      // Without ON, GRANT and REVOKE change role membership, possibly that of the migration's role.
      if (!on) return { kind: 'unrelated', what: 'role', span }
      const onlyGrants = word === 'grant' && { onlyGrants: true as const }
      return { kind: 'unrelated', what: 'privilege', ...granted(cursor), ...onlyGrants, span }
    }
    case 'lock':
      accept(cursor, 'table')
      return {
        kind: 'unrelated',
        what: 'lock',
        blockOnly: 'LOCK TABLE',
        ...needed(listedNames(cursor)),
        span,
      }
    case 'analyze':
    case 'vacuum':
      bracketed(cursor)
      while (['full', 'freeze', 'verbose', 'analyze'].some((option) => accept(cursor, option)));
      return {
        kind: 'unrelated',
        what: word === 'vacuum' ? 'VACUUM' : 'maintenance',
        ...needed(listedNames(cursor)),
        span,
      }
    case 'reindex': {
      bracketed(cursor)
      const isNamed = accept(cursor, 'table') || accept(cursor, 'index')
      const what = accept(cursor, 'concurrently') ? 'REINDEX CONCURRENTLY' : 'maintenance'
      return { kind: 'unrelated', what, ...(isNamed && needed(listedNames(cursor))), span }
    }
    case 'refresh':
      accept(cursor, 'materialized', 'view')
      accept(cursor, 'concurrently')
      return { kind: 'unrelated', what: 'refresh', ...needed(listedNames(cursor)), span }
    case 'set':
    case 'reset': {
      const what = settingOf(cursor)
      return what === null ? undefined : { kind: 'unrelated', what, span }
    }
    default:
      return undefined
  }
}

/**
 * Classifies a SET statement: `role` if it changes privileges, null if it affects name resolution, `setting` for
 * anything else that PostgreSQL definitely accepts.
 */
function settingOf(cursor: Cursor): 'role' | 'setting' | 'SET' | null {
  const words = cursor.tokens.map((token) => (token.kind === 'word' ? token.word : ''))
  if (words.includes('search_path') || words[1] === 'schema' || words[1] === 'all') return null
  if (words.some((word) => word === 'role' || word === 'authorization')) return 'role'
  return isPlainSetting(textOfTokens(cursor.tokens, cursor.text)) ? 'setting' : 'SET'
}

function needed(names: readonly NeededRelation[] | null): { readonly needs?: readonly NeededRelation[] } {
  return names === null || names.length === 0 ? {} : { needs: names }
}

/** Moves past a word outside parentheses. */
function behindWord(cursor: Cursor, word: string): boolean {
  while (!atEnd(cursor)) {
    if (accept(cursor, word)) return true
    if (bracketed(cursor) === null) cursor.at++
  }
  return false
}

function behind(cursor: Cursor, word: string): readonly ObjectName[] | null {
  const name = behindWord(cursor, word) ? readObjectName(cursor) : null
  return name && [name]
}

/** Parses a list such as `a, ONLY b, c (columns)`. */
function listedNames(cursor: Cursor): readonly NeededRelation[] | null {
  const names: NeededRelation[] = []
  do {
    accept(cursor, 'only')
    const name = readObjectName(cursor)
    if (name === null) return null
    accept(cursor, '*')
    const columns = bracketed(cursor)
    names.push(columns === null ? name : { ...name, columns: listedColumns(columns) })
  } while (accept(cursor, ','))
  return names
}

/** The snapshot doesn't list triggers, policies and rules, nor whether a comment's constraint exists. */
function commentKind({ tokens }: Cursor): string {
  const [, , what] = tokens
  return /^(?:constraint|trigger|policy|rule)$/.test(what?.word ?? '')
    ? `COMMENT ON ${what?.word.toUpperCase()}`
    : 'comment'
}

function commentedOn(cursor: Cursor): readonly NeededRelation[] | null {
  if (!accept(cursor, 'on')) return null
  accept(cursor, 'materialized')
  const what = identifier(cursor) ?? ''
  if (/^(?:table|view|sequence)$/.test(what)) {
    const name = readObjectName(cursor)
    return name && [name]
  }
  if (/^(?:constraint|trigger|policy|rule)$/.test(what)) {
    if (!behindWord(cursor, 'on')) return null
    return peek(cursor, 'domain') ? null : behindHere(cursor)
  }
  if (what !== 'column') return null
  const parts: string[] = []
  do {
    const part = identifier(cursor)
    if (part === null) return null
    parts.push(part)
  } while (accept(cursor, '.'))
  const column = parts.pop()
  const name = parts.pop()
  if (column === undefined || name === undefined || parts.length > 1) return null
  return [{ schema: parts[0] ?? null, name, columns: [column] }]
}

function behindHere(cursor: Cursor): readonly ObjectName[] | null {
  const name = readObjectName(cursor)
  return name && [name]
}

/** Reads the object that follows ON in GRANT or REVOKE. */
function granted(cursor: Cursor): Pick<Unrelated, 'grants' | 'needs' | 'routine'> {
  const isRoutine = ['function', 'procedure', 'routine'].some((word) => peek(cursor, word))
  if (!isRoutine) return { grants: 'other', ...needed(privilegesOn(cursor)) }
  cursor.at += 1
  const routine = readObjectName(cursor)
  bracketed(cursor)
  const isOnly = !peek(cursor, ',')
  return routine && isOnly ? { grants: 'routine', routine } : { grants: 'other' }
}

const noRelations =
  /^(?:schema|all|function|procedure|routine|database|type|domain|language|foreign|large|parameter|tablespace)$/

function privilegesOn(cursor: Cursor): readonly NeededRelation[] | null {
  const next = cursor.tokens[cursor.at]
  if (next?.kind === 'word' && noRelations.test(next.word)) return null
  if (!accept(cursor, 'table')) accept(cursor, 'sequence')
  return listedNames(cursor)
}
