/** Tests `--report`, the step summary, and reports that can't be written. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { junit } from '../../src/report/formats/junit.ts'
import { emptyReportContext } from '../../src/report/model/context.ts'
import { stepSummary } from '../../src/report/formats/step-summary.ts'
import { stampedDemo } from '../support/demo.ts'
import { folderWith, guard, migration, scaffold, threeMigrations } from '../support/guard.ts'
import { finding, hostileReport, hostileToReports, report, sceneAt, unavailable } from '../support/report.ts'

const passing = { DATABASE_URL: 'sqlite:///none.db' }

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

describe('several reports at once', () => {
  const all = ['html', 'markdown', 'sarif', 'junit', 'gitlab', 'github', 'json', 'human'] as const
  const words = all.flatMap((format) => ['--report', `${format}=out.${format}`])

  test("each is written to its file; standard output and exit code don't change", () => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    const plain = guard(folder, ['check'], env)
    const run = guard(folder, ['check', ...words], env)
    expect(run).toEqual(plain)
    expect(run.status).toBe(1)
    for (const format of all) expect(read(folder, `out.${format}`), format).toContain('guest_lockout_001')
    expect(read(folder, 'out.human')).toBe(plain.stdout)
    expect(guard(folder, ['check', '--format', 'sarif'], env).stdout).toBe(read(folder, 'out.sarif'))
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('a failed check writes them all too', () => {
    const folder = folderWith(threeMigrations)
    expect(guard(folder, ['preflight', '--report', 'sarif=s', '--report', 'junit=j'], {}).status).toBe(3)
    expect(read(folder, 's')).toContain('"executionSuccessful": false')
    expect(read(folder, 'j')).toContain('<error type="unavailable"')
    const empty = folderWith({})
    expect(guard(empty, ['check', '--report', 'gitlab=g'], passing).status).not.toBe(0)
    expect(read(empty, 'g')).toContain('could-not-tell')
  })

  test('run writes them before the command starts, and when it blocks', () => {
    const folder = folderWith(threeMigrations)
    const args = ['run', '--no-verify', '--report', 'junit=j.xml', '--', 'cat', 'j.xml']
    const run = guard(folder, args, passing)
    expect(run.stdout).toContain('<testsuites')
    expect(run.status).toBe(0)
    const blocked = stampedDemo('guest_lockout_001')
    expect(guard(blocked.folder, args, blocked.env).status).toBe(1)
    expect(read(blocked.folder, 'j.xml')).toContain('<failure')
  })

  test('invalid values are usage errors', () => {
    const folder = folderWith(threeMigrations)
    const stdout = (...args: string[]): string => {
      const run = guard(folder, ['check', ...args], passing)
      expect(run.status).toBe(2)
      return run.stdout.replaceAll(/\s+/g, ' ')
    }
    expect(stdout('--report', 'pdf=x')).toContain('--report must be FORMAT=FILE')
    expect(stdout('--report', 'sarif')).toContain('--report must be FORMAT=FILE')
    expect(stdout('--report', 'sarif=')).toContain('--report must be FORMAT=FILE')
    expect(stdout('--report', 'constructor=x')).toContain('--report must be FORMAT=FILE')
    expect(stdout('--report', 'sarif=x', '--report', 'html=./x')).toContain("can't write two reports to")
    expect(stdout('--report', 'sarif=x', '--output', 'x')).toContain("can't write two reports to")
  })

  test('the variable and pyproject.toml can request them too', () => {
    const toml = '[tool.alembic-guard]\nreport = ["sarif=from-toml.sarif"]\n'
    const folder = folderWith({ ...threeMigrations, 'pyproject.toml': toml })
    guard(folder, ['check'], passing)
    expect(read(folder, 'from-toml.sarif')).toContain('"2.1.0"')
    guard(folder, ['check'], { ...passing, ALEMBIC_GUARD_REPORT: 'junit=a.xml,gitlab=b.json' })
    expect(read(folder, 'a.xml')).toContain('<testsuites')
    expect(read(folder, 'b.json')).toBe('[]\n')
  })

  test('paths are relative to the top of the git repository', () => {
    const broken = Object.fromEntries(
      Object.entries({ ...scaffold, 'migrations/versions/bad.py': 'revision = (' }).map(([path, text]) => [
        `back end/${path}`,
        text,
      ]),
    )
    const folder = folderWith(broken)
    execFileSync('git', ['init', '-q', folder])
    const cwd = join(folder, 'back end')
    guard(cwd, ['check', '--report', 'sarif=s', '--report', 'gitlab=g', '--report', 'github=h'], passing)
    expect(read(cwd, 's')).toContain('"back%20end/migrations/versions/bad.py"')
    expect(read(cwd, 'g')).toContain('"back end/migrations/versions/bad.py"')
    expect(read(cwd, 'h')).toContain('::error file=back end/migrations/versions/bad.py,line=1,')
  })
})

describe("a report that can't be written", () => {
  test('fails a passing check, and the other reports are written', () => {
    const folder = folderWith(threeMigrations)
    const run = guard(folder, ['check', '--report', 'sarif=no/s', '--report', 'junit=j.xml'], passing)
    expect(run.status).toBe(3)
    expect(run.stdout).toContain("can't write the report to no/s")
    expect(read(folder, 'j.xml')).toContain('<testsuites')
  })

  test('leaves a blocked release blocked, and the report goes to standard output', () => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    for (const args of [
      ['--output', 'no/x'],
      ['--report', 'html=no/x'],
    ]) {
      const run = guard(folder, ['check', ...args], env)
      expect(run.status).toBe(1)
      expect(run.stdout).toContain('ERROR: release blocked')
      expect(run.stderr).toContain("can't write the report to no/x")
    }
  })

  test('prevents run from starting the command', () => {
    const folder = folderWith(threeMigrations)
    const run = guard(folder, ['run', '--report', 'html=no/x', '--', 'touch', 'started'], passing)
    expect(run.status).toBe(3)
    expect(readdirSync(folder)).not.toContain('started')
  })

  test('includes a folder; symlinks are followed, devices written to', () => {
    const folder = folderWith({ ...threeMigrations, 'target.json': 'old' })
    mkdirSync(join(folder, 'taken'))
    symlinkSync('target.json', join(folder, 'link.json'))
    expect(guard(folder, ['check', '--report', 'json=taken'], passing).status).toBe(3)
    expect(guard(folder, ['check', '--report', 'json=link.json'], passing).status).toBe(0)
    expect(read(folder, 'target.json')).toContain('"verdict": "pass"')
    expect(guard(folder, ['check', '--output', '/dev/null'], passing)).toMatchObject({
      status: 0,
      stdout: '',
    })
  })
})

test('lint writes every format, and its SARIF contains the fixes of --fix', () => {
  const text = migration('next_004', 'reservations_003').replace(
    /def upgrade[^]*?\n\n/,
    "def upgrade():\n    op.execute(sa.text('UPDATE a SET b = :b'), {'b': 1})\n\n",
  )
  const folder = folderWith({ ...threeMigrations, 'migrations/versions/next.py': text })
  const formats = ['html', 'markdown', 'sarif', 'junit', 'gitlab', 'github', 'json'].flatMap((format) => [
    '--report',
    `${format}=out.${format}`,
  ])
  expect(guard(folder, ['lint', '--all', '--rule', 'AG402', ...formats], {}).status).toBe(1)
  for (const format of ['html', 'markdown', 'sarif', 'junit', 'gitlab', 'github', 'json'])
    expect(read(folder, `out.${format}`)).toContain('AG402')
  const log = JSON.parse(read(folder, 'out.sarif')) as {
    runs: { results: { fixes: { artifactChanges: { replacements: Replacement[] }[] }[] }[] }[]
  }
  const replacements = log.runs[0]?.results[0]?.fixes[0]?.artifactChanges[0]?.replacements ?? []
  expect(replacements.length).toBeGreaterThan(0)
  guard(folder, ['lint', '--all', '--rule', 'AG402', '--fix'], {})
  expect(replaced(text, replacements)).toBe(read(folder, 'migrations/versions/next.py'))
})

interface Replacement {
  readonly deletedRegion: {
    readonly startLine: number
    readonly startColumn: number
    readonly endLine: number
    readonly endColumn: number
  }
  readonly insertedContent: { readonly text: string }
}

/** Applies the replacements as an editor would. */
function replaced(text: string, replacements: readonly Replacement[]): string {
  const offset = (line: number, column: number): number =>
    text
      .split('\n')
      .slice(0, line - 1)
      .reduce((sum, one) => sum + one.length + 1, column - 1)
  return replacements
    .toSorted(
      (a, b) =>
        b.deletedRegion.startLine - a.deletedRegion.startLine ||
        b.deletedRegion.startColumn - a.deletedRegion.startColumn,
    )
    .reduce((whole, { deletedRegion: { startLine, startColumn, endLine, endColumn }, insertedContent }) => {
      const [start, end] = [offset(startLine, startColumn), offset(endLine, endColumn)]
      return whole.slice(0, start) + insertedContent.text + whole.slice(end)
    }, text)
}

describe('the workflow step summary', () => {
  test('is appended with a graph if the github format is requested', () => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    writeFileSync(join(folder, 'summary.md'), 'earlier\n')
    const github = { ...env, GITHUB_STEP_SUMMARY: join(folder, 'summary.md') }
    guard(folder, ['check'], github)
    expect(read(folder, 'summary.md')).toBe('earlier\n')
    guard(folder, ['check', '--report', 'github=log'], github)
    const text = read(folder, 'summary.md')
    expect(text).toMatch(/^earlier\n### alembic\\-guard check: Blocked\n/)
    expect(text).toContain('```mermaid\nflowchart')
    expect(text).toContain('alembic-guard placeholder guest_lockout_001 --write')
    expect(text).toContain('Not checked: ')
  })

  test("stays below GitHub's limit, and a full one changes nothing else", () => {
    const { folder, env } = stampedDemo('guest_lockout_001')
    const file = join(folder, 'summary.md')
    writeFileSync(file, 'x'.repeat(1024 * 1024 - 200))
    const github = { ...env, GITHUB_STEP_SUMMARY: file }
    expect(guard(folder, ['check', '--format', 'github'], github).status).toBe(1)
    expect(read(folder, 'summary.md').length).toBeLessThanOrEqual(1024 * 1024)
    expect(read(folder, 'summary.md')).toContain('release blocked before')
    writeFileSync(file, 'x'.repeat(1024 * 1024))
    const full = guard(folder, ['check', '--format', 'github'], github)
    expect(full.status).toBe(1)
    expect(full.stderr).toContain('it is full')
    const away = { ...env, GITHUB_STEP_SUMMARY: join(folder, 'no/summary.md') }
    expect(guard(folder, ['check', '--format', 'github'], away)).toMatchObject({ status: 1 })
  })

  test.each(hostileToReports.map((text) => [JSON.stringify(text.slice(0, 40)), text]))(
    'contains no Markdown or HTML from texts: %s',
    (_, text) => {
      const markdown = stepSummary(hostileReport(text), emptyReportContext, 'everything')
      const outside = markdown.replaceAll(/^(`{3,})sh\n[^]*?\n\1$/gm, '')
      expect(outside).not.toMatch(/<(?!\/?$)|(?<!\\)[`[\]|]/)
      expect(
        outside.split('\n').filter((line) => /^\s*(#|::|>|```)/.test(line) && !/^#{3,4} /.test(line)),
      ).toEqual([])
      expect(outside).not.toMatch(/^#{1,2} |owned<\/|@team/m)
    },
  )
})

describe('JUnit in an XML parser', () => {
  const python = ['python3', '/usr/bin/python3'].find(
    (name) => spawnSync(name, ['-c', 'import xml.etree.ElementTree']).status === 0,
  )
  const program = `import json, sys, xml.etree.ElementTree as tree
def plain(e): return {'tag': e.tag, 'attributes': e.attrib, 'text': e.text or '', 'children': [plain(c) for c in e]}
print(json.dumps([plain(tree.fromstring(text.encode())) for text in json.load(sys.stdin)]))`

  interface Element {
    readonly tag: string
    readonly attributes: Readonly<Record<string, string>>
    readonly text: string
    readonly children: readonly Element[]
  }

  /** Returns the test cases in each document. Asserts that the XML is well-formed. */
  function parsed(documents: readonly string[]): readonly (readonly Element[])[] {
    if (python === undefined) throw new Error('no python3 to read XML with')
    const options = { input: JSON.stringify(documents), maxBuffer: 1 << 28 }
    const roots = JSON.parse(execFileSync(python, ['-c', program], options).toString()) as readonly Element[]
    return roots.map((root) => {
      expect(root.tag).toBe('testsuites')
      const [suite, ...others] = root.children
      expect(others).toEqual([])
      const cases = suite?.children ?? []
      expect(cases.every(({ tag }) => tag === 'testcase')).toBe(true)
      const outcomes = cases.flatMap(({ children }) => children.map(({ tag }) => tag))
      expect(outcomes).toHaveLength(cases.length)
      const counted = (tag: string): string => String(outcomes.filter((one) => one === tag).length)
      expect(suite?.attributes).toMatchObject({
        tests: String(cases.length),
        failures: counted('failure'),
        errors: counted('error'),
        skipped: counted('skipped'),
      })
      return cases
    })
  }

  test('blocking findings fail, ignored ones are skipped, the rest passes', () => {
    const findings = [
      finding(),
      finding({ severity: 'warning', blocks: false }),
      finding({ ignored: { reason: 'known' }, blocks: false }),
    ]
    const [cases = []] = parsed([junit(report({ findings }), sceneAt('/repo', 'backend'))])
    expect(cases.map(({ children }) => children[0]?.tag)).toEqual([
      'failure',
      'failure',
      'system-out',
      'skipped',
    ])
    expect(cases[0]?.attributes['name']).toBe('alembic upgrade head')
    expect(cases[1]?.attributes).toMatchObject({
      classname: 'alembic-guard.check.AG101',
      name: 'AG101 unreadable-migration rooms_001',
      file: 'backend/migrations/versions/rooms 001.py',
    })
    expect(cases[1]?.children[0]?.text).toContain("alembic-guard restore 'it'\\''s'")
  })

  test('a pass has one passing test; a failed check has an error', () => {
    const pass = report({ verdict: 'pass', exitCode: 0, findings: [] })
    const cases = parsed([junit(pass, emptyReportContext), junit(unavailable, emptyReportContext)])
    expect(cases.map(([first]) => first?.children[0]?.tag)).toEqual(['system-out', 'error'])
  })

  test('hostile text is escaped', () => {
    const documents = hostileToReports.map((text) => junit(hostileReport(text), emptyReportContext))
    parsed(documents).forEach((cases, index) => {
      expect(cases).toHaveLength(4)
      const start = (hostileToReports[index] ?? '').replace(/[^ -~][^]*$/, '').slice(0, 100)
      expect(cases[1]?.children[0]?.text).toContain(start)
    })
  })
})
