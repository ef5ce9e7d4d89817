/** Lists all rules. Add new rules here. */
import type { Rule } from '../core/diagnosis/rule.ts'
import AG100 from './AG100-upgrade-would-fail.ts'
import AG101 from './AG101-unreadable-migration.ts'
import AG102 from './AG102-duplicate-revision.ts'
import AG103 from './AG103-missing-down-revision.ts'
import AG104 from './AG104-revision-cycle.ts'
import AG105 from './AG105-multiple-heads.ts'
import AG106 from './AG106-branch-label-collision.ts'
import AG107 from './AG107-illegal-revision-id.ts'
import AG108 from './AG108-missing-dependency.ts'
import AG109 from './AG109-no-revisions.ts'
import AG111 from './AG111-several-bases.ts'
import AG112 from './AG112-redundant-parent.ts'
import AG201 from './AG201-unknown-revision.ts'
import AG202 from './AG202-database-ahead.ts'
import AG203 from './AG203-overlapping-versions.ts'
import AG204 from './AG204-near-miss-version.ts'
import AG205 from './AG205-version-too-long.ts'
import AG206 from './AG206-unstamped-database.ts'
import AG207 from './AG207-malformed-version-table.ts'
import AG208 from './AG208-foreign-version.ts'
import AG209 from './AG209-several-version-tables.ts'
import AG210 from './AG210-insufficient-privilege.ts'
import AG211 from './AG211-read-only-database.ts'
import AG212 from './AG212-upgrade-in-progress.ts'
import AG301 from './AG301-object-already-exists.ts'
import AG302 from './AG302-object-missing.ts'
import AG303 from './AG303-applied-without-trace.ts'
import AG304 from './AG304-stamped-by-hand.ts'
import AG305 from './AG305-leftover-enum-type.ts'
import AG306 from './AG306-statement-unfit.ts'
import AG307 from './AG307-invalid-index.ts'
import AG501 from './AG501-release-hides-failure.ts'
import AG502 from './AG502-release-stamps.ts'
import AG503 from './AG503-release-generates-migrations.ts'
import AG504 from './AG504-duplicate-release-entry.ts'
import AG505 from './AG505-url-scheme-refused.ts'
import AG506 from './AG506-env-without-url.ts'
import AG507 from './AG507-driver-missing.ts'
import AG508 from './AG508-guard-not-first.ts'

/** All rules except the fallback, sorted by code. */
export const rules: readonly Rule[] = [
  AG101,
  AG102,
  AG103,
  AG104,
  AG105,
  AG106,
  AG107,
  AG108,
  AG109,
  AG111,
  AG112,
  AG201,
  AG202,
  AG203,
  AG204,
  AG205,
  AG206,
  AG207,
  AG208,
  AG209,
  AG210,
  AG211,
  AG212,
  AG301,
  AG302,
  AG303,
  AG304,
  AG305,
  AG306,
  AG307,
  AG501,
  AG502,
  AG503,
  AG504,
  AG505,
  AG506,
  AG507,
  AG508,
]

/** Applies if Alembic would fail and no other rule explains why. */
export const fallbackRule: Rule = AG100
