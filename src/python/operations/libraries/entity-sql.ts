/** SQL that alembic_utils executes for its entities. */
import { type Made, type Term, stringOf } from '../../interpreter/values.ts'

/** An entity whose plain names are spelled the same in all alembic_utils releases. */
interface Entity {
  readonly kind: string
  readonly schema: string
  readonly signature: string
  readonly definition: string
}

/** Returns the SQL for a directive such as `op.create_entity(PGFunction(…))`; null if unknown. */
export function sqlOfEntity(directive: string, target: Made): string | null {
  const entity = entityOf(target)
  if (entity === null) return null
  const create = creation(entity, false)
  switch (directive) {
    case 'create_entity':
      return create
    case 'replace_entity':
      if (entity.kind === 'PGFunction') return creation(entity, true)
      return entity.kind === 'PGTrigger' ? replacedTrigger(entity, target) : null
    default:
      return null
  }
}

function entityOf(target: Made): Entity | null {
  const given = (at: number, name: string): string | null =>
    stringOf(target.args[at] ?? target.keywords.get(name))
  const kind = target.path.split('.').at(-1) ?? ''
  const schema = given(0, 'schema')
  const signature = given(1, 'signature')?.replaceAll(/\s+/g, ' ').trim() ?? null
  const definition = given(2, 'definition')
  if (schema === null || signature === null || definition === null || target.keywords.has('**')) return null
  if (!isPlain(schema) || !isPlain(signature.replace(/ ?\(.*/, '')) || !isUnchanged(definition)) return null
  return { kind, schema, signature, definition: definition.trim().replace(/;+$/, '').trim() }
}

function isPlain(name: string): boolean {
  return /^[a-z_][a-z0-9_]*$/.test(name)
}

/** Whether alembic_utils' escaping of colons for `sa.text` leaves the SQL unchanged. */
function isUnchanged(definition: string): boolean {
  return !definition.replaceAll(String.raw`\:`, '').includes('\\') && !/:::/.test(definition)
}

function creation({ kind, schema, signature, definition }: Entity, replaces: boolean): string | null {
  switch (kind) {
    case 'PGFunction': {
      const [, name, rest] = /^(\w+) ?(\(.*)$/.exec(signature) ?? []
      if (name === undefined || rest === undefined) return null
      // In PL/pgSQL, an escaped colon stays as is; in other languages, it's escaped twice.
      const isPlpgsql = /language plpgsql/i.test(definition.replaceAll(/\s+/g, ' ').replaceAll("'", ''))
      if (!isPlpgsql && definition.includes('\\')) return null
      const body = definition.replaceAll(String.raw`\:`, ':')
      return `CREATE ${replaces ? 'OR REPLACE ' : ''}FUNCTION "${schema}"."${name}"${rest} ${body}`
    }
    case 'PGTrigger': {
      const [, event, on, action] = /^(.+?)\s+on\s+(\S+)\s+(.+)$/is.exec(definition) ?? []
      if (event === undefined || on === undefined || action === undefined || definition.includes('\\'))
        return null
      // Like alembic_utils, doesn't quote the schema.
      return `CREATE TRIGGER "${signature}" ${event} ON ${schema}.${on.replace(/^[^.]*\./, '')} ${action}`
    }
    case 'PGView':
      return definition.includes(':') ? null : `CREATE VIEW "${schema}"."${signature}" AS ${definition}`
    default:
      return null
  }
}

function replacedTrigger(entity: Entity, target: Made): string | null {
  const create = creation(entity, false)
  const on: Term | undefined = target.args[3] ?? target.keywords.get('on_entity')
  const table = stringOf(on)
  if (create === null || table === null) return null
  return `DROP TRIGGER IF EXISTS "${entity.signature}" ON ${table}; ${create}`
}
