/**
 * All options. An option's name determines its flag, its `ALEMBIC_GUARD_…` variable and its key in
 * `[tool.alembic-guard]`.
 */
import { platforms } from '../../report/text/init-platforms.ts'

/** An option's definition. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'list' | 'number'
  readonly describe: string
  readonly alias?: string
  readonly choices?: readonly string[]
  /** Whether the option is accepted only on the command line, because it applies to a single invocation. */
  readonly thisCallOnly?: true
  readonly group: 'Project:' | 'Database:' | 'Decision:' | 'Release:' | 'Output:'
}

/** The options, in the order of `--help`. */
export const options = {
  config: {
    type: 'list',
    alias: 'c',
    group: 'Project:',
    describe: 'Alembic configuration file (default: $ALEMBIC_CONFIG, else alembic.ini)',
  },
  name: { type: 'string', alias: 'n', group: 'Project:', describe: 'Section of the ini file' },
  directory: { type: 'string', alias: 'd', group: 'Project:', describe: "Flask-Migrate's directory" },
  'script-location': { type: 'string', group: 'Project:', describe: 'Folder that contains env.py' },
  'version-location': {
    type: 'list',
    group: 'Project:',
    describe: 'Folder that contains migrations (repeatable)',
  },
  'alembic-version': {
    type: 'string',
    group: 'Project:',
    describe: 'Alembic version to assume (default: the version that the project pins)',
  },
  'database-url': { type: 'string', group: 'Database:', describe: 'Database URL (default: $DATABASE_URL)' },
  'database-url-env': {
    type: 'string',
    group: 'Database:',
    describe: 'Name of the environment variable that contains the database URL',
  },
  'version-table': {
    type: 'string',
    group: 'Database:',
    describe: 'Name of the version table (default: from env.py, or alembic_version)',
  },
  'version-table-schema': { type: 'string', group: 'Database:', describe: 'Schema of the version table' },
  schemas: {
    type: 'list',
    group: 'Database:',
    describe: 'Check the version table of each matching schema, such as tenant_* (PostgreSQL)',
  },
  databases: {
    type: 'string',
    group: 'Database:',
    describe:
      'Check every database listed in a file (- for standard input): one URL per line, optionally preceded by a label',
  },
  jobs: { type: 'number', group: 'Database:', describe: 'Databases checked in parallel (default: 8)' },
  timeout: {
    type: 'number',
    group: 'Database:',
    describe: 'Total database timeout in seconds (default: 10)',
  },
  target: {
    type: 'string',
    group: 'Decision:',
    describe: 'Target of "alembic upgrade": head, heads or a revision (default: head)',
  },
  strict: { type: 'boolean', group: 'Decision:', describe: 'Treat warnings as errors' },
  ignore: {
    type: 'list',
    group: 'Decision:',
    describe: 'Finding to list without counting it in the verdict: CODE or CODE=REVISION',
  },
  'on-ahead': {
    type: 'string',
    group: 'Decision:',
    choices: ['block', 'skip'],
    describe: 'What to do if the database is ahead of this release (default: block)',
  },
  'data-checks': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Check whether existing rows would make pending migrations fail (default: on)',
  },
  'allow-missing-url': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Pass with a warning if there is no database URL',
  },
  lock: {
    type: 'boolean',
    group: 'Release:',
    describe: 'Hold a lock so that releases run one at a time (default: on for PostgreSQL)',
  },
  'lock-url': {
    type: 'string',
    group: 'Release:',
    describe: 'Direct URL for the release lock if the database URL connects to a transaction pooler',
  },
  'lock-timeout': {
    type: 'number',
    group: 'Release:',
    describe: 'Maximum number of seconds to wait for another release (default: 300)',
  },
  verify: {
    type: 'boolean',
    group: 'Release:',
    describe:
      'Compare the version rows with the prediction after the command, and exit with 1 if they differ (default: on)',
  },
  platform: {
    type: 'string',
    group: 'Release:',
    choices: platforms,
    describe: 'Platform that runs the release (default: heroku)',
  },
  app: { type: 'string', group: 'Release:', describe: 'Heroku app to get the database URL from' },
  remote: { type: 'string', group: 'Release:', describe: 'Git remote of the Heroku app' },
  after: {
    type: 'string',
    group: 'Decision:',
    describe: 'Parent of the placeholder: a revision or "base" (default: determined from the schema)',
  },
  message: { type: 'string', alias: 'm', group: 'Decision:', describe: 'Message of the placeholder' },
  write: { type: 'boolean', group: 'Decision:', describe: 'Change the files instead of printing a diff' },
  force: {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Continue even if the evidence contradicts the change',
  },
  'with-ddl': {
    type: 'boolean',
    group: 'Decision:',
    describe: "Recreate the lost migration's objects in the placeholder (PostgreSQL)",
  },
  check: { type: 'boolean', group: 'Decision:', describe: 'Fail if the manifest is stale' },
  'all-refs': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Include revisions from unmerged branches, so that the guard recognizes them after a rollback',
  },
  from: {
    type: 'list',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'Revision to replace in the version table (repeatable; see --to)',
  },
  to: {
    type: 'list',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'New revision id, in full (one for each --from)',
  },
  add: {
    type: 'list',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'Revision to add to the version table',
  },
  remove: {
    type: 'list',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'Revision to remove from the version table',
  },
  yes: {
    type: 'boolean',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'Change the database instead of printing the SQL',
  },
  around: {
    type: 'string',
    group: 'Decision:',
    describe: 'Draw only this revision and its neighbors',
  },
  distance: {
    type: 'number',
    group: 'Decision:',
    describe: 'Number of links that --around follows (default: 3)',
  },
  pending: {
    type: 'boolean',
    group: 'Decision:',
    describe: "Lint migrations that the database hasn't run yet",
  },
  since: {
    type: 'string',
    group: 'Decision:',
    describe:
      'graph: omit revisions before this one; lint: lint migrations added or changed since this commit',
  },
  last: { type: 'number', group: 'Decision:', describe: 'Lint the last N migrations' },
  all: { type: 'boolean', group: 'Decision:', describe: 'Lint the whole history' },
  rule: {
    type: 'list',
    group: 'Decision:',
    describe: 'Code or name of a lint rule to run instead of the defaults (repeatable)',
  },
  fix: { type: 'boolean', group: 'Decision:', describe: 'Apply safe fixes, then lint again' },
  rehearse: {
    type: 'string',
    group: 'Decision:',
    choices: ['auto', 'always', 'never'],
    describe:
      "Rehearse the release on a copy first (auto: only if some operations can't be analyzed; the run command defaults to auto if the embedded PostgreSQL is installed)",
  },
  'scratch-url': {
    type: 'string',
    group: 'Database:',
    describe:
      "URL of an empty database for the rehearsal (emptied again at the end; created and then dropped if it doesn't exist)",
  },
  'scratch-server': {
    type: 'string',
    group: 'Database:',
    describe: 'URL of the server for the scratch database, or "embedded"',
  },
  'scratch-image': {
    type: 'string',
    group: 'Database:',
    describe: 'Docker image for the scratch server (default: postgres, same version as production)',
  },
  'pg-dump': {
    type: 'string',
    group: 'Database:',
    describe:
      'pg_dump executable for copying the schema (default: the installed one that best matches the server)',
  },
  'exclude-schema': {
    type: 'list',
    group: 'Database:',
    describe: "Schema to exclude from the copy, such as one that the role can't read (repeatable)",
  },
  'allow-network': {
    type: 'boolean',
    group: 'Database:',
    describe: 'Allow the rehearsed command to use the network (default: only the scratch database)',
  },
  'pass-env': {
    type: 'list',
    group: 'Database:',
    describe: 'Environment variable to pass to the rehearsed command (repeatable)',
  },
  'max-lock': {
    type: 'list',
    group: 'Decision:',
    describe:
      'MODE:SIZE: block if the rehearsal takes a lock of this mode or stronger on a table larger than SIZE; with the mode "rewrite", block if it rewrites such a table (repeatable)',
  },
  'with-data': {
    type: 'boolean',
    group: 'Database:',
    describe: 'Copy the data as well as the schema (SQLite only)',
  },
  cycle: {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Upgrade, downgrade and upgrade again; report objects that the downgrade leaves behind',
  },
  'from-base': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Upgrade an empty database instead of a copy (needs no database URL)',
  },
  'check-models': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Run "alembic check" after the rehearsal (Alembic 1.9 and later)',
  },
  format: { type: 'string', group: 'Output:', describe: 'Format of the report' },
  output: {
    type: 'string',
    group: 'Output:',
    describe: 'Write the report to this file instead of standard output',
  },
  report: {
    type: 'list',
    group: 'Output:',
    describe: 'Additional report, as FORMAT=FILE (repeatable)',
  },
  'graph-url': {
    type: 'string',
    group: 'Output:',
    describe: 'URL of the page from "graph --format html", for links in reports',
  },
  quiet: {
    type: 'boolean',
    alias: 'q',
    group: 'Output:',
    describe: 'Print only the verdict and the codes of the findings',
  },
  verbose: {
    type: 'boolean',
    alias: 'v',
    group: 'Output:',
    describe: 'Log each step to standard error (--log-level debug)',
  },
  color: {
    type: 'string',
    group: 'Output:',
    choices: ['auto', 'always', 'never'],
    describe: 'When to use color (default: auto, which honors NO_COLOR and FORCE_COLOR)',
  },
  'log-level': {
    type: 'string',
    group: 'Output:',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    describe: 'Log level for standard error (default: warn)',
  },
  'log-format': {
    type: 'string',
    group: 'Output:',
    choices: ['pretty', 'json'],
    describe: 'Log format (default: pretty)',
  },
} as const satisfies Record<string, OptionSpec>

/** The flag without the leading dashes. */
export type OptionName = keyof typeof options

/** Options that locate the project. */
export const projectOptions = [
  'config',
  'name',
  'directory',
  'script-location',
  'version-location',
  'alembic-version',
] as const satisfies readonly OptionName[]

/** Options for locating and reading the database. */
export const databaseOptions = [
  'database-url',
  'database-url-env',
  'version-table',
  'version-table-schema',
  'timeout',
] as const satisfies readonly OptionName[]

/**
 * Options shared by all commands that check a single database. A command that suggests another one can therefore
 * pass on the same options.
 */
export const releaseVerbOptions = [
  ...projectOptions,
  ...databaseOptions,
  'app',
  'remote',
  'target',
] as const satisfies readonly OptionName[]

/** Options that affect the verdict on a single database. */
export const singleCheckOptions = [
  ...releaseVerbOptions,
  'strict',
  'ignore',
  'on-ahead',
  'data-checks',
  'allow-missing-url',
] as const satisfies readonly OptionName[]

/** Options for output and logging. */
export const presentationOptions = [
  'verbose',
  'color',
  'log-level',
  'log-format',
] as const satisfies readonly OptionName[]

/** Options for the format and destination of the report. */
export const reportOptions = [
  'format',
  'output',
  ...presentationOptions,
] as const satisfies readonly OptionName[]

/** Like `reportOptions`, but for commands with a verdict, which can write several reports at once. */
export const verdictReportOptions = [
  'format',
  'output',
  'report',
  'graph-url',
  'quiet',
  ...presentationOptions,
] as const satisfies readonly OptionName[]

/** Returns an option's environment variable, such as `ALEMBIC_GUARD_TIMEOUT`. */
export function variableOf(name: OptionName): string {
  return `ALEMBIC_GUARD_${name.replaceAll('-', '_').toUpperCase()}`
}
