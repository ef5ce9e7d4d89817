import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import type { Context } from '../../../../src/commands/shell/command.ts'
import { noProgress } from '../../../../src/commands/shell/progress.ts'
import { type OptionInputs, readSettings } from '../../../../src/commands/shell/settings.ts'
import { type WrappedSettings, settleWrapped } from '../../../../src/commands/shell/wrapped-settings.ts'
import { parseWrappedCommand } from '../../../../src/core/release/wrapped-command.ts'

/** Returns the settings for a command line with these options and environment variables. */
async function settled(
  line: string,
  given: OptionInputs = {},
  env: Readonly<Record<string, string>> = {},
  cwd = '/nowhere',
): Promise<WrappedSettings> {
  const silent = (): void => undefined
  const context: Context = {
    tool: { name: 'alembic-guard', version: '0' },
    cwd,
    env,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    signal: new AbortController().signal,
    wrapped: line.split(' '),
    self: [],
    terminal: false,
    width: 80,
    onSignal: () => silent,
    untilDone: (work) => work(),
    progress: noProgress,
    tell: silent,
  }
  const settings = await readSettings(given, env, memoryTree({ files: {} }), ['human'])
  return settleWrapped(parseWrappedCommand(context.wrapped), context, settings)
}

test("the command's values precede options, with a note", async () => {
  const { settings, warnings } = await settled('alembic -c b.ini -n shop upgrade abc', {
    config: ['a.ini'],
    name: 'main',
    target: 'heads',
  })
  expect(settings.project).toMatchObject({ config: ['b.ini'], name: 'shop' })
  expect(settings.target).toBe('abc')
  expect(warnings).toEqual([
    "--target heads is overridden by the command's abc",
    "--config a.ini is overridden by the command's b.ini",
    "--name main is overridden by the command's shop",
  ])
})

test('options decide what the command omits', async () => {
  const { settings, warnings } = await settled('alembic upgrade head', { config: ['a.ini'] })
  expect(settings.project.config).toEqual(['a.ini'])
  expect(warnings).toEqual([])
})

test('an unrecognized command is reported, and options decide everything', async () => {
  const { settings, warnings } = await settled('bin/release', { target: 'heads', directory: 'm' })
  expect(settings.target).toBe('heads')
  expect(settings.project.directory).toBe('m')
  expect(warnings).toEqual(['unrecognized command release; assuming "alembic upgrade heads"'])
})

test('variables come from the command', async () => {
  const outside = { DATABASE_URL: 'sqlite:///outside.db', ALEMBIC_CONFIG: 'outside.ini', PGHOST: 'h' }
  const set = await settled('env DATABASE_URL=sqlite:///inside.db alembic upgrade head', {}, outside)
  expect(set.settings.databaseUrl).toEqual({ value: 'sqlite:///inside.db', source: '$DATABASE_URL' })
  expect(set.settings.project.alembicConfigEnv).toBe('outside.ini')
  const empty = await settled('env -i alembic upgrade head', {}, outside)
  expect(empty.settings.databaseUrl.value).toBeNull()
  expect(empty.settings.project).not.toHaveProperty('alembicConfigEnv')
  expect(empty.context.env).toEqual({})
  const given = await settled(
    'env -i alembic upgrade head',
    { 'database-url': 'sqlite:///given.db' },
    outside,
  )
  expect(given.settings.databaseUrl.value).toBe('sqlite:///given.db')
})

test('the folder comes from the command', async () => {
  const { context } = await settled('env -C backend alembic upgrade head', {}, {}, '/srv/app')
  expect(context.cwd).toBe('/srv/app/backend')
})

test("Flask-Migrate's folder is migrations, whatever alembic.ini is next to it", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-flask-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  expect((await settled('flask db upgrade', {}, {}, folder)).settings.project.directory).toBeUndefined()
  mkdirSync(join(folder, 'migrations'))
  writeFileSync(join(folder, 'migrations/alembic.ini'), '[alembic]\n')
  writeFileSync(join(folder, 'alembic.ini'), '[alembic]\nscript_location = other\n')
  expect((await settled('flask db upgrade', {}, {}, folder)).settings.project.directory).toBe('migrations')
  expect((await settled('alembic upgrade head', {}, {}, folder)).settings.project.directory).toBeUndefined()
})

test('-x and --sql are reported by name, never by value', async () => {
  const { warnings } = await settled('alembic -x url=postgresql://u:hunter2@h/d upgrade head --sql')
  expect(warnings).toHaveLength(2)
  expect(warnings.join(' ')).toContain('-x url')
  expect(warnings.join(' ')).not.toContain('hunter2')
})
