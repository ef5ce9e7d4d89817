/** Adds the source line to findings about migration files. */
import type { Finding } from '../../core/findings/finding.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { FileTree } from '../../adapters/files/file-tree.ts'

/** Maximum number of source lines to add. Each one may require reading a file again. */
const maxLines = 20

/**
 * Matches lines that are safe to print: `revision` and similar variables, and schema directives. Other lines may
 * contain secrets.
 */
const printed =
  /^(?:(?:revision|down_revision|depends_on|branch_labels)\b|[\w.]+\.(?:add|alter|create|drop|rename)_\w+\()/

/** Adds the source line to each error in a migration file. */
export function withSourceLines(
  findings: readonly Finding[],
  { modules }: Repository,
  tree: FileTree,
): readonly Finding[] {
  const paths = new Set(modules.map(({ path }) => path))
  let left = maxLines
  return findings.map((finding) => {
    const { severity, location, ignored, sourceLine } = finding
    if (sourceLine !== undefined || severity !== 'error' || ignored || !location) return finding
    if (!paths.has(location.path) || left-- <= 0) return finding
    const line = lineOf(tree, location.path, location.line)
    return line !== null && printed.test(line.trimStart()) ? { ...finding, sourceLine: line } : finding
  })
}

/** Returns a line of a file, or null if it can no longer be read. */
function lineOf(tree: FileTree, path: string, line: number): string | null {
  try {
    const bytes = tree.readFile(path)
    return bytes === null ? null : (new TextDecoder().decode(bytes).split(/\r\n|\r|\n/)[line - 1] ?? null)
  } catch {
    return null
  }
}
