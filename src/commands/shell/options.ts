/** Every option, once: its name is the flag, `ALEMBIC_GUARD_…` the variable, and the key in `[tool.alembic-guard]`. */
import { platforms } from '../../report/text/init-platforms.ts'

/** How an option is described. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'list' | 'number'
  readonly describe: string
  readonly alias?: string
  readonly choices?: readonly string[]
  /** Only the command line gives it: what is about this one call does not belong into a file. */
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
  'script-location': { type: 'string', group: 'Project:', describe: 'Folder that holds env.py' },
  'version-location': {
    type: 'list',
    group: 'Project:',
    describe: 'Folder that holds migrations; may be given more than once',
  },
  'alembic-version': {
    type: 'string',
    group: 'Project:',
    describe: 'Alembic release to follow (default: what the project pins)',
  },
  'database-url': { type: 'string', group: 'Database:', describe: 'Database URL (default: $DATABASE_URL)' },
  'database-url-env': {
    type: 'string',
    group: 'Database:',
    describe: 'Name of the variable that holds the URL',
  },
  'version-table': {
    type: 'string',
    group: 'Database:',
    describe: 'Version table (default: what env.py says, else alembic_version)',
  },
  'version-table-schema': { type: 'string', group: 'Database:', describe: 'Schema of the version table' },
  schemas: {
    type: 'list',
    group: 'Database:',
    describe: 'Check the version table of each schema that matches, such as tenant_* (PostgreSQL)',
  },
  databases: {
    type: 'string',
    group: 'Database:',
    describe: 'Check every database of a file (- is standard input): a URL in a line, a label may come first',
  },
  jobs: { type: 'number', group: 'Database:', describe: 'Databases looked at at the same time (8)' },
  timeout: { type: 'number', group: 'Database:', describe: 'Seconds for all talk with the database (10)' },
  target: {
    type: 'string',
    group: 'Decision:',
    describe: 'What "alembic upgrade" will be given: head, heads or a revision (head)',
  },
  strict: { type: 'boolean', group: 'Decision:', describe: 'Warnings block as well' },
  ignore: {
    type: 'list',
    group: 'Decision:',
    describe: 'CODE or CODE=revision to leave out of the verdict; still listed',
  },
  'on-ahead': {
    type: 'string',
    group: 'Decision:',
    choices: ['block', 'skip'],
    describe: 'When the database is ahead of this release (block)',
  },
  'data-checks': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Look whether rows stand in the way of pending migrations (on; --no-data-checks)',
  },
  'allow-missing-url': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Pass with a warning when there is no database URL',
  },
  lock: {
    type: 'boolean',
    group: 'Release:',
    describe: 'Take turns with other releases (on for PostgreSQL; --no-lock)',
  },
  'lock-url': {
    type: 'string',
    group: 'Release:',
    describe:
      'Direct URL used for the release lock alone, where the database URL leads to a transaction pooler',
  },
  'lock-timeout': {
    type: 'number',
    group: 'Release:',
    describe: 'Seconds to wait for another release (300)',
  },
  verify: {
    type: 'boolean',
    group: 'Release:',
    describe:
      'Compare the version rows with the prediction afterwards; other rows make 1 of a status 0 (on; --no-verify)',
  },
  platform: {
    type: 'string',
    group: 'Release:',
    choices: platforms,
    describe: 'Where the release runs (heroku)',
  },
  app: { type: 'string', group: 'Release:', describe: 'Heroku app whose database URL is asked for' },
  remote: { type: 'string', group: 'Release:', describe: 'Git remote of the Heroku app' },
  after: {
    type: 'string',
    group: 'Decision:',
    describe: 'Revision that the placeholder follows; base: none (default: what the schema proves)',
  },
  message: { type: 'string', alias: 'm', group: 'Decision:', describe: 'First line of the placeholder' },
  write: { type: 'boolean', group: 'Decision:', describe: 'Change the files instead of printing the diff' },
  force: { type: 'boolean', group: 'Decision:', describe: 'Go on although the evidence says otherwise' },
  'with-ddl': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Write what the lost migration created into the placeholder (PostgreSQL)',
  },
  check: { type: 'boolean', group: 'Decision:', describe: 'Fail when the manifest is stale' },
  'all-refs': {
    type: 'boolean',
    group: 'Decision:',
    describe:
      'Let the manifest know the revisions of unmerged branches too, so that a rollback may find them',
  },
  from: {
    type: 'list',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'Row that becomes the one that --to names; may be given more than once',
  },
  to: {
    type: 'list',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'Full revision id that the row gets; one for each --from',
  },
  add: { type: 'list', thisCallOnly: true, group: 'Decision:', describe: 'Revision that gets a row' },
  remove: { type: 'list', thisCallOnly: true, group: 'Decision:', describe: 'Row that is taken away' },
  yes: {
    type: 'boolean',
    thisCallOnly: true,
    group: 'Decision:',
    describe: 'Change the database instead of printing the SQL',
  },
  around: {
    type: 'string',
    group: 'Decision:',
    describe: 'Draw only the neighbourhood of this revision',
  },
  distance: { type: 'number', group: 'Decision:', describe: 'How many links --around goes (3)' },
  pending: { type: 'boolean', group: 'Decision:', describe: 'Lint what the database has not run yet' },
  since: {
    type: 'string',
    group: 'Decision:',
    describe:
      'graph: leave out what comes before this revision; lint: what is new or changed since this commit',
  },
  last: { type: 'number', group: 'Decision:', describe: 'Lint the last so many migrations' },
  all: { type: 'boolean', group: 'Decision:', describe: 'Lint the whole history' },
  rule: {
    type: 'list',
    group: 'Decision:',
    describe: 'Code or name of the only lint rule to run; may be given more than once',
  },
  fix: { type: 'boolean', group: 'Decision:', describe: 'Apply the edits that are safe, and lint again' },
  rehearse: {
    type: 'string',
    group: 'Decision:',
    choices: ['auto', 'always', 'never'],
    describe:
      'Try the release on a copy first (default: never; auto: if not every operation was understood)',
  },
  'scratch-url': {
    type: 'string',
    group: 'Database:',
    describe: 'Empty database to rehearse on; emptied again (made and dropped if it is not there)',
  },
  'scratch-server': {
    type: 'string',
    group: 'Database:',
    describe: 'URL of a server to make a scratch database on, or "embedded"',
  },
  'scratch-image': {
    type: 'string',
    group: 'Database:',
    describe: "Docker image of the scratch server (default: postgres of production's version)",
  },
  'pg-dump': {
    type: 'string',
    group: 'Database:',
    describe: 'pg_dump program that reads the schema (default: the fitting one that is found)',
  },
  'exclude-schema': {
    type: 'list',
    group: 'Database:',
    describe: 'Schema to leave out of the copy, such as one that the role may not read (repeatable)',
  },
  'allow-network': {
    type: 'boolean',
    group: 'Database:',
    describe: 'Let the rehearsed command use the network (default: it reaches the scratch database only)',
  },
  'pass-env': {
    type: 'list',
    group: 'Database:',
    describe: 'Variable that the rehearsed command gets as it is (repeatable)',
  },
  'with-data': { type: 'boolean', group: 'Database:', describe: 'Copy the rows as well (SQLite only)' },
  cycle: {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Upgrade, downgrade to where it was and upgrade again; name what is left over',
  },
  'from-base': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Upgrade an empty database instead of a copy; needs no database URL',
  },
  'check-models': {
    type: 'boolean',
    group: 'Decision:',
    describe: 'Run "alembic check" at the end (Alembic 1.9 and newer)',
  },
  format: { type: 'string', group: 'Output:', describe: 'How the report is written' },
  output: { type: 'string', group: 'Output:', describe: 'File for the report instead of standard output' },
  report: {
    type: 'list',
    group: 'Output:',
    describe: 'FORMAT=FILE, a further report beside --format; may be given more than once',
  },
  quiet: {
    type: 'boolean',
    alias: 'q',
    group: 'Output:',
    describe: 'Print nothing when there is nothing to say: a pass without warnings',
  },
  verbose: {
    type: 'boolean',
    alias: 'v',
    group: 'Output:',
    describe: 'Say on standard error what is being done (--log-level debug)',
  },
  color: {
    type: 'string',
    group: 'Output:',
    choices: ['auto', 'always', 'never'],
    describe: 'Colour (auto; NO_COLOR and FORCE_COLOR are honoured)',
  },
  'log-level': {
    type: 'string',
    group: 'Output:',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    describe: 'What is logged on standard error (warn)',
  },
  'log-format': {
    type: 'string',
    group: 'Output:',
    choices: ['pretty', 'json'],
    describe: 'How it is logged (pretty)',
  },
} as const satisfies Record<string, OptionSpec>

/** The flag without its dashes. */
export type OptionName = keyof typeof options

/** How a project is found: every command takes these. */
export const projectOptions = [
  'config',
  'name',
  'directory',
  'script-location',
  'version-location',
  'alembic-version',
] as const satisfies readonly OptionName[]

/** How a database is found and looked at. */
export const databaseOptions = [
  'database-url',
  'database-url-env',
  'version-table',
  'version-table-schema',
  'timeout',
] as const satisfies readonly OptionName[]

/** What verbs take that judge one database: a command that one of them prints, another understands. */
export const releaseVerbOptions = [
  ...projectOptions,
  ...databaseOptions,
  'app',
  'remote',
  'target',
] as const satisfies readonly OptionName[]

/** How things look and what is logged. */
export const presentationOptions = [
  'verbose',
  'color',
  'log-level',
  'log-format',
] as const satisfies readonly OptionName[]

/** The report, where it goes and how it looks. */
export const reportOptions = [
  'format',
  'output',
  ...presentationOptions,
] as const satisfies readonly OptionName[]

/** The same for commands that come to a verdict, which may be reported in several formats at once. */
export const verdictReportOptions = [
  'format',
  'output',
  'report',
  'quiet',
  ...presentationOptions,
] as const satisfies readonly OptionName[]

/** `timeout` as `ALEMBIC_GUARD_TIMEOUT`. */
export function variableOf(name: OptionName): string {
  return `ALEMBIC_GUARD_${name.replaceAll('-', '_').toUpperCase()}`
}
