/** Reads `[tool.alembic-guard.lint]` from pyproject.toml. */
import { FileUnreadable, type FileTree } from '../../adapters/files/file-tree.ts'
import type { IgnoreEntry } from '../../core/diagnosis/diagnose.ts'
import { type LintOptions, defaultLintOptions } from '../../core/lint/lint-facts.ts'
import { shown } from '../../core/text/display.ts'
import { PythonRaise } from '../../python/source/python-error.ts'
import { type TomlTable, type TomlValue, isTable, parseToml } from '../../python/config/toml.ts'

/** Contents of the `[tool.alembic-guard.lint]` table. */
export interface LintTable {
  readonly lint: LintOptions
  readonly ignore: readonly IgnoreEntry[]
  /** Codes or names of off-by-default rules to enable. */
  readonly enable: readonly string[]
}

const where = 'pyproject.toml, [tool.alembic-guard.lint]'

/** Reads the `[tool.alembic-guard.lint]` table. Adds errors to `mistakes`. */
export async function readLintOptions(tree: FileTree, mistakes: string[]): Promise<LintTable> {
  const table = await tableOf(tree, mistakes)
  const known = new Set(['dialects', 'postgres', 'message-pattern', 'large-table-rows', 'ignore', 'enable'])
  for (const key of table.keys()) {
    if (!known.has(key)) mistakes.push(`${where}: unknown option ${shown(key)}`)
  }
  const pattern = text(table, 'message-pattern', mistakes)
  if (pattern !== null && !isPattern(pattern)) {
    mistakes.push(`${where} message-pattern isn't a valid regular expression: ${shown(pattern)}`)
  }
  const lint: LintOptions = {
    dialects: strings(table, 'dialects', mistakes),
    postgres: number(table, 'postgres', mistakes),
    messagePattern: pattern,
    largeTableRows: number(table, 'large-table-rows', mistakes) ?? defaultLintOptions.largeTableRows,
  }
  return { lint, ignore: ignored(table, mistakes), enable: strings(table, 'enable', mistakes) ?? [] }
}

async function tableOf(tree: FileTree, mistakes: string[]): Promise<TomlTable> {
  const none: TomlTable = new Map()
  try {
    const bytes = tree.readFile('pyproject.toml')
    const source = bytes ? new TextDecoder().decode(bytes) : ''
    if (!source.includes('alembic-guard')) return none
    const tool = (await parseToml(source)).get('tool')
    const guard = isTable(tool) ? tool.get('alembic-guard') : undefined
    const table = isTable(guard) ? guard.get('lint') : undefined
    if (table === undefined) return none
    if (isTable(table)) return table
    mistakes.push('pyproject.toml: tool.alembic-guard.lint must be a table')
  } catch (error) {
    // The code that reads the other options reports this error.
    if (!(error instanceof PythonRaise) && !(error instanceof FileUnreadable)) throw error
  }
  return none
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function text(table: TomlTable, key: string, mistakes: string[]): string | null {
  const value = table.get(key)
  if (value === undefined || typeof value === 'string') return value ?? null
  mistakes.push(`${where} ${key} must be a string`)
  return null
}

function number(table: TomlTable, key: string, mistakes: string[]): number | null {
  const value = table.get(key)
  if (value === undefined) return null
  if ((typeof value === 'bigint' || typeof value === 'number') && Number(value) >= 0) return Number(value)
  mistakes.push(`${where} ${key} must be a number`)
  return null
}

function strings(table: TomlTable, key: string, mistakes: string[]): readonly string[] | null {
  const value = table.get(key)
  if (value === undefined) return null
  const listed: readonly TomlValue[] = Array.isArray(value) ? (value as readonly TomlValue[]) : [value]
  const found = listed.filter((each) => typeof each === 'string')
  if (found.length !== listed.length) mistakes.push(`${where} ${key} must be a list of strings`)
  return found
}

/** Reads entries such as `ignore = [{ code = "AG409", reason = "…" }]`. The reason is required. */
function ignored(table: TomlTable, mistakes: string[]): readonly IgnoreEntry[] {
  const value = table.get('ignore')
  if (value === undefined) return []
  const listed: readonly TomlValue[] = Array.isArray(value) ? (value as readonly TomlValue[]) : [value]
  return listed.flatMap((each): IgnoreEntry[] => {
    const of = (key: string): string | null => {
      const part = isTable(each) ? each.get(key) : undefined
      return typeof part === 'string' ? part : null
    }
    const [code, reason, revision] = [of('code'), of('reason'), of('revision')]
    if (code !== null && reason !== null && reason.trim() !== '') return [{ code, revision, reason }]
    mistakes.push(`${where} ignore must contain entries such as { code = "AG409", reason = "..." }`)
    return []
  })
}
