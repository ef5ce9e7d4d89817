/** Keywords of Alembic's directives that older versions don't have (alembic/operations/ops.py). */
import { type AlembicVersion, atLeast } from '../../core/history/alembic-version.ts'
import type { Term } from '../interpreter/values.ts'

/** The first version with a keyword; null if none has it. Directives with `**kw` ignore it before that; others raise a TypeError. */
interface Newer {
  readonly since: string | null
  readonly before: 'ignored' | 'raises'
}

const newer: Readonly<Record<string, Readonly<Record<string, Newer>>>> = {
  create_index: { if_not_exists: { since: '1.12.0', before: 'ignored' } },
  drop_index: { if_exists: { since: '1.12.0', before: 'ignored' } },
  create_table: { if_not_exists: { since: '1.13.3', before: 'ignored' } },
  drop_table: { if_exists: { since: '1.13.3', before: 'ignored' } },
  add_column: {
    if_not_exists: { since: '1.16.0', before: 'raises' },
    inline_references: { since: '1.18.2', before: 'raises' },
    inline_primary_key: { since: '1.18.4', before: 'raises' },
  },
  drop_column: { if_exists: { since: '1.16.0', before: 'ignored' } },
  drop_constraint: { if_exists: { since: '1.16.0', before: 'raises' } },
}

/** In a batch, `drop_constraint` takes no options but the type (`BatchDropConstraint`). */
const newerInBatch: typeof newer = {
  ...newer,
  drop_constraint: { if_exists: { since: null, before: 'raises' } },
}

/**
 * Returns the keywords that this version of Alembic uses, or the name of a keyword that makes it raise a TypeError. An
 * undefined version has all keywords.
 */
export function keywordsOf(
  directive: string,
  keywords: ReadonlyMap<string, Term>,
  inBatch: boolean,
  alembic: AlembicVersion | undefined,
): ReadonlyMap<string, Term> | string {
  const known = (inBatch ? newerInBatch : newer)[directive]
  if (alembic === undefined || keywords.size === 0 || known === undefined) return keywords
  if (!Object.keys(known).some((name) => keywords.has(name))) return keywords
  const missing = Object.entries(known).filter(
    ([name, { since }]) => keywords.has(name) && (since === null || !atLeast(alembic, since)),
  )
  if (missing.length === 0) return keywords
  const [refused] = missing.find(([, { before }]) => before === 'raises') ?? []
  if (refused !== undefined) return refused
  return new Map([...keywords].filter(([name]) => !missing.some(([other]) => other === name)))
}
