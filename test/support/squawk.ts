/** Compares our rules with squawk, a linter for SQL. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `SQUAWK` is the path to the squawk binary. */
const squawk = process.env['SQUAWK'] ?? 'squawk'

/** Whether squawk is installed. */
export const hasSquawk = spawnSync(squawk, ['--version']).status === 0

/** Maps each of our rules to the equivalent squawk rules. */
export const pairs: Readonly<Record<string, readonly string[]>> = {
  AG420: ['require-concurrent-index-creation', 'disallowed-unique-constraint'],
  AG421: ['adding-required-field'],
  AG422: ['adding-field-with-default'],
  AG423: ['changing-column-type'],
  'AG424 AG427': ['adding-foreign-key-constraint', 'constraint-missing-not-valid'],
  AG425: ['adding-not-nullable-field'],
  AG431: ['ban-truncate-cascade'],
  AG432: ['require-lock-timeout'],
  AG433: ['require-concurrent-index-deletion'],
  AG435: ['identifier-too-long'],
}

/** A finding reported by squawk. */
export interface Complaint {
  readonly rule: string
  readonly statement: string
}

/**
 * Returns the SQL for each upgrade; null if Alembic can't render it. `wrapper` is a command that runs Python without
 * privileges.
 */
export function renderSql(
  python: string,
  sources: readonly string[],
  wrapper: readonly string[] = [],
): readonly (string | null)[] {
  const script = fileURLToPath(new URL('render-sql.py', import.meta.url))
  const [command, ...words]: readonly [string, ...string[]] =
    wrapper.length === 0 ? [python, script] : ['/usr/bin/env', ...wrapper, python, script]
  const options = { input: JSON.stringify(sources), encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  const rendered: readonly (string | null)[] = JSON.parse(spawnSync(command, words, options).stdout)
  return rendered
}

/** Returns squawk's findings for each text. */
export function complaintsOn(texts: readonly string[]): readonly (readonly Complaint[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'lint-squawk-'))
  try {
    const files = texts.map((_, index) => join(folder, `${index}.sql`))
    files.forEach((file, index) => writeFileSync(file, texts[index] ?? ''))
    const options = ['--reporter', 'json', '--pg-version', '15.0', '--assume-in-transaction']
    const said: readonly {
      readonly file: string
      readonly rule_name: string
      readonly line: number
      readonly column: number
    }[] = JSON.parse(
      spawnSync(squawk, [...options, ...files], { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout,
    )
    return files.map((name, index) =>
      said.flatMap(({ file, rule_name, line, column }) =>
        file === name ? [{ rule: rule_name, statement: statementAt(texts[index] ?? '', line, column) }] : [],
      ),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Returns the statement at this line and column, both counted from 0. */
function statementAt(text: string, line: number, column: number): string {
  const lines = text.split('\n')
  const at = lines.slice(0, line).join('\n').length + (line > 0 ? 1 : 0) + column
  const end = text.indexOf(';', at)
  return text.slice(text.lastIndexOf(';', at - 1) + 1, end === -1 ? undefined : end).trim()
}
