/** Turns the fixes of lint findings into whole-file edits that leave all other bytes unchanged. */
import type { FileTree } from '../../adapters/files/file-tree.ts'
import type { FileEdit } from '../../core/text/file-edit.ts'
import type { Finding } from '../../core/findings/finding.ts'
import { applyTextEdits } from '../../core/text/text-edits.ts'
import { unifiedDiff } from '../../core/text/unified-diff.ts'
import type { Context } from '../shell/command.ts'

/** The changes made on disk. */
export interface AppliedFixes {
  readonly findings: number
  readonly files: readonly string[]
  /** Diff lines. */
  readonly diff: readonly string[]
}

/**
 * Applies the fixes of all findings that aren't suppressed, to all files or to none.
 * @throws GuardError (unavailable); nothing is changed then.
 */
export async function applyFixes(
  context: Context,
  tree: FileTree,
  folders: readonly string[],
  findings: readonly Finding[],
): Promise<AppliedFixes> {
  const byPath = new Map<string, Finding[]>()
  for (const finding of findings) {
    const path = finding.fix?.[0]?.path
    if (path !== undefined && !finding.ignored) byPath.set(path, [...(byPath.get(path) ?? []), finding])
  }
  const edits: FileEdit[] = []
  const diff: string[] = []
  let fixed = 0
  for (const [path, fixes] of byPath) {
    const before = tree.readFile(path)
    const after = before === null ? null : mended(before, fixes)
    if (before === null || after === null) continue
    edits.push({ kind: 'replace', path, before, after: after.bytes })
    diff.push(...unifiedDiff(path, after.from, after.to))
    fixed += fixes.length
  }
  if (edits.length > 0) {
    const { applyGuarded } = await import('../write-files/guarded-edits.ts')
    await applyGuarded(context, tree.cwd, folders, edits)
  }
  return { findings: fixed, files: edits.map(({ path }) => path), diff }
}

/** Returns null if the file's encoding or line endings wouldn't survive the edit. */
function mended(
  before: Uint8Array,
  fixes: readonly Finding[],
): { readonly bytes: Uint8Array; readonly from: string; readonly to: string } | null {
  const mark = before[0] === 0xef && before[1] === 0xbb && before[2] === 0xbf
  const body = mark ? before.subarray(3) : before
  let whole: string
  try {
    whole = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return null
  }
  const windows = whole.includes('\r\n')
  const from = whole.replaceAll('\r\n', '\n')
  if (from.includes('\r') || (windows && from.replaceAll('\n', '\r\n') !== whole)) return null
  const to = applyTextEdits(
    from,
    fixes.flatMap(({ fix }) => fix ?? []),
  )
  const written = new TextEncoder().encode(windows ? to.replaceAll('\n', '\r\n') : to)
  const bytes = mark ? new Uint8Array([0xef, 0xbb, 0xbf, ...written]) : written
  return { bytes, from, to }
}
