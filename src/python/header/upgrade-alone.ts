/**
 * Parses only what `upgrade()` depends on in a migration that follows Alembic's template, because the header and
 * `downgrade()` are most of its text.
 */
import { parsePlainPython, type SyntaxTree } from '../syntax/syntax-tree.ts'
import { readPlainModule } from './template-form.ts'

const definition = 'def upgrade'

/**
 * Words by which `upgrade()` can refer to module-level names other than imports, directly or through the module's
 * namespace.
 */
const refersToModule =
  /\b(?:revision|down_revision|branch_labels|depends_on|upgrade|downgrade|globals|locals|vars|dir|eval|exec)\b|\b__/

/**
 * Returns the tree of the imports and of `upgrade()`; null if the file doesn't follow the template, or if `upgrade()`
 * may refer to anything else in the file. Positions are those in the whole text.
 */
export function upgradeAlone(text: string, path: string): SyntaxTree | null {
  let kept = ''
  let from = 0
  for (const { start, end } of readPlainModule(text, path)?.sources ?? []) {
    const source = text.slice(start, end)
    if (source.startsWith(definition) && refersToModule.test(source.slice(definition.length))) return null
    kept += text.slice(from, start).replace(/[^\n]+/g, '') + source
    from = end
  }
  return kept === '' ? null : parsePlainPython(kept)
}
