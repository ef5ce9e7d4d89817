import type { RuleWords } from '../../core/diagnosis/rule.ts'

/** A comment that silences without saying why; found by `core/lint.ts`, which reads these comments. */
const words: RuleWords = {
  code: 'AG400',
  name: 'silence-without-reason',
  severity: 'warning',
  summary: 'A comment asks to ignore a lint finding and gives no reason, or names no rule.',
  explanation: `\`# alembic-guard: ignore AG409 because the two tables are one\` silences AG409 on its own line or on
the next one, and in the whole file where it begins a line. The reason is printed with the finding. A comment without a
reason silences nothing.`,
  cure: 'Name the code and say why the rule does not hold here.',
}

export default words
