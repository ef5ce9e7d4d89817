/** Describes the results of a rehearsal in full sentences. */
import type { LooserName, StricterName } from '../../core/rehearsal/changed-behavior.ts'
import type { ModelsCheck } from '../../core/rehearsal/models-check.ts'

/** Describes the result of `alembic check`. */
export function modelsMessage({ outcome, said }: ModelsCheck): string {
  switch (outcome) {
    case 'same':
      return '"alembic check" finds no differences'
    case 'differ':
      return said
    case 'unavailable':
      return 'can\'t compare the models: "alembic check" requires Alembic 1.9 or newer'
    case 'failed':
      return `"alembic check" failed: ${said}`
    default:
      return outcome satisfies never
  }
}

/** Describes what newer PostgreSQL versions reject. */
const stricterWords: Readonly<Record<StricterName, string>> = {
  'foreign-key-collation':
    'requires both columns of a foreign key to have the same collation if one collation is nondeterministic',
  'unlogged-partitions': 'rejects unlogged partitioned tables',
  'rule-privilege': 'rejects the RULE privilege',
  'named-not-null': 'stores NOT NULL as a constraint, whose name must be unique in its table',
  'inherited-not-null': 'requires columns that are NOT NULL in a parent table to be NOT NULL in its children',
  'maintenance-path': 'uses a safe search_path for functions that maintenance commands call',
  'interval-ago': 'accepts "ago" only at the end of an interval',
  'system-columns-17': 'has renamed or removed this system column',
  'removed-setting-17': 'has removed this setting',
  'removed-setting-16': 'has removed this setting',
  'null-primary-key': 'rejects NULLS NOT DISTINCT indexes as primary keys',
  'generated-child':
    "rejects a generated column in a child table if the parent table's column isn't generated",
  'select-rule': 'rejects ON SELECT rules on tables',
  'public-schema': 'lets only the owner of a new database create objects in its public schema',
  'python-2': 'supports only Python 3 (plpython3u)',
  'numeric-suffix': 'rejects numbers that are followed by letters',
  'view-collation': 'prevents CREATE OR REPLACE VIEW from changing a collation',
  'interval-text': 'treats the text form of an interval as dependent on settings',
  'backup-functions': 'has renamed or removed this backup function',
  'reserved-setting': "rejects custom settings that start with an installed extension's name",
  'extract-type': 'returns numeric from EXTRACT, not double precision',
  'array-functions': 'has different argument types for this array function',
  'containment-operators': 'has removed the operators @ and ~ for these types',
  'factorial-operator': 'has removed the factorial operators',
  'quoted-language': 'rejects quoted language names',
}

/** Explains why an older production server might accept a statement that the copy rejected. */
export function stricterReason(
  { name, since }: { name: StricterName; since: number },
  major: number,
): string {
  return `as of version ${since}, PostgreSQL ${stricterWords[name]}, but production runs version ${major}`
}

const looserWords: Readonly<Record<LooserName, string>> = {
  'not-valid-partitioned': 'adds a NOT VALID foreign key to a partitioned table',
  'drop-only-partitioned': 'drops a constraint from a partitioned table but not from its partitions',
  'drop-not-null': 'drops a NOT NULL constraint by its name',
  'copy-materialized-view': 'copies a materialized view',
  'new-enum-value':
    'adds a value to an enum that this upgrade creates, and might use it in the same transaction',
  'exclude-partitioned': 'creates an exclusion constraint on a partitioned table',
  'truncate-in-time-zone': 'uses date_trunc with a time zone in an index',
}

/** Explains why an older production server might reject a statement that the copy accepted. */
export function looserReason(
  { name, since, sometimes }: { name: LooserName; since: number; sometimes?: true },
  major: number,
): string {
  const rejects = sometimes === true ? 'may reject' : 'will reject'
  return `${looserWords[name]}, which PostgreSQL has supported since version ${since}, so production (PostgreSQL ${major}) ${rejects} it`
}
