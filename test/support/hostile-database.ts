/**
 * Objects that users with CREATE on `public` can plant for other sessions (CVE-2018-1058). PostgreSQL may
 * choose them over the objects in pg_catalog.
 */
import { systemOperators } from './sql-texts.ts'

const types =
  'name text varchar "char" oid int2 int4 int8 bool regclass regnamespace xid tid json int2vector oidvector name[] timestamptz interval float4 float8 point'.split(
    ' ',
  )
const shadowed = 'text name int2 int4 int8 bool json point regclass regnamespace oid varchar'.split(' ')
const functions =
  'json_agg json_build_object json_build_array current_setting set_config current_schema current_schemas format_type count max min sum bool_or unnest btrim string_to_array has_schema_privilege has_table_privilege pg_table_is_visible pg_get_expr format pg_backend_pid pg_try_advisory_lock date_part timezone int4 text name'.split(
    ' ',
  )

const system = (type: string): string =>
  type.endsWith('[]') ? `pg_catalog.${type.slice(0, -2)}[]` : `pg_catalog.${type}`

/** Returns SQL for hostile objects. They create the file `ran` if a superuser executes them. */
export function hostileObjects(ran: string): string {
  const body = (value: string): string =>
    `LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${ran} && cat > /dev/null'''; RETURN ${value}; END $f$`
  const pairs = types.flatMap((left) => types.map((right) => [system(left), system(right)] as const))
  return [
    `CREATE FUNCTION public.harm() RETURNS pg_catalog.bool ${body('true')};`,
    ...pairs.map(
      ([left, right]) =>
        `CREATE FUNCTION public.harm_op(l ${left}, r ${right}) RETURNS pg_catalog.bool ${body('true')};`,
    ),
    ...systemOperators.flatMap((name) =>
      pairs.map(
        ([left, right]) =>
          `CREATE OPERATOR public.${name} (FUNCTION = public.harm_op, LEFTARG = ${left}, RIGHTARG = ${right});`,
      ),
    ),
    ...functions.flatMap((name) =>
      [
        '',
        'pg_catalog.anyelement',
        'pg_catalog.text',
        'pg_catalog.oid',
        'pg_catalog.text, pg_catalog.text',
        'pg_catalog.text, pg_catalog.text, pg_catalog.bool',
        'pg_catalog.anyarray',
        'pg_catalog.anyelement, pg_catalog.anyelement',
      ].map((given) => `CREATE FUNCTION public.${name}(${given}) RETURNS pg_catalog.text ${body("''")};`),
    ),
    ...shadowed.map((name) => `CREATE DOMAIN public.${name} AS pg_catalog.${name} CHECK (public.harm());`),
  ].join('\n')
}

/** Returns SQL for a type with its own casts, operators and operator class, which run code. */
export function hostileType(ran: string): string {
  const body = (value: string): string =>
    `LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${ran} && cat > /dev/null'''; RETURN ${value}; END $f$`
  return [
    `CREATE TYPE public.harmful AS ENUM ('base_001', 'rooms_002', 'email_003');`,
    ...['text', 'json', 'varchar', 'name'].flatMap((type) => [
      `CREATE FUNCTION public.harm_to_${type}(public.harmful) RETURNS pg_catalog.${type} ${body('NULL')};`,
      `CREATE CAST (public.harmful AS pg_catalog.${type}) WITH FUNCTION public.harm_to_${type}(public.harmful) AS IMPLICIT;`,
    ]),
    `CREATE FUNCTION public.harm_cmp(public.harmful, public.harmful) RETURNS pg_catalog.int4 ${body('0')};`,
    ...['<', '<=', '=', '>=', '>'].flatMap((name, index) => [
      `CREATE FUNCTION public.harm_${index}(public.harmful, public.harmful) RETURNS pg_catalog.bool ${body('true')};`,
      `CREATE OPERATOR public.${name} (FUNCTION = public.harm_${index}, LEFTARG = public.harmful, RIGHTARG = public.harmful);`,
    ]),
    `CREATE OPERATOR CLASS public.harmful_ops DEFAULT FOR TYPE public.harmful USING btree AS OPERATOR 1 public.<, OPERATOR 2 public.<=,
      OPERATOR 3 public.=, OPERATOR 4 public.>=, OPERATOR 5 public.>, FUNCTION 1 public.harm_cmp(public.harmful, public.harmful);`,
  ].join('\n')
}
