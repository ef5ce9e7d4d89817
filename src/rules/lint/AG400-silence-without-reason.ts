import { discovery, edit } from '../../core/findings/finding.ts'
import type { CommentRule } from '../../core/lint/lint-rule.ts'

/** A comment that silences without saying why. */
const rule: CommentRule = {
  code: 'AG400',
  name: 'silence-without-reason',
  severity: 'warning',
  summary: 'A comment ignores a lint finding without a reason, or without naming a rule.',
  explanation: `\`# alembic-guard: ignore AG409 because the two tables are one\` silences AG409 on its own line or on
the next one, and in the whole file where it begins a line. The reason is printed with the finding. A comment without a
reason silences nothing.`,
  cure: "Name the code and say why the rule doesn't apply here.",
  inspect({ codes, reason, range }, { revision }) {
    if (codes.length > 0 && reason !== null) return null
    const { path, line, column, endLine, endColumn } = range
    const lacks = codes.length === 0 ? 'names no rule by its code' : 'gives no reason'
    return discovery({
      severity: 'warning',
      message: `This comment asks to ignore findings and ${lacks}, so it silences nothing.`,
      why: "Later readers need to know why the rule doesn't apply here.",
      location: { path, line, column },
      end: { line: endLine, column: endColumn },
      revisions: [revision.id],
      remedies: [
        edit(`Write "# alembic-guard: ignore ${codes[0] ?? 'AG409'} because ..." and say why.`, 'proven'),
      ],
    })
  },
}

export default rule
