/** Sample reports for testing the report formats. */
import type { FindingReport, Report } from '../../src/report/model/report.ts'
import { hostileTexts } from './hostile.ts'
import { emptyReportContext } from '../../src/report/model/context.ts'
import type { ReportContext } from '../../src/report/model/context.ts'

/** Returns a sample finding with a location, evidence and two remedies. */
export function finding(parts: Partial<FindingReport> = {}): FindingReport {
  return {
    code: 'AG101',
    name: 'unreadable-migration',
    severity: 'error',
    message: 'The file can not be read.',
    why: 'Alembic would stop.',
    evidence: [{ label: 'Python says', value: 'invalid syntax' }],
    details: [],
    revisions: ['rooms_001'],
    location: { path: 'migrations/versions/rooms 001.py', line: 3, column: 7 },
    remedies: [
      {
        kind: 'edit',
        title: 'Mend the file.',
        argv: null,
        touches: 'working-tree',
        applicability: 'likely',
      },
      {
        kind: 'command',
        title: 'Or bring the old one back:',
        argv: ['alembic-guard', 'restore', "it's"],
        touches: 'working-tree',
        applicability: 'proven',
      },
    ],
    notAdvised: null,
    documentation: 'https://docs.example/AG101',
    ignored: null,
    blocks: true,
    ...parts,
  }
}

/** Returns a report on a PostgreSQL database. The verdict is `blocked` by default. */
export function report(parts: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    tool: { name: 'alembic-guard', version: '0.1.0' },
    command: 'check',
    verdict: 'blocked',
    exitCode: 1,
    repository: {
      config: 'alembic.ini',
      scriptLocation: 'migrations',
      versionLocations: ['migrations/versions'],
      revisions: 2,
      heads: ['guests_002'],
      bases: ['rooms_001'],
      alembic: { version: '1.13.3', source: 'requirements.txt' },
    },
    database: {
      dialect: 'postgresql',
      server: '16.4',
      host: 'db.example',
      name: 'app',
      versionTable: { schema: null, name: 'alembic_version', exists: true, width: 32 },
      versions: ['rooms_001'],
    },
    standing: { kind: 'behind' },
    prediction: {
      command: 'alembic upgrade head',
      outcome: 'fails',
      error: { type: 'CommandError', message: 'no' },
      reason: null,
      steps: [],
      versionsAfter: [],
      tried: null,
    },
    findings: [finding()],
    reason: null,
    error: null,
    remarks: [],
    coverage: { checked: ['the revision graph'], notChecked: ['the live schema'] },
    ...parts,
  }
}

/** The report of a check that failed to run. */
export const unavailable: Report = report({
  verdict: 'undetermined',
  exitCode: 3,
  database: null,
  standing: null,
  prediction: null,
  findings: [],
  error: { kind: 'unavailable', message: '$DATABASE_URL is not set', hint: 'Set it.' },
})

/** Returns a context for a project in a subfolder of a repository. */
export function sceneAt(path: string, folder: string): ReportContext {
  return { ...emptyReportContext, root: { path, folder } }
}

/** Strings that could do harm in a report. */
export const hostileToReports: readonly string[] = [
  ...hostileTexts,
  'a%0A::error::owned%0D%25',
  '\n::error::owned',
  '::stop-commands::owned',
  '##[error]owned',
  '\u001b[2J\u001b]0;owned\u0007\u009b31m\r\b',
  ']]><owned/>&lt;&amp;&#60;',
  'half \ud800 and \udc00 \u202egnp.exe',
  '```\n# owned\n[x](javascript:alert(1)) <!-- | @team $x$ `code` **b**',
  'file,line=1,col=2::title=owned, %3A',
  `long ${'x'.repeat(1_000_000)} end`,
]

/** Returns a report with this text in every field for external text. */
export function hostileReport(text: string): Report {
  const remedy = { touches: 'nothing', applicability: 'unsure' } as const
  const one = finding({
    message: text,
    why: text,
    evidence: [{ label: text, value: text }],
    details: [text],
    revisions: [text],
    location: { path: `migrations/${text}`, line: 1, column: 1 },
    remedies: [{ kind: 'command', title: text, argv: ['alembic-guard', text], ...remedy }],
    notAdvised: text,
  })
  const ordinary = report()
  return report({
    repository: ordinary.repository && {
      ...ordinary.repository,
      config: text,
      scriptLocation: text,
      heads: [text],
      alembic: { version: '1.0.0', source: text },
    },
    database: ordinary.database && {
      ...ordinary.database,
      host: text,
      name: text,
      server: text,
      versions: [text, null],
    },
    prediction: {
      command: `alembic upgrade ${text}`,
      outcome: 'fails',
      error: { type: 'CommandError', message: text },
      reason: null,
      steps: [text],
      versionsAfter: [text],
      tried: null,
    },
    findings: [
      one,
      { ...one, location: null, severity: 'warning', blocks: false },
      { ...one, ignored: { reason: text }, blocks: false },
    ],
    remarks: [text],
    coverage: { checked: [text], notChecked: [text] },
  })
}
