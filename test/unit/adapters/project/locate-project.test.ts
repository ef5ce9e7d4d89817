import { describe, expect, test } from 'vitest'
import { ConfigRefused } from '../../../../src/adapters/project/config-refused.ts'
import { memoryTree, type MemoryFiles } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import type { ProjectOptions } from '../../../../src/adapters/project/project-options.ts'
import { GuardError } from '../../../../src/errors.ts'

type Files = MemoryFiles['files']

const project = { 'alembic/env.py': '', 'alembic/versions/a.py': '' }
const ini = '[alembic]\nscript_location = alembic\n'

const locate = (files: Files, options: ProjectOptions = {}, rest: Partial<MemoryFiles> = {}) =>
  locateProject(memoryTree({ cwd: '/app', files, ...rest }), options)

async function refusal(
  files: Files,
  options: ProjectOptions = {},
  rest: Partial<MemoryFiles> = {},
): Promise<GuardError> {
  try {
    await locate(files, options, rest)
  } catch (error) {
    if (error instanceof GuardError) return error
    throw error
  }
  throw new Error('the project was found')
}

describe('the configuration is taken from', () => {
  test('alembic.ini in the working directory', async () => {
    expect(await locate({ ...project, 'alembic.ini': ini })).toMatchObject({
      config: 'alembic.ini',
      section: 'alembic',
      scriptLocation: '/app/alembic',
      versionLocations: ['/app/alembic/versions'],
      flaskMigrate: false,
      remarks: [],
    })
  })

  test('[tool.alembic] since 1.16, alone or along with an ini file', async () => {
    const toml = '[tool.alembic]\nscript_location = "%(here)s/alembic"\nversion_locations = ["v1", "v2"]\n'
    const files = { ...project, 'pyproject.toml': toml }
    expect(await locate(files)).toMatchObject({
      config: 'pyproject.toml',
      versionLocations: ['/app/v1', '/app/v2'],
    })
    expect(await locate({ ...files, 'alembic.ini': ini })).toMatchObject({
      config: 'alembic.ini',
      versionLocations: ['/app/v1', '/app/v2'],
    })
    expect(await locate({ ...files, 'alembic.ini': ini }, { alembicVersion: '1.15.2' })).toMatchObject({
      versionLocations: ['/app/alembic/versions'],
    })
  })

  test('-c, ALEMBIC_CONFIG and -n', async () => {
    const files = { ...project, 'conf/db.ini': `[x]\n${ini.slice(10)}`, 'alembic.ini': 'broken' }
    expect(await locate(files, { config: ['conf/db.ini'], name: 'x' })).toMatchObject({
      config: 'conf/db.ini',
      section: 'x',
    })
    expect(await locate(files, { alembicConfigEnv: 'conf/db.ini', name: 'x' })).toMatchObject({
      config: 'conf/db.ini',
    })
    expect((await refusal(files, { config: ['conf/db.ini'] })).hint).toContain('-n x')
  })

  test('Flask-Migrate, whose directory is the script location', async () => {
    const files = {
      'migrations/alembic.ini': '[alembic]\nscript_location = elsewhere\n',
      'migrations/env.py': '',
    }
    expect(await locate(files, { directory: 'migrations' })).toMatchObject({
      config: 'migrations/alembic.ini',
      flaskMigrate: true,
      scriptLocation: '/app/migrations',
      versionLocations: ['/app/migrations/versions'],
    })
    const found = await locate({
      ...files,
      'migrations/alembic.ini': '[alembic]\n',
      'pyproject.toml': '[broken',
    })
    expect(found).toMatchObject({ flaskMigrate: true, scriptLocation: '/app/migrations' })
  })

  test('the only plausible folder, with a note', async () => {
    const found = await locate({
      'src/db/env.py': '',
      'src/db/versions/a.py': '',
      'node_modules/x/env.py': '',
      'node_modules/x/versions/a.py': '',
    })
    expect(found).toMatchObject({ config: null, scriptLocation: '/app/src/db' })
    expect(found.remarks.join()).toContain('using src/db, the only folder')
  })

  test('--script-location and --version-location before the files', async () => {
    const options = { scriptLocation: 'alembic', versionLocations: ['v1', '/v2'] }
    const found = { scriptLocation: '/app/alembic', versionLocations: ['/app/v1', '/v2'] }
    expect(await locate(project, options)).toMatchObject({ ...found, config: null })
    expect(
      await locate(
        { ...project, 'alembic.ini': '[alembic]\nscript_location = x\nversion_locations = y z\n' },
        options,
      ),
    ).toMatchObject({ ...found, config: 'alembic.ini' })
  })
})

describe('nothing is chosen, and the way out is reported, if', () => {
  test('there is no configuration', async () => {
    const { kind, message, hint } = await refusal({ 'README.md': '' })
    expect([kind, message, JSON.stringify(hint)].join(' ')).toMatch(
      /usage no Alembic project found.*alembic\.ini.*--script-location/,
    )
  })

  test('an alembic.ini is in a subfolder', async () => {
    const below = { 'backend/alembic.ini': ini, 'backend/alembic/env.py': '' }
    expect(await refusal(below)).toMatchObject({ kind: 'usage', hint: 'use `cd backend`' })
    const here = {
      'backend/alembic.ini': '[alembic]\nscript_location = %(here)s/alembic\n',
      'backend/alembic/env.py': '',
    }
    expect(await refusal(here)).toMatchObject({ hint: 'use `-c backend/alembic.ini`' })
    const flask = { 'backend/migrations/alembic.ini': '[alembic]\n', 'backend/migrations/env.py': '' }
    expect(await refusal(flask)).toMatchObject({ hint: 'use `-d backend/migrations`' })
    const container = { 'api/db/alembic.ini': '[alembic]\nscript_location = /srv/db\n', 'api/db/env.py': '' }
    expect(await refusal(container)).toMatchObject({
      hint: 'use `-c api/db/alembic.ini --script-location api/db`',
    })
    const blank = { 'my app/alembic.ini': ini, 'my app/alembic/env.py': '' }
    expect(await refusal(blank)).toMatchObject({ hint: "use `cd 'my app'`" })
    expect((await refusal({ ...below, ...flask })).hint).toBe(
      'use one of: `cd backend`, `-d backend/migrations`',
    )
  })

  test('the project uses Flask-Alembic, which is configured in Python and needs no env.py', async () => {
    const files = { 'forum/migrations/script.py.mako': '', 'forum/migrations/2015_8ad9_init.py': '' }
    const location = '--script-location forum/migrations --version-location forum/migrations'
    const error = await refusal({ ...files, 'forum/migrations/__init__.py': '' })
    expect(error.message).toContain('forum/migrations contains migrations but no env.py')
    expect(error.hint).toContain(`use \`${location} --database-url= --allow-missing-url\``)
    const options = { scriptLocation: 'forum/migrations', versionLocations: ['forum/migrations'] }
    expect(await locate(files, options)).toMatchObject({ versionLocations: ['/app/forum/migrations'] })
    // A project template alone isn't a project.
    const template = { 'forum/migrations/script.py.mako': '', 'forum/migrations/__init__.py': '' }
    expect((await refusal(template)).message).toContain('no Alembic project found')
  })

  test('several folders match', async () => {
    const error = await refusal({
      'a/env.py': '',
      'a/versions/x.py': '',
      'b/env.py': '',
      'b/versions/x.py': '',
    })
    expect(error.message).toContain('a and b')
    expect(error.hint).toBe('use one of: `--script-location a`, `--script-location b`')
  })

  test("a file can't be read", async () => {
    const error = await refusal(
      { ...project, 'alembic.ini': ini },
      {},
      { unreadable: { 'alembic.ini': 'EACCES' } },
    )
    expect(error).toMatchObject({ kind: 'unavailable', message: "alembic.ini can't be read (EACCES)" })
  })
})

describe("Alembic's errors are reported in its words, with the file, the key and the fix", () => {
  const trap = `${ini}version_locations = v1\nversion_path_separator = os  # Use os.pathsep.\n`
  test.for([
    [`${ini}script_location = x\n`, 'alembic.ini: ', 'DuplicateOptionError', 'keep one'],
    [`${ini}[alembic]\n`, 'alembic.ini: ', 'DuplicateSectionError', 'merge'],
    ['script_location = x', 'alembic.ini: ', 'MissingSectionHeaderError', '[alembic]'],
    [trap, 'alembic.ini, version_locations: ', 'ValueError', 'a separate line'],
    [
      '[alembic]\nscript_location = 50%\n',
      'alembic.ini, script_location: ',
      'InterpolationSyntaxError',
      '%%',
    ],
    [
      '[alembic]\nscript_location = %(x)s\n',
      'alembic.ini, script_location: ',
      'InterpolationMissingOptionError',
      '%%',
    ],
    [
      '[alembic]\nscript_location = nowhere\n',
      'alembic.ini, script_location: ',
      'CommandError',
      '--script-location',
    ],
    [
      '[alembic]\nscript_location = nope:x\n',
      'alembic.ini, script_location: ',
      'ModuleNotFoundError',
      '--script-location',
    ],
    [
      `${ini}version_locations = nope:x\n`,
      'alembic.ini, version_locations: ',
      'ModuleNotFoundError',
      '--version-location',
    ],
    ['[alembic]\n', 'alembic.ini, script_location: ', 'CommandError', 'add script_location to alembic.ini'],
  ] as const)('%j', async ([text, where, type, mends]) => {
    const error = await refusal({ ...project, 'alembic.ini': text })
    expect(error).toBeInstanceOf(ConfigRefused)
    expect(error).toMatchObject({ kind: 'usage', error: { type } })
    expect(error.message.startsWith(`${where}Alembic fails with ${type}: `), error.message).toBe(true)
    expect(error.message).not.toContain('\n')
    expect(error.hint).toContain(mends)
  })

  test('an invalid pyproject.toml breaks a complete alembic.ini since 1.16', async () => {
    const files = { ...project, 'alembic.ini': ini, 'pyproject.toml': '[broken' }
    expect(await refusal(files)).toMatchObject({ error: { type: 'TOMLDecodeError' } })
    expect(await locate(files, { alembicVersion: '1.15.2' })).toMatchObject({ config: 'alembic.ini' })
  })

  test('a password is never printed', async () => {
    const secret = 'hunter2'
    const url = `postgresql://me:${secret}@db/app`
    for (const text of [
      `${url}\n`,
      `${ini}${url.replace(/[:=]/g, '')}\n`,
      `${ini}[post_write_hooks]\nx = %${secret}\n`,
      `[DEFAULT]\nurl = ${url}\n[alembic]\nscript_location = %(url)s%(nope)s\n`,
      `[DEFAULT]\nurl = ${url}\n[alembic]\nscript_location = %(url)s\n`,
    ]) {
      const error = await refusal({ ...project, 'alembic.ini': text })
      expect([error.message, JSON.stringify(error.hint), JSON.stringify(error)].join(), text).not.toContain(
        secret,
      )
    }
    const env = 'engine_from_config(config.get_section(config.config_ini_section))'
    const found = await locate({
      ...project,
      'alembic/env.py': env,
      'alembic.ini': `${ini}sqlalchemy.url = ${url}%x\n`,
    })
    expect(found.remarks.join()).toContain('sqlalchemy.url raises InterpolationSyntaxError')
    expect(found.remarks.join()).not.toContain(secret)
  })
})

describe('a package resource is found', () => {
  const packaged = { 'alembic.ini': '[alembic]\nscript_location = pk.db:mig/x\n' }
  const at = (prefix: string) => ({
    [`${prefix}pk/__init__.py`]: '',
    [`${prefix}pk/db/__init__.py`]: '',
    [`${prefix}pk/db/mig/x/env.py`]: '',
  })

  test('in the working directory, src and prepend_sys_path', async () => {
    expect(await locate({ ...packaged, ...at('') })).toMatchObject({ scriptLocation: '/app/pk/db/mig/x' })
    const inSrc = await locate({ ...packaged, ...at('src/') })
    expect(inSrc.scriptLocation).toBe('/app/src/pk/db/mig/x')
    expect(inSrc.remarks.join()).toContain('Alembic imports the installed copy')
    const prepended = { 'alembic.ini': `${packaged['alembic.ini']}prepend_sys_path = lib\n` }
    expect(await locate({ ...prepended, ...at('lib/') })).toMatchObject({
      scriptLocation: '/app/lib/pk/db/mig/x',
      remarks: [],
    })
  })

  test('above a working directory inside the package', async () => {
    const inside = { 'src/pk/db/alembic.ini': packaged['alembic.ini'], ...at('src/') }
    const tree = memoryTree({
      cwd: '/app/src/pk/db',
      files: Object.fromEntries(Object.entries(inside).map(([path, text]) => [`/app/${path}`, text])),
    })
    expect((await locateProject(tree)).scriptLocation).toBe('/app/src/pk/db/mig/x')
  })

  test('in every part of a namespace package', async () => {
    const parts = { 'pk/db/other/x.py': '', 'src/pk/db/mig/x/env.py': '' }
    expect(await locate({ ...packaged, ...parts })).toMatchObject({ scriptLocation: '/app/src/pk/db/mig/x' })
  })
})
