/** Formats the revision graph as JSON. The format is a published contract. */
import type { Finding } from '../../core/findings/finding.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { Revision } from '../../core/history/revision.ts'
import type { MarkedGraph } from '../../drawing/marks.ts'
import { jsonText } from './json.ts'
import { repositoryReport } from '../model/build-report.ts'
import type { Tool } from '../model/report.ts'

/** Prints one object that lists revisions in load order. */
export function graphJson(
  tool: Tool,
  repository: Repository,
  graph: RevisionGraph,
  findings: readonly Finding[],
  marked: MarkedGraph,
): string {
  const document = {
    schemaVersion: 1,
    tool,
    command: 'graph',
    repository: repositoryReport(repository, graph),
    /** Null if no database was checked. `missing` lists ids that no file defines. */
    database: marked.live
      ? {
          versions: [...marked.revisions.flatMap(({ rows }) => rows), ...marked.strayRows],
          missing: marked.revisions.flatMap(({ kind, id }) => (kind === 'missing' ? [id] : [])),
        }
      : null,
    revisions: graph.revisions.map((revision, index) => ({
      path: revision.path,
      revision: revision.id,
      downRevisions: revision.downRevisions,
      dependsOn: namesEmptyDependency(revision) ? [''] : revision.dependsOn,
      branchLabels: revision.branchLabels,
      message: revision.message,
      /** `outside` means not applied and not needed; null if no database was checked. */
      state: marked.revisions[index]?.state ?? null,
    })),
    heads: graph.heads,
    bases: graph.bases,
    branchPoints: graph.branchPoints,
    mergePoints: graph.mergePoints,
    /** Alembic's error for this graph; null if there is none or it's unknown. */
    error: graph.problem?.error ?? null,
    defects: findings.map(({ code, severity, message, evidence, location }) => ({
      code,
      severity,
      path: location?.path ?? null,
      line: location?.line ?? null,
      message: [message, ...evidence.map(([label, value]) => `${label}: ${value}`)].join(' '),
    })),
    remarks: repository.remarks,
  }
  return jsonText(document)
}

/** Whether the file declares `depends_on = ""`, which creates no link in the graph. */
function namesEmptyDependency({ module: { dependsOn } }: Revision): boolean {
  return dependsOn.kind === 'value' && dependsOn.value.kind === 'str' && dependsOn.value.value === ''
}
