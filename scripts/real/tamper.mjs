/** Ways to tamper with the objects that a migration uses. */

/** Lists the objects in the `public` schema. */
const catalog = `
  SELECT 'table' AS kind, relname AS "table", relname AS name, '' AS detail
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'alembic_version'
  UNION ALL
  SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
    AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT 'index', c.relname, i.relname, (
    SELECT string_agg(a.attname, ',') FROM pg_attribute a WHERE a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey))
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
  WHERE i.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
    AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.oid AND o.contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT CASE o.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END, c.relname, o.conname, (
    SELECT coalesce(string_agg(a.attname, ','), '') FROM pg_attribute a WHERE a.attrelid = o.conrelid AND a.attnum = ANY (o.conkey))
    || coalesce(' ' || o.confrelid::regclass::text || ' ' || (
    SELECT string_agg(a.attname, ',') FROM pg_attribute a WHERE a.attrelid = o.confrelid AND a.attnum = ANY (o.confkey)), '')
  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
  WHERE o.connamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
  UNION ALL
  SELECT 'sequence', '', relname, '' FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
  UNION ALL
  SELECT 'enum', '', typname, '' FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
  ORDER BY 1, 2, 3`

export function lookAt(database) {
  return database.execute(catalog)
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`
const keyOf = ({ kind, table, name }) => `${kind} ${table} ${name}`

/** Returns ways to tamper with the objects that a migration changes, at most one of each kind. */
export function tamperings(before, after) {
  const held = new Map(before.map((one) => [keyOf(one), one]))
  const left = new Map(after.map((one) => [keyOf(one), one]))
  const made = after.filter((one) => !held.has(keyOf(one)))
  const gone = before.filter((one) => !left.has(keyOf(one)))
  const changed = before.filter((one) => left.has(keyOf(one)) && left.get(keyOf(one)).detail !== one.detail)
  const isOld = (table) => held.has(keyOf({ kind: 'table', table, name: table }))
  const of = (list, kind) =>
    list.find((one) => one.kind === kind && (one.table === '' || kind === 'table' || isOld(one.table)))
  const column = (table, name) => held.get(keyOf({ kind: 'column', table, name }))
  const found = []
  const add = (kind, sql) => {
    if (sql && !found.some((one) => one.kind === kind)) found.push({ kind, sql })
  }

  const table = of(made, 'table')
  add('table there', table && `CREATE TABLE ${quoted(table.name)} (id integer)`)
  const newColumn = of(made, 'column')
  add(
    'column there',
    newColumn && `ALTER TABLE ${quoted(newColumn.table)} ADD COLUMN ${quoted(newColumn.name)} text`,
  )
  const index = of(made, 'index')
  const any = before.find(({ kind, table: on }) => kind === 'column' && on === index?.table)
  add(
    'index there',
    index && any && `CREATE INDEX ${quoted(index.name)} ON ${quoted(any.table)} (${quoted(any.name)})`,
  )
  for (const kind of ['constraint', 'foreign key']) {
    const one = of(made, kind)
    add(
      `${kind} there`,
      one && `ALTER TABLE ${quoted(one.table)} ADD CONSTRAINT ${quoted(one.name)} CHECK (true)`,
    )
    const lost = of(gone, kind)
    add(
      `${kind} missing`,
      lost &&
        isOld(lost.table) &&
        `ALTER TABLE ${quoted(lost.table)} DROP CONSTRAINT ${quoted(lost.name)} CASCADE`,
    )
  }
  const lostIndex = of(gone, 'index')
  add('index missing', lostIndex && `DROP INDEX ${quoted(lostIndex.name)}`)
  const sequence = of(made, 'sequence')
  add('sequence there', sequence && `CREATE SEQUENCE ${quoted(sequence.name)}`)
  const type = of(made, 'enum')
  add('enum there', type && `CREATE TYPE ${quoted(type.name)} AS ENUM ('x')`)

  // Include the columns of new indexes, constraints and foreign keys.
  const used = [...gone, ...changed].filter(({ kind, table: on }) => kind === 'column' && isOld(on))
  for (const one of made) {
    if (!/^(?:index|constraint|foreign key)$/.test(one.kind) || !one.detail) continue
    const [own, referenced, columns = ''] = one.detail.split(' ')
    used.push(...own.split(',').flatMap((name) => column(one.table, name) ?? []))
    if (referenced) used.push(...columns.split(',').flatMap((name) => column(referenced, name) ?? []))
  }
  const [first] = used
  add(
    'used column dropped',
    first && `ALTER TABLE ${quoted(first.table)} DROP COLUMN ${quoted(first.name)} CASCADE`,
  )
  add('used table dropped', first && `DROP TABLE ${quoted(first.table)} CASCADE`)
  const last = used.at(-1)
  const other = last && (/^(?:text|character)/.test(last.detail) ? 'integer USING NULL' : 'text')
  add(
    'type changed',
    last &&
      `ALTER TABLE ${quoted(last.table)} ALTER COLUMN ${quoted(last.name)} DROP DEFAULT, ALTER COLUMN ${quoted(last.name)} TYPE ${other}`,
  )
  if (!first) {
    const touched = [...made, ...gone].find((one) => isOld(one.table))
    add('used table dropped', touched && `DROP TABLE ${quoted(touched.table)} CASCADE`)
  }
  return found
}
