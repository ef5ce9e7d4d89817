/** The list of lint rules. To add one: a file, and a line here. */
import type { LintRule } from '../../core/lint-rule.ts'
import AG400 from './AG400-silence-without-reason.ts'
import AG402 from './AG402-execute-positional-parameters.ts'

/** Every lint rule, in the order of their codes. */
export const lintRules: readonly LintRule[] = [AG402]

/** What speaks about comments that silence without a reason. */
export const silenceRule = AG400
