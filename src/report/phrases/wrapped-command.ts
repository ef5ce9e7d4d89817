/** Explains why a wrapped command wasn't recognized. The messages don't end with a period. */
import type { WrappedProblem } from '../../core/release/command-options.ts'

/** Explains why the command's effect is unknown. */
export function wrappedProblem(problem: WrappedProblem): string {
  switch (problem.kind) {
    case 'noProgram':
      return problem.program === null
        ? 'the command contains no program to run'
        : `${problem.program} has no script or module to run`
    case 'shell':
      return `the ${problem.name} script can't be parsed`
    case 'unknownCommand':
      return `unrecognized command ${problem.command}`
    case 'unknownOption':
      return `${problem.program}: unknown option ${problem.option}`
    case 'noValue':
      return `${problem.program}: ${problem.option} requires a value`
    case 'noRevision':
      return `${problem.program} requires a revision`
    case 'severalRevisions':
      return `${problem.program} accepts only one revision`
    case 'notUpgrade':
      return problem.verb === null
        ? `${problem.program} requires a command`
        : `"${problem.program} ${problem.verb}" isn't a known upgrade command`
    default:
      return problem satisfies never
  }
}
