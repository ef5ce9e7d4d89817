import { discovery, edit } from '../../core/findings/finding.ts'
import type { CommentRule } from '../../core/lint/lint-rule.ts'

/** Reports `ignore` comments that lack a reason or a rule code. */
const rule: CommentRule = {
  code: 'AG400',
  name: 'silence-without-reason',
  severity: 'warning',
  summary: 'An ignore comment gives no reason or lists no rule code.',
  explanation:
    "`# alembic-guard: ignore AG409 because both names mean the same table` ignores AG409 on the comment's line or the line below. A comment that begins in the first column applies to the whole file. The reason is printed with the finding. A comment without a reason has no effect.",
  cure: "Add the rule code and explain why the rule doesn't apply here.",
  inspect({ codes, reason, range }, { revision }) {
    if (codes.length > 0 && reason !== null) return null
    const { path, line, column, endLine, endColumn } = range
    const lacks = codes.length === 0 ? 'lists no rule code' : 'gives no reason'
    return discovery({
      severity: 'warning',
      message: `This ignore comment ${lacks}, so it has no effect.`,
      why: "Later readers need to know why the rule doesn't apply here.",
      location: { path, line, column },
      end: { line: endLine, column: endColumn },
      revisions: [revision.id],
      remedies: [
        edit(
          `Write "# alembic-guard: ignore ${codes[0] ?? 'AG409'} because ..." with your reason.`,
          'proven',
        ),
      ],
    })
  },
}

export default rule
