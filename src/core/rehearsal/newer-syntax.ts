/**
 * Lists SQL syntax by the PostgreSQL version that introduced it. Sources: "Utility Commands", "Constraints" and
 * "Functions" in the release notes (https://www.postgresql.org/docs/release/). Excludes ordinary functions, because
 * applications may define their own.
 */

/** SQL syntax introduced in a PostgreSQL major version. */
export interface NewerSyntax {
  /** Display name, such as `MERGE`. */
  readonly name: string
  /** The major version that introduced the syntax. */
  readonly since: number
  /** Matches a statement in the form that {@link newerSyntaxIn} expects. */
  readonly pattern: RegExp
}

const parentheses = String.raw`\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)`

const of = (since: number, forms: readonly (readonly [name: string, pattern: RegExp])[]): NewerSyntax[] =>
  forms.map(([name, pattern]) => ({ name, since, pattern }))

/** All known syntax, newest version first. The first match counts. */
export const newerSyntax: readonly NewerSyntax[] = [
  ...of(18, [
    ['GENERATED … VIRTUAL', new RegExp(`\\bgenerated always as ${parentheses}(?! stored\\b)`)],
    ['WITHOUT OVERLAPS', /\bwithout overlaps\b/],
    ['FOREIGN KEY (…, PERIOD …)', /\bforeign key \([^)]* , period \S+ \)/],
    ['NOT ENFORCED', /\bnot enforced\b|\) enforced\b/],
    ['ADD CONSTRAINT … NOT NULL', /^alter table .*\badd (?:constraint \S+ )?not null \S/],
    ['ALTER CONSTRAINT … INHERIT', /^alter table .*\balter constraint \S+ (?:no )?inherit\b/],
    ['RETURNING WITH (OLD AS …)', /\breturning with \( (?:old|new) as\b/],
    // In a statement with a table called `old`, `old.x` is that table's column.
    [
      'RETURNING OLD.…',
      /^(?!.*\b(?:old|new)\b(?! \.))(?:insert|update|delete|merge)\b.*\breturning .*\b(?:old|new) \./,
    ],
    ['VACUUM or ANALYZE ONLY', /^(?:vacuum|analyze) (?:\([^)]*\) )?only \S/],
    ['COPY … REJECT_LIMIT', /^copy .*\breject_limit\b/],
    ['CREATE FOREIGN TABLE … (LIKE …)', /^create foreign table [^(]*\( like /],
  ]),
  ...of(17, [
    ['JSON_TABLE', /\bjson_table \(/],
    ['JSON_EXISTS, JSON_QUERY and JSON_VALUE', /\bjson_(?:exists|query|value) \(/],
    ['JSON_SCALAR and JSON_SERIALIZE', /\bjson_(?:scalar|serialize) \(/],
    ['MERGE … RETURNING', /^(?:with .*\) )?merge into .*\breturning\b/],
    ['WHEN NOT MATCHED BY', /^(?:with .*\) )?merge into .*\bwhen not matched by (?:source|target)\b/],
    ['ALTER COLUMN … SET EXPRESSION', /^alter table .*\bset expression as\b/],
    ['SET STATISTICS DEFAULT', /^alter .*\bset statistics default\b/],
    ['SET ACCESS METHOD DEFAULT', /\bset access method default\b/],
    [
      'the MAINTAIN privilege',
      /^(?:alter default privileges .*)?\b(?:grant|revoke) (?:grant option for )?(?:\w+ , )*maintain\b.* on /,
    ],
    ['COPY … ON_ERROR', /^copy .*\( (?:.* , )?(?:on_error|log_verbosity)\b/],
    ['COPY … FORCE_NULL *', /^copy .*\bforce_(?:not_)?null \*/],
    ['AT LOCAL', /\bat local\b/],
    ['an event trigger ON login', /^create event trigger \S+ on login\b/],
  ]),
  ...of(16, [
    ['JSON_ARRAY and JSON_ARRAYAGG', /\bjson_array(?:agg)? \(/],
    ['JSON_OBJECTAGG', /\bjson_objectagg \(/],
    ['JSON_OBJECT with keys and values', /\bjson_object \( \S+ (?::|value) /],
    ['IS JSON', /\bis (?:not )?json\b/],
    [
      'STORAGE in CREATE TABLE',
      /^create (?:\w+ )?table .* storage (?:plain|external|extended|main|default)\b/,
    ],
    ['SET STORAGE DEFAULT', /\bset storage default\b/],
    ['CREATE STATISTICS without a name', /^create statistics (?:\([^)]*\) )?on /],
    ['integers such as 0x1F, 0o17 and 0b11', /(?:^|[ ,(])0[xob][\da-f]+(?![\w.])/i],
    ['numbers such as 1_000', /(?:^|[ ,(])\d+_\d[\d_]*(?![\w.])/],
    [
      'GRANT … WITH INHERIT or SET',
      /^grant .* with (?:.* , )?(?:(?:inherit|set) (?:option|true|false)|admin (?:true|false))\b/,
    ],
    [
      'a VACUUM or ANALYZE option',
      /^(?:vacuum|analyze) \([^)]*\b(?:process_main|skip_database_stats|only_database_stats|buffer_usage_limit)\b/,
    ],
    ['REINDEX DATABASE without a name', /^reindex (?:\([^)]*\) )?(?:database|system)(?: concurrently)?$/],
    ['XMLSERIALIZE (… INDENT)', /\bxmlserialize \( .* indent \)/],
    [
      'a subquery in FROM without an alias',
      new RegExp(
        `(?<!\\bdistinct )\\bfrom \\( (?:select|values)\\b(?:[^()]|${parentheses})* \\)(?: (?:where|group|having|order|limit|offset|union|except|intersect)\\b|$)`,
      ),
    ],
  ]),
  ...of(15, [
    ['MERGE', /^(?:with .*\) )?merge into\b/],
    ['NULLS NOT DISTINCT', /\bnulls (?:not )?distinct\b/],
    ['security_invoker', /^(?:create|alter) .*\bview .*\( (?:.* , )?security_invoker\b/],
    ['SET ACCESS METHOD', /^alter (?:table|materialized view) .*\bset access method\b/],
    ['FOR TABLES IN SCHEMA', /^(?:create|alter) publication .*\btables in schema\b/],
    ['a publication with a row filter', /^(?:create|alter) publication .*\btable .* where \(/],
    ['ON DELETE SET NULL (…)', /\bon delete set (?:null|default) \(/],
    ['GRANT … ON PARAMETER', /^(?:grant|revoke) .* on parameter\b/],
    ['ALTER DATABASE … REFRESH COLLATION VERSION', /^alter database \S+ refresh collation version\b/],
    ['an unlogged sequence', /^create unlogged sequence\b|^alter sequence .*\bset (?:un)?logged\b/],
  ]),
  ...of(14, [
    ['COMPRESSION', /\bcompression (?:pglz|lz4|default)\b/],
    ['DETACH PARTITION … CONCURRENTLY', /\bdetach partition .* (?:concurrently|finalize)\b/],
    ['MULTIRANGE_TYPE_NAME', /^create type .*\bmultirange_type_name =/],
    ['CREATE OR REPLACE TRIGGER', /^create or replace (?:constraint )?trigger\b/],
    ['a function body with BEGIN ATOMIC', /^create .*\b(?:function|procedure)\b.*\bbegin atomic\b/],
    ['GROUP BY DISTINCT', /\bgroup by distinct\b/],
    ['SEARCH … FIRST BY', /\bsearch (?:depth|breadth) first by\b/],
    ['CREATE STATISTICS on an expression', /^create statistics .* on \(/],
    ['REINDEX (TABLESPACE …)', /^reindex \([^)]*\btablespace\b/],
    ['ALTER SUBSCRIPTION … ADD PUBLICATION', /^alter subscription \S+ (?:add|drop) publication\b/],
  ]),
  ...of(13, [
    ['DROP DATABASE … (FORCE)', /^drop database .*\( force \)/],
    ['DROP EXPRESSION', /^alter table .*\bdrop expression\b/],
    ['WITH TIES', /\bfetch (?:first|next) .*\bwith ties\b/],
    ['ALTER VIEW … RENAME COLUMN', /^alter view .*\brename column\b/],
    ['IS NORMALIZED', /\bis (?:not )?(?:nf\w+ )?normalized\b/],
  ]),
  ...of(12, [
    ['GENERATED … STORED', new RegExp(`\\bgenerated always as ${parentheses} stored\\b`)],
    ['REINDEX CONCURRENTLY', /^reindex (?:\([^)]*\) )?\w+ concurrently\b/],
    ['AS MATERIALIZED', /\bas (?:not )?materialized \(/],
    ['COPY … WHERE', /^copy .* from .* where\b/],
    ['CREATE OR REPLACE AGGREGATE', /^create or replace aggregate\b/],
  ]),
]

/**
 * The newest syntax that this major version doesn't support, if any. `statement` must have single spaces between
 * tokens, and nothing inside its strings and quoted names.
 */
export function newerSyntaxIn(statement: string, major: number): NewerSyntax | null {
  return newerSyntax.find(({ since, pattern }) => since > major && pattern.test(statement)) ?? null
}
