/** The report as Markdown for a comment on a pull request: verdict, findings, commands and a picture of the graph. */
import type { Reporter } from '../model/context.ts'
import { stepSummary } from './step-summary.ts'

/** GitHub refuses a comment of more than 65,536 characters, GitLab one of 1,000,000; some are left for a heading. */
const maxCommentLength = 60_000

/** The most detailed form that a comment can hold. */
export const markdown: Reporter = (report, scene) => {
  const details = ['everything', 'no picture', 'verdict'] as const
  const texts = details.map((detail) => () => stepSummary(report, scene, detail))
  for (const text of texts) {
    const written = text()
    if (written.length <= maxCommentLength) return written
  }
  return `${stepSummary(report, scene, 'verdict').slice(0, maxCommentLength)}\n`
}
