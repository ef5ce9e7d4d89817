/** Models tables that SQLAlchemy reflects. */
import type { Call } from '../../interpreter/run.ts'
import {
  type Made,
  type Term,
  itemsOfTerm,
  list,
  none,
  stringOf,
  textTerm,
} from '../../interpreter/values.ts'
import { classOf } from '../columns.ts'
import { answerAbout, isOwnConnection, tableAbout } from '../inspectors.ts'
import type { RecordingContext } from '../recording.ts'
import { columnsIn } from './reflected-columns.ts'

/** Evaluates `sa.Table(name, metadata, autoload_with=bind)`; null if the columns are unknown. */
export function reflectedTable(call: Call, path: string, context: RecordingContext): Made | null {
  const { args, keywords } = call
  const isOwn = isOwnConnection(keywords.get('autoload_with'))
  const others = [...keywords.keys()].filter((key) => !/^(?:autoload|autoload_with|schema)$/.test(key))
  if (!isOwn || args.length > 2 || others.length > 0) return null
  const parts = partsOfTable({ ...call, args: args.slice(0, 1) }, args[1], context)
  const schema = keywords.get('schema')
  return parts && tableOf(path, [...args, ...parts], new Map(schema ? [['schema', schema]] : []))
}

/** Returns a table found by `metadata.reflect(bind)`; null if its columns are unknown. */
export function tableInMetadata(
  call: Call,
  name: Term,
  metadata: Made,
  context: RecordingContext,
): Made | null {
  const parts = partsOfTable({ ...call, args: [name], keywords: new Map() }, metadata, context)
  return parts && tableOf('sqlalchemy.Table', [name, metadata, ...parts], new Map())
}

function tableOf(path: string, args: readonly Term[], keywords: Made['keywords']): Made {
  return { kind: 'made', path, args, keywords, source: '' }
}

/** Returns the table's columns and foreign keys; null if the columns are unknown. */
function partsOfTable(
  call: Call,
  metadata: Term | undefined,
  context: RecordingContext,
): readonly Made[] | null {
  const table = tableAbout(call, context)
  if (table === null || table.columns?.length === 0) return null
  const keys = answerAbout('get_foreign_keys', call, context)
  return [
    ...columnsIn(table),
    ...(foreignKeys(keys, call.args[0], metadata) ?? [
      tableOf('sqlalchemy.ForeignKeyConstraint', [], new Map()),
    ]),
  ]
}

/** Returns one foreign key per column, as SQLAlchemy does; null if any is unknown. */
function foreignKeys(
  answer: Term,
  table: Term | undefined,
  metadata: Term | undefined,
): readonly Made[] | null {
  const names = namesOf(answer)
  const items = answer.kind === 'items' ? answer.items : []
  const found = names?.flatMap((name, at) => {
    const item = items[at]
    const entry = (key: string): Term | undefined =>
      item?.kind === 'dict' ? item.entries.get(`str:${key}`)?.value : undefined
    const columns = entry('constrained_columns')
    const each = columns?.kind === 'items' ? columns.items : [null]
    const keywords = new Map<string, Term>([['name', textTerm(name)]])
    const parent = columnOf(table, columns, metadata)
    const column = columnOf(entry('referred_table'), entry('referred_columns'), metadata)
    if (parent && column) keywords.set('parent', parent).set('column', column)
    const key = tableOf('sqlalchemy.ForeignKeyConstraint', [], keywords)
    return each.map((part) => (part === null ? null : key))
  })
  return found?.every((key) => key !== null) ? found : null
}

/** Returns the only column in the list, as a reflected column; null if unknown. */
function columnOf(
  table: Term | undefined,
  columns: Term | undefined,
  metadata: Term | undefined,
): Term | null {
  const [only, ...more] = columns?.kind === 'items' ? (itemsOfTerm(columns) ?? []) : []
  const name = stringOf(only)
  if (table?.kind !== 'str' || metadata === undefined || name === null || more.length > 0) return null
  const owner: Term = {
    kind: 'member',
    owner: tableOf('sqlalchemy.Table', [table, metadata], new Map()),
    name: 'c',
  }
  return { kind: 'member', owner, name }
}

/** Returns the `name` entries of dictionaries; null if any is unknown. */
function namesOf(answer: Term): readonly string[] | null {
  const items = answer.kind === 'items' ? itemsOfTerm(answer) : null
  const names = items?.map((one) =>
    one.kind === 'dict' ? stringOf(one.entries.get('str:name')?.value ?? none) : null,
  )
  return names?.every((name) => name !== null) ? names : null
}

/** Evaluates attributes such as `table.foreign_keys` and `key.parent`; null for other attributes. */
export function attributeOfKeys(owner: Made, name: string): Term | null {
  const kind = classOf(owner)
  if (kind === 'ForeignKeyConstraint' && owner.source === '') {
    if (name === 'constraint') return owner
    return /^(?:name|parent|column)$/.test(name) ? (owner.keywords.get(name) ?? null) : null
  }
  if (kind !== 'Table' || owner.source !== '' || name !== 'foreign_keys') return null
  const keys = owner.args.filter((one) => classOf(one) === 'ForeignKeyConstraint')
  const isKnown = keys.every((one) => one.kind === 'made' && one.keywords.has('name'))
  return isKnown ? list(keys, 'view') : null
}
