/** Queries objects by name: tables with all their parts, other objects, and the role's privileges. */
import { quotePostgresText } from '../../core/text/sql-quoting.ts'
import type { PendingNames } from '../../core/dry-run/referenced-names.ts'
import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  Dependent,
  EnumSnapshot,
  IndexSnapshot,
  RelationSnapshot,
  RoutineSnapshot,
  SchemaAccess,
  SchemaSnapshot,
  TableSnapshot,
  TypeSnapshot,
} from '../../core/schema/schema-snapshot.ts'
import type { SessionLock } from '../../core/history/database-state.ts'
import {
  fields,
  flag,
  listOf as list,
  number,
  oneOf,
  orNull,
  parseAnswer,
  row,
  text,
} from './answer-shape.ts'
import { constraintKinds, jsonArrayOf, locksOfAll, firstUserOid, ours } from './query-schema.ts'
import {
  type ExtensionAnswer,
  type FunctionAnswer,
  extensionShape,
  extensionsFrom,
  extensionsOf,
  functionShape,
  functionsFrom,
  functionsOf,
  rolesOf,
  routineShape,
  routinesOf,
} from './query-extensions.ts'
import { lockShape } from './relation-shape.ts'

/** The query's result. Each row is an array. Columns, indexes and constraints refer to their table by oid. */
interface Answer {
  readonly defaultSchema: string | null
  readonly pathSetting: readonly string[]
  readonly createSchemas: boolean
  readonly ownCasts: boolean
  readonly superuser: boolean
  readonly schemas: readonly (readonly [string, boolean, boolean, boolean])[]
  readonly tables: readonly (readonly [
    oid: number,
    schema: string,
    name: string,
    visible: boolean,
    related: boolean,
    owned: boolean,
    references: boolean,
    locks: readonly SessionLock[],
    described: string,
    extension: string | null,
    runsCode: boolean,
  ])[]
  readonly columns: readonly (readonly [
    of: number,
    name: string,
    type: string,
    nullable: boolean,
    userType: 'plain' | 'equality' | null,
    serverDefault: string | null,
    isEnum: boolean,
    generated: boolean,
    identity: string,
  ])[]
  readonly indexes: readonly (readonly [
    of: number,
    name: string,
    unique: boolean,
    columns: readonly (string | null)[],
    valid: boolean,
    partial: boolean,
    uses: readonly string[],
  ])[]
  readonly constraints: readonly (readonly [
    of: number,
    name: string,
    kind: string,
    columns: readonly string[] | null,
    definition: string | null,
    target: readonly [schema: string, name: string] | null,
    deferrable: boolean,
    inherited: boolean,
  ])[]
  readonly relations: readonly (readonly [
    RelationSnapshot['kind'],
    string,
    string,
    table: string | null,
    columns: readonly string[] | null,
  ])[]
  readonly enums: readonly (readonly [
    string,
    string,
    boolean,
    boolean,
    readonly string[] | null,
    described: string,
    users: readonly (readonly [schema: string, table: string, column: string])[] | null,
    usedElsewhere: boolean,
  ])[]
  readonly types: readonly (readonly [schema: string, name: string, kind: 'domain' | 'array' | 'other'])[]
  readonly constraintNames: readonly (readonly [schema: string, name: string])[]
  /** Null if not requested. */
  readonly everyTable: readonly (readonly [schema: string, name: string])[] | null
  readonly everySchema: readonly string[] | null
  readonly everyName: readonly string[] | null
  readonly extensions: ExtensionAnswer | null
  readonly routines: RoutineSnapshot | null
  readonly statistics:
    | readonly (readonly [
        schema: string,
        name: string,
        owned: boolean,
        tableSchema: string,
        tableName: string,
      ])[]
    | null
  readonly roles: readonly (readonly [name: string, exists: boolean])[] | null
  readonly functions: readonly FunctionAnswer[] | null
  readonly views: readonly (readonly [of: number, schema: string, name: string, columns: readonly string[]])[]
  readonly references: readonly (readonly [
    of: number,
    schema: string,
    table: string,
    name: string,
    columns: readonly string[],
    key: string | null,
  ])[]
  readonly policies: readonly (readonly [
    of: number,
    schema: string,
    table: string,
    name: string,
    columns: readonly string[],
  ])[]
  readonly otherUses: readonly (readonly [of: number, column: string | null])[]
}

const answerShape = fields<Answer>({
  defaultSchema: orNull(text),
  pathSetting: list(text),
  createSchemas: flag,
  ownCasts: flag,
  superuser: flag,
  schemas: list(row(text, flag, flag, flag)),
  tables: list(row(number, text, text, flag, flag, flag, flag, list(lockShape), text, orNull(text), flag)),
  columns: list(
    row(number, text, text, flag, orNull(oneOf('equality', 'plain')), orNull(text), flag, flag, text),
  ),
  indexes: list(row(number, text, flag, list(orNull(text)), flag, flag, list(text))),
  constraints: list(
    row(number, text, text, orNull(list(text)), orNull(text), orNull(row(text, text)), flag, flag),
  ),
  relations: list(
    row(oneOf('index', 'sequence', 'view', 'other'), text, text, orNull(text), orNull(list(text))),
  ),
  enums: list(
    row(text, text, flag, flag, orNull(list(text)), text, orNull(list(row(text, text, text))), flag),
  ),
  types: list(row(text, text, oneOf('domain', 'array', 'other'))),
  constraintNames: list(row(text, text)),
  everyTable: orNull(list(row(text, text))),
  everySchema: orNull(list(text)),
  everyName: orNull(list(text)),
  extensions: orNull(extensionShape),
  routines: orNull(routineShape),
  statistics: orNull(list(row(text, text, flag, text, text))),
  roles: orNull(list(row(text, flag))),
  functions: orNull(list(functionShape)),
  views: list(row(number, text, text, list(text))),
  references: list(row(number, text, text, text, list(text), orNull(text))),
  policies: list(row(number, text, text, text, list(text))),
  otherUses: list(row(number, orNull(text))),
})

/** Parses the result of `objectsQuery`. */
export function objectsFrom(json: string): SchemaSnapshot {
  const all = parseAnswer(json, answerShape)
  const tables = new Map<number, Growing>()
  for (const [oid, schema, name, visible, related, owned, references, ...rest] of all.tables) {
    const [locks, described, extension, runsCode] = rest
    const access = { owned, references }
    const parts = { columns: [], indexes: [], constraints: [], dependents: [], usedElsewhere: [] }
    const marks = { ...(extension !== null && { extension }), ...(runsCode && { runsCode }) }
    tables.set(oid, { schema, name, visible, related, access, locks, described, ...parts, ...marks })
  }
  for (const [
    oid,
    name,
    type,
    nullable,
    userType,
    serverDefault,
    isEnum,
    generated,
    identity,
  ] of all.columns) {
    const parts = { name, type, nullable, serverDefault, userType }
    const kind = identity === 'a' ? 'always' : identity === 'd' ? 'by default' : null
    const marks = {
      ...(isEnum && { isEnum }),
      ...(generated && { generated }),
      ...(kind && ({ identity: kind } as const)),
    }
    tables.get(oid)?.columns.push({ ...parts, ...marks })
  }
  for (const [oid, name, unique, columns, valid, partial, uses] of all.indexes) {
    const parts = { name, unique, definition: null, columns, uses, ...(partial && { partial }) }
    tables.get(oid)?.indexes.push(valid ? parts : { ...parts, invalid: true })
  }
  for (const [oid, name, kind, columns, definition, target, deferrable, inherited] of all.constraints) {
    const known = columns === null ? {} : { columns }
    const refers = target === null ? {} : { target: { schema: target[0], name: target[1] } }
    const parts = { name, kind: constraintKinds[kind] ?? 'other', definition, ...known, ...refers }
    const marks = { ...(deferrable && { deferrable }), ...(inherited && { inherited }) }
    tables.get(oid)?.constraints.push({ ...parts, ...marks })
  }
  for (const [of, schema, name, columns] of all.views) {
    const place = { kind: 'view' as const, schema, table: name, name, key: null }
    tables.get(of)?.dependents.push({ ...place, columns })
  }
  for (const [of, schema, table, name, columns, key] of all.references) {
    tables.get(of)?.dependents.push({ kind: 'foreign key', schema, table, name, columns, key })
  }
  for (const [of, schema, table, name, columns] of all.policies) {
    tables.get(of)?.dependents.push({ kind: 'policy', schema, table, name, columns, key: null })
  }
  for (const [of, column] of all.otherUses) tables.get(of)?.usedElsewhere.push(column)
  const relations = all.relations.map(([kind, schema, name, table, columns]) => ({
    kind,
    schema,
    name,
    table,
    ...(columns && { columns }),
  }))
  const types: readonly TypeSnapshot[] = all.types.map(([schema, name, kind]) => ({
    schema,
    name,
    ...(kind !== 'other' && { kind }),
  }))
  const access: readonly SchemaAccess[] = all.schemas.map(([name, usage, create, owned]) => ({
    name,
    usage,
    create,
    owned,
  }))
  const enums: readonly EnumSnapshot[] = all.enums.map(
    ([schema, name, visible, owned, values, described, users, usedElsewhere]) => ({
      schema,
      name,
      visible,
      owned,
      ...(usedElsewhere && { usedElsewhere }),
      values: values ?? [],
      described,
      dependents: (users ?? []).map(([where, table, column]) => ({
        kind: 'column' as const,
        schema: where,
        table,
        name: column,
        columns: null,
        key: null,
      })),
    }),
  )
  const { createSchemas, ownCasts, superuser, pathSetting } = all
  const constraintNames = all.constraintNames.map(([schema, name]) => ({ schema, name }))
  return {
    dialect: 'postgresql',
    defaultSchema: all.defaultSchema,
    schemas: access.map(({ name }) => name),
    tables: [...tables.values()],
    enums,
    ...(all.everyTable && {
      listed: {
        tables: all.everyTable.map(([schema, name]) => ({ schema, name })),
        schemas: all.everySchema ?? [],
        names: all.everyName ?? [],
      },
    }),
    ...(all.extensions && { extensions: extensionsFrom(all.extensions) }),
    ...(all.routines && { routines: all.routines }),
    ...(all.statistics && {
      statistics: all.statistics.map(([schema, name, owned, tableSchema, tableName]) => ({
        schema,
        name,
        owned,
        table: { schema: tableSchema, name: tableName },
      })),
    }),
    ...(all.roles && { roles: all.roles }),
    ...(all.functions && { functions: functionsFrom(all.functions) }),
    surroundings: {
      relations,
      types,
      access,
      constraintNames,
      createSchemas,
      ownCasts,
      superuser,
      pathSetting,
    },
  }
}

type Growing = TableSnapshot & {
  readonly columns: ColumnSnapshot[]
  readonly indexes: IndexSnapshot[]
  readonly constraints: ConstraintSnapshot[]
  readonly dependents: Dependent[]
  readonly usedElsewhere: (string | null)[]
}

const arrayOf = (texts: readonly string[]): string =>
  `ARRAY[${texts.map((name) => quotePostgresText(name)).join(', ')}]::text[]::name[]`

/** Whether the table `t` has rules or triggers. Foreign keys have internal triggers, which don't count. */
const runsCode = `(t.relhasrules OR EXISTS (SELECT 1 FROM pg_catalog.pg_trigger g
  WHERE g.tgrelid = t.oid AND NOT g.tgisinternal))`

/**
 * Returns the query for objects with these names in any non-system schema, and for the tables that named indexes belong
 * to.
 */
export function objectsQuery(asked: PendingNames): string {
  const { names, schemas, extensions = [], routines, roles = [], calls = [], statistics, lists } = asked
  return `WITH wanted AS (SELECT pg_catalog.unnest(${arrayOf(names.filter((name) => !name.includes('\0')))}) AS name),
  named AS (
    SELECT c.*, n.nspname FROM (SELECT DISTINCT name FROM wanted) w
    JOIN pg_catalog.pg_class c ON c.relname = w.name
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'),
  t AS (
    SELECT c.*, n.nspname FROM (
        SELECT oid FROM named
        UNION SELECT i.indrelid FROM named x JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid) o
    JOIN pg_catalog.pg_class c ON c.oid = o.oid AND c.relkind IN ('r', 'p')
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace),
  locks AS (${locksOfAll})
  SELECT pg_catalog.json_build_object(
    'defaultSchema', pg_catalog.current_schema(),
    'pathSetting', (SELECT COALESCE(pg_catalog.json_agg(
        CASE p WHEN '$user' THEN CURRENT_USER::text ELSE p END), '[]'::json)
      FROM (SELECT pg_catalog.btrim(x, ' "') AS p FROM pg_catalog.unnest(
        pg_catalog.string_to_array(pg_catalog.current_setting('search_path'), ',')) x) y),
    'createSchemas', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
    'superuser', COALESCE((SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER), false),
    'ownCasts', EXISTS (SELECT 1 FROM pg_catalog.pg_cast k
      JOIN pg_catalog.pg_type a ON a.oid = k.castsource JOIN pg_catalog.pg_type b ON b.oid = k.casttarget
      WHERE k.oid >= ${firstUserOid} AND (a.oid < ${firstUserOid} OR a.typtype = 'e')
        AND (b.oid < ${firstUserOid} OR b.typtype = 'e')),
    'schemas', ${jsonArrayOf(
      `n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'), pg_catalog.has_schema_privilege(n.oid, 'CREATE'),
       pg_catalog.pg_has_role(n.nspowner, 'USAGE')`,
      `pg_catalog.pg_namespace n WHERE n.nspname = ANY (${arrayOf(schemas.filter((name) => !name.includes('\0')))})
       OR n.nspname = ANY (pg_catalog.current_schemas(false)) OR n.oid IN (SELECT relnamespace FROM t)`,
    )},
    'tables', ${jsonArrayOf(
      `t.oid::bigint, t.nspname, t.relname, pg_catalog.pg_table_is_visible(t.oid),
       t.relkind = 'p' OR t.relispartition OR t.relhassubclass OR t.reloftype <> 0 OR EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.oid),
       pg_catalog.pg_has_role(t.relowner, 'USAGE'), pg_catalog.has_any_column_privilege(t.oid, 'REFERENCES'),
       COALESCE(l.held, '[]'::json), pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, t.oid, 0),
       (SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e'
          AND d.refclassid = 'pg_catalog.pg_extension'::regclass), ${runsCode}`,
      't LEFT JOIN locks l ON l.relation = t.oid',
    )},
    'columns', ${jsonArrayOf(
      `a.attrelid::bigint, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       (SELECT CASE WHEN b.oid::bigint < ${firstUserOid} THEN NULL
           WHEN b.typtype IN ('b', 'e') AND b.typelem = 0 AND NOT EXISTS (
             SELECT 1 FROM pg_catalog.pg_opclass o WHERE o.opcintype = b.oid AND NOT EXISTS (
               SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_opclass'::regclass AND e.objid = o.oid
                 AND e.deptype = 'e')) THEN 'plain' ELSE 'equality' END
         FROM pg_catalog.pg_type y JOIN pg_catalog.pg_type b
           ON b.oid = CASE y.typtype WHEN 'd' THEN y.typbasetype ELSE y.oid END WHERE y.oid = a.atttypid),
       CASE WHEN a.atthasdef AND COALESCE(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(a), 'attgenerated'), '') = '' THEN
         (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
          WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END,
       EXISTS (SELECT 1 FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid AND y.typtype = 'e'),
       COALESCE(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(a), 'attgenerated'), '') <> '',
       COALESCE(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(a), 'attidentity'), '')`,
      `(SELECT a.* FROM pg_catalog.pg_attribute a JOIN t ON t.oid = a.attrelid
        WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum) a`,
    )},
    'indexes', ${jsonArrayOf(
      `i.indrelid::bigint, x.relname, i.indisunique,
       (SELECT pg_catalog.json_agg(a.attname ORDER BY k.place) FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY k(number, place)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0),
       i.indisvalid OR x.relkind = 'I', i.indpred IS NOT NULL,
       COALESCE((SELECT pg_catalog.json_agg(DISTINCT a.attname::text) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey) OR EXISTS (
          SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))), '[]'::json)`,
      `pg_catalog.pg_index i JOIN t ON t.oid = i.indrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid`,
    )},
    'constraints', ${jsonArrayOf(
      `k.conrelid::bigint, k.conname, k.contype,
       (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.unnest(k.conkey) c(number)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number),
       CASE WHEN k.contype = 'c' AND NOT ${runsCode} THEN pg_catalog.pg_get_constraintdef(k.oid) END,
       (SELECT pg_catalog.json_build_array(n.nspname, c.relname) FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = k.confrelid),
       k.condeferrable, k.coninhcount > 0`,
      `pg_catalog.pg_constraint k JOIN t ON t.oid = k.conrelid WHERE k.contype <> 'n'`,
    )},
    'views', ${jsonArrayOf(
      `v.refobjid::bigint, n.nspname, v.relname, v.columns`,
      `(SELECT d.refobjid, c.relname, c.relnamespace,
          COALESCE(pg_catalog.json_agg(DISTINCT a.attname::text) FILTER (WHERE a.attname IS NOT NULL), '[]'::json) AS columns
        FROM t JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = t.oid
          AND d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.deptype = 'n'
        JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> t.oid
        JOIN pg_catalog.pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm')
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
        GROUP BY d.refobjid, c.relname, c.relnamespace) v JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace`,
    )},
    'references', ${jsonArrayOf(
      `k.confrelid::bigint, n.nspname, c.relname, k.conname,
       (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.unnest(k.confkey) f(number)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.number),
       (SELECT p.conname FROM pg_catalog.pg_constraint p WHERE p.conrelid = k.confrelid
          AND p.conindid = k.conindid AND p.contype IN ('p', 'u') LIMIT 1)`,
      `pg_catalog.pg_constraint k JOIN t ON t.oid = k.confrelid AND k.contype = 'f' AND k.conrelid <> k.confrelid
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid AND NOT c.relispartition
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    )},
    'policies', ${jsonArrayOf(
      `p.refobjid::bigint, n.nspname, c.relname, p.polname, p.columns`,
      `(SELECT d.refobjid, k.polrelid, k.polname,
          COALESCE(pg_catalog.json_agg(DISTINCT a.attname::text) FILTER (WHERE a.attname IS NOT NULL), '[]'::json) AS columns
        FROM t JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = t.oid
          AND d.classid = 'pg_catalog.pg_policy'::regclass AND d.deptype = 'n'
        JOIN pg_catalog.pg_policy k ON k.oid = d.objid
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
        GROUP BY d.refobjid, k.polrelid, k.polname) p
       JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    )},
    'otherUses', ${jsonArrayOf(
      'u.oid::bigint, u.attname',
      `(SELECT DISTINCT t.oid, a.attname FROM t JOIN pg_catalog.pg_depend d
          ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = t.oid AND d.deptype = 'n'
            AND d.classid <> ALL (ARRAY['pg_catalog.pg_attrdef', 'pg_catalog.pg_constraint', 'pg_catalog.pg_policy']::regclass[])
        LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
        LEFT JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
        WHERE c.relkind IS NULL OR c.relkind NOT IN ('v', 'm')
        UNION SELECT t.oid, NULL FROM t JOIN pg_catalog.pg_type y ON y.oid = t.reltype
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (y.oid, y.typarray)
            AND d.deptype = 'n'
        UNION SELECT t.oid, a.attname FROM t JOIN pg_catalog.pg_depend o
            ON o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjid = t.oid AND o.refobjsubid > 0
              AND o.classid = 'pg_catalog.pg_class'::regclass AND o.deptype IN ('a', 'i')
          JOIN pg_catalog.pg_class s ON s.oid = o.objid AND s.relkind = 'S'
          JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = s.oid AND d.deptype = 'n'
          LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
          JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.refobjsubid
          WHERE f.adrelid IS DISTINCT FROM t.oid) u`,
    )},
    'relations', ${jsonArrayOf(
      `CASE o.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view'
         WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'other' END, o.nspname, o.relname,
       (SELECT b.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class b ON b.oid = i.indrelid
        WHERE i.indexrelid = o.oid),
       CASE o.relkind WHEN 'v' THEN (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = o.oid AND a.attnum > 0) END`,
      `named o WHERE o.relkind NOT IN ('r', 'p')`,
    )},
    'enums', ${jsonArrayOf(
      `y.nspname, y.typname, pg_catalog.pg_type_is_visible(y.oid), pg_catalog.pg_has_role(y.typowner, 'USAGE'),
       (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = y.oid),
       pg_catalog.pg_describe_object('pg_catalog.pg_type'::regclass, y.oid, 0),
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(m.nspname, c.relname, a.attname))
        FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p')
        JOIN pg_catalog.pg_namespace m ON m.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND a.attnum > 0
        WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (y.oid, y.typarray)
          AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'n'),
       EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
        LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
        LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = d.objid
        LEFT JOIN pg_catalog.pg_constraint k ON d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid
        WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (y.oid, y.typarray) AND d.deptype = 'n'
          AND (c.oid IS NULL OR c.relkind IN ('v', 'm', 'c', 'f'))
          AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = COALESCE(f.adrelid, k.conrelid) AND (a.attnum = f.adnum OR a.attnum = ANY (k.conkey))
              AND a.atttypid IN (y.oid, y.typarray)))`,
      `${typesNamed} AND y.typtype = 'e'`,
    )},
    'types', ${jsonArrayOf(
      `y.nspname, y.typname, CASE WHEN y.typtype = 'd' THEN 'domain'
         WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_type e WHERE e.oid = y.typelem AND e.typarray = y.oid) THEN 'array'
         ELSE 'other' END`,
      `${typesNamed} AND y.typtype <> 'e' AND y.typrelid = 0`,
    )},
    'constraintNames', ${jsonArrayOf(
      'n.nspname, k.conname',
      `(SELECT DISTINCT name FROM wanted) w JOIN pg_catalog.pg_constraint k ON k.conname = w.name
       JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace`,
    )},
    'everyTable', ${
      lists
        ? jsonArrayOf(
            'n.nspname, c.relname',
            `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND ${ours} AND c.relkind IN ('r', 'p')`,
          )
        : 'NULL'
    },
    'extensions', ${extensions.length > 0 ? extensionsOf(arrayOf(extensions)) : 'NULL'},
    'routines', ${routines ? routinesOf(arrayOf(routines.filter((name) => !name.includes('\0')))) : 'NULL'},
    'statistics', ${statistics ? statisticsOf(arrayOf(statistics.filter((name) => !name.includes('\0')))) : 'NULL'},
    'roles', ${roles.length > 0 ? rolesOf(arrayOf(roles.filter((name) => !name.includes('\0')))) : 'NULL'},
    'functions', ${calls.length > 0 ? functionsOf(arrayOf(calls.filter((name) => !name.includes('\0')))) : 'NULL'},
    'everyName', ${lists ? everyName : 'NULL'},
    'everySchema', ${lists ? `(SELECT pg_catalog.json_agg(n.nspname) FROM pg_catalog.pg_namespace n)` : 'NULL'})`
}

const statisticsOf = (names: string): string =>
  jsonArrayOf(
    `n.nspname, s.stxname, pg_catalog.pg_has_role(s.stxowner, 'USAGE'), m.nspname, c.relname`,
    `pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
     JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid JOIN pg_catalog.pg_namespace m ON m.oid = c.relnamespace
     WHERE s.stxname = ANY (${names})`,
  )

const everyName = `(SELECT COALESCE(pg_catalog.json_agg(x.name), '[]'::json) FROM (
  SELECT c.relname AS name, c.relnamespace AS place FROM pg_catalog.pg_class c
  UNION SELECT y.typname, y.typnamespace FROM pg_catalog.pg_type y
  UNION SELECT k.conname, k.connamespace FROM pg_catalog.pg_constraint k) x
  JOIN pg_catalog.pg_namespace n ON n.oid = x.place AND ${ours})`

const typesNamed = `(SELECT y.*, n.nspname FROM (SELECT DISTINCT name FROM wanted) w
  JOIN pg_catalog.pg_type y ON y.typname = w.name JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') y WHERE true`
