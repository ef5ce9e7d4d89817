/**
 * Statements that newer PostgreSQL versions treat differently, even though their syntax hasn't changed. Sources:
 * incompatibilities and changes in the release notes (https://www.postgresql.org/docs/release/).
 * `test/database/changed-behavior.test.ts` runs each statement on two versions.
 */
import type { ServerError } from './statement-log.ts'

/** A kind of statement that newer versions reject. */
export interface StricterBehavior {
  /** First major version that rejects the statement. */
  readonly since: number
  /** Matches the error's SQLSTATE and message, separated by a space. */
  readonly error: RegExp
  /** Matches the statement in the form that `newerSyntaxIn` expects; undefined if not needed. */
  readonly statement?: RegExp
  /** True if the error must come from inside a function. */
  readonly inFunction?: true
}

const stricter = {
  'foreign-key-collation': { since: 18, error: /^42P21 foreign key constraint/ },
  'unlogged-partitions': {
    since: 18,
    error: /^(?:0A000 partitioned tables|42809 ALTER action SET (?:UN)?LOGGED)/,
  },
  'rule-privilege': { since: 18, error: /^42601 unrecognized privilege type "rule"/ },
  'named-not-null': {
    since: 18,
    error: /^(?:42710 constraint|23505 .*"pg_constraint_)/,
    statement: /\bnot null\b/,
  },
  'inherited-not-null': {
    since: 18,
    error: /^(?:XX000 .* is not marked NOT NULL|42P16 cannot drop inherited constraint)/,
  },
  'maintenance-path': {
    since: 17,
    error: /^(?:42P01|42883|42704|3F000) /,
    statement:
      /^(?:create (?:unique )?index|create materialized view|refresh materialized view|reindex|cluster|analyze|vacuum)\b/,
    inFunction: true,
  },
  'interval-ago': { since: 17, error: /^22007 .* type interval/ },
  'system-columns-17': {
    since: 17,
    error:
      /^42703 column .*\b(?:buffers_backend|buffers_backend_fsync|colliculocale|daticulocale|domain_default|max_dead_tuples|num_dead_tuples|blk_read_time|blk_write_time)\b/,
  },
  'removed-setting-17': {
    since: 17,
    error: /^42704 .* parameter "(?:old_snapshot_threshold|db_user_namespace|trace_recovery_messages)"/,
  },
  'removed-setting-16': {
    since: 16,
    error:
      /^42704 .* parameter "(?:lc_collate|lc_ctype|force_parallel_mode|vacuum_defer_cleanup_age|promote_trigger_file)"/,
  },
  'null-primary-key': { since: 16, error: /^42P16 primary keys cannot use NULLS NOT DISTINCT/ },
  'generated-child': {
    since: 16,
    error: /^(?:42611 child column|42804 column .* in child table must not be a generated column)/,
  },
  'select-rule': { since: 16, error: /^42809 .* ON SELECT rules/ },
  'public-schema': { since: 15, error: /^42501 permission denied for schema public/ },
  'python-2': { since: 15, error: /^42704 language "plpython2?u"/ },
  'numeric-suffix': { since: 15, error: /^42601 trailing junk after numeric literal/ },
  'view-collation': { since: 15, error: /^42P16 cannot change collation of view column/ },
  'interval-text': { since: 15, error: /^42P17 .* IMMUTABLE/, statement: /(?::: |\bas )text\b/ },
  'backup-functions': {
    since: 15,
    error: /^42883 function pg_(?:start_backup|stop_backup|is_in_backup|backup_start_time)\(/,
  },
  'reserved-setting': { since: 15, error: /^42602 invalid configuration parameter name/ },
  'extract-type': {
    since: 14,
    error: /^(?:42P16 cannot change data type of view column|42P13 |42883 )/,
    statement: /\bextract \(/,
  },
  'array-functions': {
    since: 14,
    error:
      /^42883 function (?:array_(?:append|prepend|cat|position|positions|remove|replace)|width_bucket)\(.*any/,
  },
  'containment-operators': {
    since: 14,
    error:
      /^42883 operator does not exist: (?:point|line|lseg|path|box|polygon|circle|cube|hstore|seg|integer\[\]) [@~] /,
  },
  'factorial-operator': { since: 14, error: /^42883 operator does not exist: !! / },
  'quoted-language': {
    since: 14,
    error: /^42601 /,
    statement: /^(?:create|drop) .*\blanguage (?:if exists )?''$/,
  },
} satisfies Record<string, StricterBehavior>

/** Name of a {@link StricterBehavior}. */
export type StricterName = keyof typeof stricter

/** Statements that newer versions reject, newest version first. */
export const stricterBehaviors: readonly (StricterBehavior & { readonly name: StricterName })[] =
  Object.entries<StricterBehavior>(stricter).map(([name, one]) => ({ name: name as StricterName, ...one }))

/** Why this major version might accept a statement that a newer server rejected; null if unknown. */
export function stricterBehaviorIn(
  statement: string,
  { code, message, inFunction }: ServerError,
  major: number,
): (typeof stricterBehaviors)[number] | null {
  const told = `${code} ${message}`
  return (
    stricterBehaviors.find(
      (one) =>
        one.since > major &&
        one.error.test(told) &&
        one.statement?.test(statement) !== false &&
        (one.inFunction !== true || inFunction === true),
    ) ?? null
  )
}

/** Name of a {@link LooserBehavior}. */
export type LooserName =
  | 'not-valid-partitioned'
  | 'drop-only-partitioned'
  | 'drop-not-null'
  | 'copy-materialized-view'
  | 'new-enum-value'
  | 'exclude-partitioned'
  | 'truncate-in-time-zone'

/** Names that a statement must mention to match a {@link LooserBehavior}. */
type MentionedName = 'partitionedTables' | 'materializedViews' | 'createdEnums' | 'unknownConstraints'

/** A statement that older versions reject. */
export interface LooserBehavior {
  readonly name: LooserName
  /** First major version that accepts the statement. */
  readonly since: number
  /** Matches a statement. If `of` is set, the first group captures a name. */
  readonly statement: RegExp
  /** The kind of object that the captured name must refer to. */
  readonly of?: MentionedName
  /** True if older versions reject the statement only sometimes. */
  readonly sometimes?: true
}

const table = String.raw`(?:if exists )?(?:only )?(?:\w+ \. )?(\w+)`

/** Statements that older versions reject, newest first. */
export const looserBehaviors: readonly LooserBehavior[] = [
  {
    name: 'not-valid-partitioned',
    since: 18,
    statement: new RegExp(`^alter table ${table} add .*\\bforeign key\\b.*\\bnot valid\\b`),
    of: 'partitionedTables',
  },
  {
    name: 'drop-only-partitioned',
    since: 18,
    statement: /^alter table (?:if exists )?only (?:\w+ \. )?(\w+) drop constraint\b/,
    of: 'partitionedTables',
    sometimes: true,
  },
  {
    name: 'drop-not-null',
    since: 18,
    statement: /^alter table .*\bdrop constraint (\w+_not_null)\b/,
    of: 'unknownConstraints',
  },
  {
    name: 'copy-materialized-view',
    since: 18,
    statement: /^copy (?:\w+ \. )?(\w+) (?:\([^)]*\) )?to\b/,
    of: 'materializedViews',
  },
  {
    name: 'new-enum-value',
    since: 17,
    statement: /^alter type (?:\w+ \. )?(\w+) add value\b/,
    of: 'createdEnums',
    sometimes: true,
  },
  {
    name: 'exclude-partitioned',
    since: 17,
    statement: /^create (?:\w+ )?table .*\bexclude (?:using \w+ )?\(.*\bpartition by\b/,
  },
  {
    name: 'truncate-in-time-zone',
    since: 16,
    statement: /^create (?:unique )?index .*\bdate_trunc \( [^(),]+ , [^(),]+ , [^(),]+ \)/,
  },
]

/**
 * Names of objects in production, and of enums created by the rehearsed migrations. All names are unqualified and
 * unquoted.
 */
export interface KnownNames {
  readonly partitionedTables: ReadonlySet<string>
  readonly materializedViews: ReadonlySet<string>
  readonly constraints: ReadonlySet<string>
  readonly createdEnums: ReadonlySet<string>
}

/** Why this major version might reject a statement, if known. */
export function looserBehaviorIn(statement: string, names: KnownNames, major: number): LooserBehavior | null {
  return (
    looserBehaviors.find(({ since, statement: pattern, of }) => {
      const match = since > major ? pattern.exec(statement) : null
      if (match === null || of === undefined) return match !== null
      const name = match[1] ?? ''
      return of === 'unknownConstraints' ? !names.constraints.has(name) : names[of].has(name)
    }) ?? null
  )
}

/**
 * Functions, grouped by the major version that introduced them. Applications may define functions with the same
 * names.
 */
const newerFunctions: Readonly<Record<number, string>> = {
  18: 'array_reverse array_sort casefold crc32 crc32c gamma lgamma uuidv4 uuidv7',
  17: 'to_bin to_oct to_regtypemod unicode_assigned unicode_version uuid_extract_timestamp uuid_extract_version xmltext',
  16: 'any_value array_sample array_shuffle date_add date_subtract erf erfc random_normal',
}

/** Maps each function to the major version that introduced it. */
export const functionVersions: ReadonlyMap<string, number> = new Map(
  Object.entries(newerFunctions).flatMap(([since, names]) =>
    names.split(' ').map((name) => [name, Number(since)] as const),
  ),
)
