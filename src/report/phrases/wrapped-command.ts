/** Why it can't be told what a wrapped command does, in clauses without a full stop. */
import type { WrappedProblem } from '../../core/release/wrapped-command.ts'

/** Completes "…, so the options decide". */
export function wrappedProblem(problem: WrappedProblem): string {
  switch (problem.kind) {
    case 'noProgram':
      return problem.program === null
        ? 'the command names no program'
        : `${problem.program} is given no program`
    case 'shell':
      return `what the shell ${problem.name} is told can't be read`
    case 'unknownCommand':
      return `${problem.command} is no command that the guard knows`
    case 'unknownOption':
      return `${problem.program}: ${problem.option} is not known`
    case 'noValue':
      return `${problem.program}: ${problem.option} lacks its value`
    case 'noRevision':
      return `${problem.program} names no revision`
    case 'severalRevisions':
      return `${problem.program} takes one revision`
    case 'notUpgrade':
      return problem.verb === null
        ? `${problem.program} is given no command`
        : `"${problem.program} ${problem.verb}" is no upgrade that the guard knows`
    default:
      return problem satisfies never
  }
}
