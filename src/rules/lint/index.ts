/** Lists the lint rules. Add new rules here. */
import type { LintRule, RiskTag } from '../../core/lint/lint-rule.ts'
import AG400 from './AG400-silence-without-reason.ts'
import AG401 from './AG401-ddl-in-try.ts'
import AG402 from './AG402-execute-positional-parameters.ts'
import AG403 from './AG403-enum-not-dropped.ts'
import AG404 from './AG404-enum-value-unsafe.ts'
import AG405 from './AG405-foreign-key-type-mismatch.ts'
import AG406 from './AG406-dialect-specific-type.ts'
import AG407 from './AG407-schema-not-checked.ts'
import AG408 from './AG408-unguarded-raw-ddl.ts'
import AG409 from './AG409-several-changes.ts'
import AG410 from './AG410-no-way-back.ts'
import AG411 from './AG411-renamed-table-still-named.ts'
import AG412 from './AG412-table-order.ts'
import AG413 from './AG413-dialect-blind-inspection.ts'
import AG414 from './AG414-autogenerate-left-as-is.ts'
import AG415 from './AG415-migration-message.ts'
import AG416 from './AG416-revision-id-too-long.ts'
import AG417 from './AG417-env-py.ts'
import AG418 from './AG418-application-import.ts'
import AG419 from './AG419-raw-transaction-control.ts'
import AG420 from './AG420-index-not-concurrent.ts'
import AG421 from './AG421-required-column-without-default.ts'
import AG422 from './AG422-volatile-default-rewrite.ts'
import AG423 from './AG423-column-type-rewrite.ts'
import AG424 from './AG424-foreign-key-validated-at-once.ts'
import AG425 from './AG425-not-null-without-check.ts'
import AG426 from './AG426-drop-or-rename-in-use.ts'
import AG427 from './AG427-check-validated-at-once.ts'
import AG428 from './AG428-validated-in-same-transaction.ts'
import AG429 from './AG429-rows-changed-under-lock.ts'
import AG430 from './AG430-every-row-at-once.ts'
import AG431 from './AG431-truncate-cascade.ts'
import AG432 from './AG432-no-lock-timeout.ts'
import AG433 from './AG433-drop-index-not-concurrent.ts'
import AG434 from './AG434-blocking-maintenance.ts'
import AG435 from './AG435-name-too-long.ts'
import AG436 from './AG436-enum-value-or-schema-renamed.ts'
import AG437 from './AG437-several-tables-locked.ts'
import AG438 from './AG438-foreign-key-without-index.ts'
import AG439 from './AG439-downgrade-loses-data.ts'
import AG440 from './AG440-file-name-template.ts'

/** All lint rules, in code order. */
export const lintRules: readonly LintRule[] = [
  AG401,
  AG402,
  AG403,
  AG404,
  AG405,
  AG406,
  AG407,
  AG408,
  AG409,
  AG410,
  AG411,
  AG412,
  AG413,
  AG414,
  AG415,
  AG416,
  AG417,
  AG418,
  AG419,
  AG420,
  AG421,
  AG422,
  AG423,
  AG424,
  AG425,
  AG426,
  AG427,
  AG428,
  AG429,
  AG430,
  AG431,
  AG432,
  AG433,
  AG434,
  AG435,
  AG436,
  AG437,
  AG438,
  AG439,
  AG440,
]

const tagTexts: Readonly<Record<RiskTag, string>> = {
  locks: 'locks',
  inUse: 'still in use',
  irreversible: 'no way back',
}

/** Risk tags for the HTML graph, keyed by rule code. */
export const riskTags: ReadonlyMap<string, string> = new Map(
  lintRules.flatMap(({ code, riskTag }) =>
    riskTag === undefined ? [] : [[code, tagTexts[riskTag]] as const],
  ),
)

/** Size of the corpus used to measure how precise the rules are. */
export const readingOf = { projects: 84, migrations: 7820 }

/** The rule that reports ignore comments without a reason. */
export const silenceRule = AG400
