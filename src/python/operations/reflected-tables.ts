/** Models the tables that SQLAlchemy reflects: `sa.Table(name, metadata, autoload_with=bind)` and `metadata.tables`. */
import type { Call } from '../interpreter/run.ts'
import { type Made, type Term, itemsOfTerm, list, none, stringOf, textTerm } from '../interpreter/values.ts'
import { classOf } from './columns.ts'
import { answerAbout, isOwnConnection } from './inspectors.ts'
import type { RecordingContext } from './recording.ts'

/** Evaluates `sa.Table(name, metadata, autoload_with=bind)`. Returns null unless the table's columns are known. */
export function reflectedTable(call: Call, path: string, context: RecordingContext): Made | null {
  const { args, keywords } = call
  const isOwn = isOwnConnection(keywords.get('autoload_with'))
  const others = [...keywords.keys()].filter((key) => !/^(?:autoload|autoload_with|schema)$/.test(key))
  if (!isOwn || args.length > 2 || others.length > 0) return null
  const parts = partsOfTable({ ...call, args: args.slice(0, 1) }, context)
  const schema = keywords.get('schema')
  return parts && tableOf(path, [...args, ...parts], new Map(schema ? [['schema', schema]] : []))
}

/** Returns a table that `metadata.reflect(bind)` finds, or null if the table's columns are unknown. */
export function tableInMetadata(
  call: Call,
  name: Term,
  metadata: Made,
  context: RecordingContext,
): Made | null {
  const parts = partsOfTable({ ...call, args: [name], keywords: new Map() }, context)
  return parts && tableOf('sqlalchemy.Table', [name, metadata, ...parts], new Map())
}

function tableOf(path: string, args: readonly Term[], keywords: Made['keywords']): Made {
  return { kind: 'made', path, args, keywords, source: '' }
}

/** Returns the columns and foreign keys of the table that `call` names; null if the columns are unknown. */
function partsOfTable(call: Call, context: RecordingContext): readonly Made[] | null {
  const columns = answerAbout('get_columns', call, context)
  const names = namesOf(columns)
  if (names === null || names.length === 0) return null
  const keys = answerAbout('get_foreign_keys', call, context)
  return [
    ...names.map((name) => tableOf('sqlalchemy.Column', [textTerm(name)], new Map())),
    ...(foreignKeys(keys) ?? [tableOf('sqlalchemy.ForeignKeyConstraint', [], new Map())]),
  ]
}

/** Returns one foreign key for each column of each constraint, as SQLAlchemy does; null if any of them is unknown. */
function foreignKeys(answer: Term): readonly Made[] | null {
  const names = namesOf(answer)
  const items = answer.kind === 'items' ? answer.items : []
  const found = names?.flatMap((name, at) => {
    const item = items[at]
    const columns = item?.kind === 'dict' ? item.entries.get('str:constrained_columns')?.value : undefined
    const each = columns?.kind === 'items' ? columns.items : [null]
    const key = tableOf('sqlalchemy.ForeignKeyConstraint', [], new Map([['name', textTerm(name)]]))
    return each.map((column) => (column === null ? null : key))
  })
  return found?.every((key) => key !== null) ? found : null
}

/** Returns the `name` entry of each dictionary in a list; null if any of these names is unknown. */
function namesOf(answer: Term): readonly string[] | null {
  const items = answer.kind === 'items' ? itemsOfTerm(answer) : null
  const names = items?.map((one) =>
    one.kind === 'dict' ? stringOf(one.entries.get('str:name')?.value ?? none) : null,
  )
  return names?.every((name) => name !== null) ? names : null
}

/**
 * Evaluates an attribute of a reflected table's foreign keys: `table.foreign_keys`, `key.name` and `key.constraint`.
 * Returns null for anything else.
 */
export function attributeOfKeys(owner: Made, name: string): Term | null {
  const kind = classOf(owner)
  if (kind === 'ForeignKeyConstraint' && owner.source === '') {
    if (name === 'constraint') return owner
    return name === 'name' ? (owner.keywords.get('name') ?? null) : null
  }
  if (kind !== 'Table' || owner.source !== '' || name !== 'foreign_keys') return null
  const keys = owner.args.filter((one) => classOf(one) === 'ForeignKeyConstraint')
  const isKnown = keys.every((one) => one.kind === 'made' && one.keywords.has('name'))
  return isKnown ? list(keys, 'view') : null
}
