/** Why it can't be told what a wrapped command does, in clauses without a full stop. */
import type { WrappedProblem } from '../../core/release/command-options.ts'

/** Completes "…, so the options decide". */
export function wrappedProblem(problem: WrappedProblem): string {
  switch (problem.kind) {
    case 'noProgram':
      return problem.program === null
        ? 'the command names no program'
        : `${problem.program} has no program to run`
    case 'shell':
      return `the script for the shell ${problem.name} can't be parsed`
    case 'unknownCommand':
      return `unrecognized command ${problem.command}`
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
        ? `${problem.program} has no command`
        : `"${problem.program} ${problem.verb}" isn't a known upgrade command`
    default:
      return problem satisfies never
  }
}
