/** Formats a report as Markdown for a pull request comment. */
import type { Reporter } from '../model/context.ts'
import { stepSummary } from './step-summary.ts'

/** Maximum length in characters. GitHub accepts 65,536 and GitLab 1,000,000. */
const maxCommentLength = 60_000

/** Renders as much detail as fits in a comment. */
export const markdown: Reporter = (report, scene) => {
  const details = ['everything', 'no picture', 'verdict'] as const
  const texts = details.map((detail) => () => stepSummary(report, scene, detail))
  for (const text of texts) {
    const written = text()
    if (written.length <= maxCommentLength) return written
  }
  return `${stepSummary(report, scene, 'verdict').slice(0, maxCommentLength)}\n`
}
