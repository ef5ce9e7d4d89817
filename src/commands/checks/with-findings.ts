/** Adds findings to a finished check. */
import { type Finding, isBlocking } from '../../core/findings/finding.ts'
import { markGraph } from '../../drawing/marks.ts'
import { exitCodes } from '../../errors.ts'
import { findingReport } from '../../report/model/build-report.ts'
import { silence } from '../../rules/phrases/schema-evidence.ts'
import type { VerdictSettings } from '../shell/release-settings.ts'
import type { CheckedRelease } from './judge-release.ts'

/** Adds findings to the report and the graph, and updates the verdict. */
export function withFindings(
  checked: CheckedRelease,
  findings: readonly Finding[],
  { strict }: Pick<VerdictSettings, 'strict'>,
): CheckedRelease {
  if (findings.length === 0) return checked
  const { gathered, facts, diagnosis, telling } = checked
  const blocks = findings.some((finding) => isBlocking(finding, strict))
  const exitCode = blocks ? exitCodes.blocked : checked.exitCode
  const all = [...diagnosis.findings, ...findings]
  const reported = findings.map((finding) => findingReport(finding, strict))
  return {
    ...checked,
    exitCode,
    diagnosis: { ...diagnosis, findings: all },
    telling: {
      report: {
        ...telling.report,
        exitCode,
        verdict: blocks ? 'blocked' : telling.report.verdict,
        findings: [...telling.report.findings, ...reported],
      },
      scene: {
        ...telling.scene,
        picture: () => markGraph({ graph: gathered.graph, database: facts }, all, silence),
      },
    },
  }
}
