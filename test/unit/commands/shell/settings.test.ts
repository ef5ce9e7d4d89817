import { describe, expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import type { OptionInputs } from '../../../../src/commands/shell/option-values.ts'
import { readSettings } from '../../../../src/commands/shell/settings.ts'
import { GuardError } from '../../../../src/errors.ts'

const read = (given: OptionInputs, env: Record<string, string> = {}, files: Record<string, string> = {}) =>
  readSettings(given, env, memoryTree({ files }), ['human', 'json'])

test('all invalid settings are reported at once, in a fixed order', async () => {
  const given: OptionInputs = {
    report: ['sarif=x', 'nothing=x', 'json=./x'],
    from: ['a'],
    ignore: ['AG1', 'AG201=x'],
    'alembic-version': 'newest',
    schemas: ['a'],
    databases: '-',
    jobs: '101',
    last: '0',
    around: 'a',
    since: 'b',
    distance: '-1',
    'lock-timeout': '3601',
    timeout: '0',
    format: 'xml',
  }
  const refused = await read(given, { ALEMBIC_GUARD_STRICT: 'maybe' }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(GuardError)
  expect((refused as GuardError).message.split('; ')).toEqual([
    'ALEMBIC_GUARD_STRICT must be true or false, not maybe',
    '--format must be one of human, json, not xml',
    '--timeout must be a number of seconds from 0.1 to 3600',
    '--lock-timeout must be a number of seconds from 0 to 3600',
    '--distance must be a non-negative integer',
    '--around and --since are mutually exclusive',
    '--last must be a positive integer',
    '--jobs must be a number from 1 to 100',
    '--schemas and --databases are mutually exclusive',
    '--alembic-version must be a version such as 1.13.3, not newest',
    '--ignore must be a code such as AG111 or AG201=revision, not AG1',
    'each --from needs a --to (--remove removes a row, --add adds one)',
    expect.stringMatching(/^--report must be FORMAT=FILE, not nothing=x \(FORMAT is one of .*\)$/),
    "can't write two reports to ./x",
  ])
})

describe('the URL comes from the first of these that is set', () => {
  test.each<[OptionInputs, Record<string, string>, { value: string | null; source: string }]>([
    [{ 'database-url': 'a' }, { DATABASE_URL: 'b' }, { value: 'a', source: '--database-url' }],
    [{ 'database-url': ' ' }, { DATABASE_URL: 'b' }, { value: null, source: '--database-url' }],
    [{ 'database-url-env': 'OTHER' }, { OTHER: 'c', DATABASE_URL: 'b' }, { value: 'c', source: '$OTHER' }],
    [{}, { DATABASE_URL: 'b' }, { value: 'b', source: '$DATABASE_URL' }],
    [{}, { DATABASE_URL: '' }, { value: null, source: '$DATABASE_URL' }],
  ])('%j with %j', async (given, env, databaseUrl) => {
    expect(await read(given, env)).toMatchObject({ databaseUrl })
  })
})

test('unset options have their defaults', async () => {
  expect(await read({})).toMatchObject({
    timeoutMs: 10_000,
    lockTimeoutMs: 300_000,
    lock: null,
    verify: true,
    jobs: 8,
    target: 'head',
    onAhead: 'block',
    dataChecks: true,
    format: 'human',
    lint: { last: null },
    view: { distance: 3 },
    init: { platform: 'heroku' },
    presentation: { color: 'auto', logLevel: 'warn', logFormat: 'pretty' },
  })
})

test('the command line precedes the environment, which precedes pyproject.toml', async () => {
  const files = {
    'pyproject.toml':
      '[tool.alembic-guard]\ntarget = "c"\ntimeout = 3\nignore = [{ code = "ag111", reason = "old" }]\n',
  }
  const env = { ALEMBIC_GUARD_TARGET: 'b', ALEMBIC_GUARD_DATA_CHECKS: 'off' }
  expect(await read({ target: 'a' }, env, files)).toMatchObject({
    target: 'a',
    dataChecks: false,
    timeoutMs: 3000,
    ignore: [{ code: 'AG111', revision: null, reason: 'old' }],
  })
})
