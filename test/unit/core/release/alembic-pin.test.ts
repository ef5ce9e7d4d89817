import { describe, expect, test } from 'vitest'
import { formatAlembicVersion, newestKnownVersion } from '../../../../src/core/history/alembic-version.ts'
import {
  knownReleases,
  parsePackageTables,
  parsePipfileLock,
  parseRequirement,
  parseRequirements,
  pinInPyproject,
  type Pin,
} from '../../../../src/core/release/alembic-pin.ts'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { readAssumedAlembic } from '../../../../src/adapters/project/detect-alembic-version.ts'
import { GuardError } from '../../../../src/errors.ts'

const newest = formatAlembicVersion(newestKnownVersion)
const shown = (pin: Pin | null) =>
  pin ? `${formatAlembicVersion(pin.version)}${pin.exact ? '' : ' at most'}` : null

test('the known releases end with the newest known one', () => {
  expect(knownReleases.at(-1)).toEqual(newestKnownVersion)
})

test.for([
  ['alembic==1.13.3', '1.13.3'],
  ['Alembic == 1.13', '1.13.0'],
  ['alembic===1.13.3', '1.13.3'],
  ['alembic[tz]==1.13.3 ; python_version > "3.8"', '1.13.3'],
  ['alembic==1.13.3 --hash=sha256:abc', '1.13.3'],
  ['alembic (==1.4.2)', '1.4.2'],
  ['alembic~=1.13.1', '1.13.3 at most'],
  ['alembic~=1.13', `${newest} at most`],
  ['alembic>=1.7,<1.9', '1.8.1 at most'],
  ['alembic>=1.7,!=1.8.*,<1.9', '1.7.7 at most'],
  ['alembic==1.16.*', '1.16.5 at most'],
  ['alembic<=1.10', '1.10.0 at most'],
  ['alembic>1.7', `${newest} at most`],
  ['alembic @ https://example.org/alembic-1.11.1-py3-none-any.whl', '1.11.1'],
  ['alembic @ git+https://github.com/sqlalchemy/alembic@rel_1_12_0', '1.12.0'],
  ['alembic', null],
  ['alembic>=7', null],
  ['alembic-utils==0.8.1', null],
  ['sqlalchemy==2.0.1', null],
  ['', null],
] as const)('%j means %s', ([requirement, version]) => {
  expect(shown(parseRequirement(requirement))).toBe(version)
})

test('a requirements file can contain continuation lines, comments and includes', () => {
  const text =
    '# alembic==1.0\n-r base.txt\n--constraint=../c.txt # x\nalembic==1.9.4 \\\n    --hash=sha256:0\n-e .\n'
  const { pin, includes } = parseRequirements(text)
  expect([shown(pin), includes]).toEqual(['1.9.4', ['base.txt', '../c.txt']])
})

test('lock files specify one release', () => {
  const lock =
    '[[package]]\nname = "other"\nversion = "9"\n\n[[package]]\nname = "alembic"\nversion = "1.13.1"\n[package.extras]\n'
  expect(shown(parsePackageTables(lock))).toBe('1.13.1')
  expect(shown(parsePipfileLock('{"default": {"alembic": {"version": "==1.8.1"}}}'))).toBe('1.8.1')
  expect(parsePipfileLock('not json')).toBeNull()
})

test('pyproject.toml: dependencies, groups, Poetry', () => {
  expect(shown(pinInPyproject({ project: { dependencies: ['x', 'alembic<1.10'] } }))).toBe('1.9.4 at most')
  expect(
    shown(pinInPyproject({ 'dependency-groups': { dev: [{ 'include-group': 'a' }, 'alembic==1.2.3'] } })),
  ).toBe('1.2.3')
  expect(shown(pinInPyproject({ tool: { poetry: { dependencies: { alembic: '^1.13' } } } }))).toBe(
    `${newest} at most`,
  )
  expect(
    shown(
      pinInPyproject({
        tool: { poetry: { group: { a: { dependencies: { alembic: { version: '~1.8' } } } } } },
      }),
    ),
  ).toBe('1.8.1 at most')
  expect(pinInPyproject({})).toBeNull()
})

describe('the assumed version', () => {
  const assumed = async (files: Record<string, string>, folders = ['/app'], option: string | null = null) => {
    const { version, source } = await readAssumedAlembic(memoryTree({ cwd: '/app', files }), folders, option)
    return [formatAlembicVersion(version), source]
  }

  test("is the option's, whatever is pinned", async () => {
    expect(await assumed({ 'requirements.txt': 'alembic==1.8.1' }, ['/app'], '1.13')).toEqual([
      '1.13.0',
      '--alembic-version',
    ])
    await expect(assumed({}, ['/app'], 'latest')).rejects.toThrow(GuardError)
  })

  test('is the newest known one if nothing pins it', async () => {
    expect(await assumed({})).toEqual([newest, null])
    expect(await assumed({ 'pyproject.toml': '[broken alembic' })).toEqual([newest, null])
  })

  test('is an exact pin rather than a range', async () => {
    const files = {
      'requirements.txt': 'alembic>=1.7\n-c constraints/all.txt\n',
      'constraints/all.txt': 'alembic==1.11.1',
    }
    expect(await assumed(files)).toEqual(['1.11.1', 'requirements.txt'])
    expect(
      await assumed({
        'requirements.txt': 'alembic>=1.7,<1.9',
        'uv.lock': '[[package]]\nname = "alembic"\nversion = "1.8.0"\n',
      }),
    ).toEqual(['1.8.0', 'uv.lock'])
    expect(await assumed({ 'requirements.txt': 'alembic<1.9' })).toEqual(['1.8.1', 'requirements.txt'])
  })

  test("is the release's, not the developers'", async () => {
    const files = { 'requirements/dev.txt': 'alembic==1.4.0', 'requirements/prod.txt': 'alembic==1.13.0' }
    expect(await assumed(files)).toEqual(['1.13.0', 'requirements/prod.txt'])
  })

  test('is found next to the configuration', async () => {
    expect(
      await assumed({ 'backend/poetry.lock': '[[package]]\nname = "alembic"\nversion = "1.10.2"\n' }, [
        '/app',
        '/app/backend',
      ]),
    ).toEqual(['1.10.2', 'backend/poetry.lock'])
  })

  test('is found despite files that include each other', async () => {
    expect(
      await assumed({ 'requirements.txt': '-r b.txt', 'b.txt': '-r requirements.txt\nalembic==1.5.8' }),
    ).toEqual(['1.5.8', 'requirements.txt'])
  })
})
