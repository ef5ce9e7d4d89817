/** Converts lint fixes to whole-file edits. Leaves all other text unchanged, byte for byte. */
import type { FileTree } from '../../adapters/files/file-tree.ts'
import type { FileEdit } from '../../core/text/file-edit.ts'
import type { ConstraintToValidate, Finding } from '../../core/findings/finding.ts'
import type { Repository } from '../../core/history/repository.ts'
import type { RevisionGraph } from '../../core/history/revision-graph.ts'
import { quoteIdentifier } from '../../core/text/sql-quoting.ts'
import { pythonLiteral } from '../../python/source/write-literal.ts'
import { newRevisionId } from '../../adapters/project/new-revision-id.ts'
import { codeMayMention } from '../../adapters/lint/search-code.ts'
import type { History } from '../gather/history.ts'
import { applyTextEdits } from '../../core/text/text-edits.ts'
import { unifiedDiff } from '../../core/text/unified-diff.ts'
import type { Context } from '../shell/command.ts'

/** Changes that were made to files on disk. */
export interface AppliedFixes {
  readonly findings: number
  readonly files: readonly string[]
  readonly diff: readonly string[]
  /** Id of a new migration that validates the added constraints, or null. */
  readonly created: string | null
}

/**
 * Applies all fixes that aren't suppressed, or none of them on failure.
 * @throws GuardError (unavailable) if a fix can't be applied, in which case no file is changed.
 */
export async function applyFixes(
  context: Context,
  tree: FileTree,
  { repository, graph }: Pick<History, 'repository' | 'graph'>,
  findings: readonly Finding[],
): Promise<AppliedFixes> {
  const byPath = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.validates && !isNameKnown(tree, finding.validates)) continue
    const path = finding.fix?.[0]?.path
    if (path !== undefined && !finding.ignored) byPath.set(path, [...(byPath.get(path) ?? []), finding])
  }
  const edits: FileEdit[] = []
  const diff: string[] = []
  const validated: ConstraintToValidate[] = []
  let fixed = 0
  for (const [path, fixes] of byPath) {
    const before = tree.readFile(path)
    const after = before === null ? null : mended(before, fixes)
    if (before === null || after === null) continue
    edits.push({ kind: 'replace', path, before, after: after.bytes })
    diff.push(...unifiedDiff(path, after.from, after.to))
    fixed += fixes.length
    validated.push(...fixes.flatMap(({ validates }) => validates ?? []))
  }
  const created = await validatingMigration(context.cwd, repository, graph, validated)
  for (const one of created?.edits ?? []) {
    edits.push(one)
    diff.push(...unifiedDiff(one.path, null, new TextDecoder().decode(one.after)))
  }
  if (edits.length > 0) {
    const { applyGuarded } = await import('../write-files/guarded-edits.ts')
    await applyGuarded(context, tree.cwd, repository.versionLocations, edits)
  }
  return { findings: fixed, files: edits.map(({ path }) => path), diff, created: created?.id ?? null }
}

/**
 * Whether the constraint's name in the database is known. A naming convention changes every name that isn't wrapped
 * in `op.f()`.
 */
function isNameKnown(tree: FileTree, { exact }: ConstraintToValidate): boolean {
  return exact || !codeMayMention(tree, 'naming_convention', [])
}

/** Returns a migration that validates new constraints; null if there are no new constraints. */
async function validatingMigration(
  cwd: string,
  repository: Repository,
  graph: RevisionGraph,
  constraints: readonly ConstraintToValidate[],
): Promise<{ readonly id: string; readonly edits: readonly FileEdit[] } | null> {
  const [first] = constraints
  if (first === undefined) return null
  const { editsOf } = await import('../write-files/placeholder-edits.ts')
  const id = newRevisionId()
  const { edits } = editsOf(
    cwd,
    repository,
    graph,
    { placeholders: [{ id, parents: [first.after] }], relinks: [], applied: new Set() },
    {
      message: `Validate ${constraints.map(({ constraint }) => constraint).join(', ')}`,
      paragraphs: [
        'Validates existing rows without blocking reads or writes. The autocommit block first commits the transaction, which releases the lock that ADD CONSTRAINT took.',
      ],
      upgradeOf: () => [
        'with op.get_context().autocommit_block():',
        ...constraints.map((one) => `    op.execute(${pythonLiteral(validateSql(one), "'")})`),
      ],
      now: new Date(),
    },
  )
  return { id, edits }
}

function validateSql({ table: { schema, name }, constraint }: ConstraintToValidate): string {
  const table = [...(schema === null ? [] : [schema]), name].map(quoteIdentifier).join('.')
  // SQLAlchemy treats `:name` as a parameter, even if the statement has no parameters.
  return `ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteIdentifier(constraint)}`.replaceAll(':', '\\:')
}

/**
 * Applies fixes to a file. Null if the file isn't UTF-8 or has mixed line endings, which the edit wouldn't preserve.
 */
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
