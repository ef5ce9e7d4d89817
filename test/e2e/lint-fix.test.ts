/** Tests `lint --fix` with Alembic on PostgreSQL: upgrade, downgrade and upgrade again. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exampleMigration, firstTables } from '../../src/rules/examples/example-migrations.ts'
import { folderWith, guard, scaffold } from '../support/guard.ts'
import { lintRunning } from '../support/lint-run.ts'

const { found, run } = await lintRunning()

const dropKey = ["op.drop_constraint('fk', 'users', type_='foreignkey')"]
const dropCheck = ["op.drop_constraint('ck', 'users')"]
const createEnum = [
  "op.create_table('t', sa.Column('state', sa.Enum('a', name='state')))",
  "op.execute('SELECT 1')",
]

interface Case {
  readonly code: string
  readonly upgrade: readonly string[]
  readonly downgrade: readonly string[]
  /** Text that the fix must produce. */
  readonly writes: string
  /** Number of migration files after the fix. */
  readonly files?: number
  readonly first?: string
}

const cases: Readonly<Record<string, Case>> = {
  'a foreign key': {
    code: 'AG424',
    upgrade: ["op.create_foreign_key('fk', 'users', 'orgs', ['org_id'], ['id'])"],
    downgrade: dropKey,
    writes: `"ALTER TABLE \\"users\\" VALIDATE CONSTRAINT \\"fk\\""`,
    files: 3,
  },
  'a foreign key over several lines, with comments': {
    code: 'AG424',
    upgrade: [
      'op.create_foreign_key(',
      "    'fk', 'users', 'orgs',",
      "    ['org_id'],  # the owner",
      "    ['id']  # of the organisation",
      ')',
    ],
    downgrade: dropKey,
    writes: "['id'],\n        postgresql_not_valid=True  # of the organisation",
    files: 3,
  },
  'a check': {
    code: 'AG427',
    upgrade: ["op.create_check_constraint(op.f('ck'), 'users', 'id > 0')"],
    downgrade: dropCheck,
    writes: 'postgresql_not_valid=True',
    files: 3,
  },
  'a check in SQL': {
    code: 'AG427',
    upgrade: ["op.execute('ALTER TABLE users ADD CONSTRAINT ck CHECK (id > 0);')"],
    downgrade: dropCheck,
    writes: 'CHECK (id > 0) NOT VALID;',
    files: 3,
  },
  'a key in SQL over several lines': {
    code: 'AG424',
    upgrade: [
      'op.execute("""',
      '    ALTER TABLE users',
      '    ADD CONSTRAINT fk FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE',
      '""")',
    ],
    downgrade: dropKey,
    writes: 'ON DELETE CASCADE NOT VALID\n',
    files: 3,
  },
  'an index': {
    code: 'AG420',
    upgrade: ["op.create_index('ix', 'users', ['name'])"],
    downgrade: ["op.drop_index('ix', 'users')"],
    writes: 'postgresql_concurrently=True',
  },
  'a type that a downgrade with a return leaves behind': {
    code: 'AG403',
    upgrade: createEnum,
    downgrade: ["op.drop_table('t')", 'return'],
    writes: "sa.Enum(name='state').drop(op.get_bind(), checkfirst=True)\n    return\n",
  },
  'a value of an enum': {
    code: 'AG404',
    first: exampleMigration('a1', null, [`op.execute("CREATE TYPE state AS ENUM ('a')")`], ['pass']),
    upgrade: [`op.execute("ALTER TYPE state ADD VALUE 'b'")`],
    downgrade: ['pass'],
    writes: "ADD VALUE IF NOT EXISTS 'b'",
  },
}

function versionsOf(folder: string): Record<string, string> {
  const versions = join(folder, 'migrations/versions')
  const names = readdirSync(versions).filter((name) => name.endsWith('.py'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(versions, name), 'utf8')]))
}

describe.each(Object.entries(cases))('%s', (_, { code, upgrade, downgrade, writes, files = 2, first }) => {
  const b2 = exampleMigration('b2', 'a1', upgrade, downgrade)

  test.each([
    ['line feeds', b2],
    ['CRLF and a byte order mark', `\u{feff}${b2.replaceAll('\n', '\r\n')}`],
  ])('%s', async (__, text) => {
    const path = 'migrations/versions/b2.py'
    const folder = folderWith({
      ...scaffold,
      'migrations/versions/a1.py': first ?? firstTables,
      [path]: text,
    })
    const before = guard(folder, ['lint', path, '--rule', code])
    expect(before.stdout).toContain(`[${code}]`)
    const { stdout } = guard(folder, ['lint', path, '--rule', code, '--fix'])
    expect(stdout).toContain('Fixed 1 finding')
    expect(stdout).not.toContain(`[${code}]`)
    const after = versionsOf(folder)
    expect(Object.keys(after).length).toBe(files)
    const plain = Object.values(after).join('\n').replaceAll('\r\n', '\n').replaceAll('\u{feff}', '')
    expect(plain.replaceAll(`\\"`, '"')).toContain(writes.replaceAll(`\\"`, '"').replaceAll(/^"|"$/g, ''))
    const edited = after['b2.py'] ?? ''
    expect(edited.startsWith('\u{feff}')).toBe(text.startsWith('\u{feff}'))
    expect(edited.replaceAll('\r\n', '').includes('\n')).toBe(!text.includes('\r'))
    // The new migration must not cause any findings.
    const created = Object.keys(after).find((name) => !['a1.py', 'b2.py'].includes(name))
    if (created !== undefined) {
      const again = guard(folder, ['lint', `migrations/versions/${created}`])
      expect(again.stdout).toContain('SUCCESS')
    }
    if (!found) return
    const ran = await run({
      files: after,
      start: 'a1',
      upgrade: 'heads',
      downgrade: 'a1',
      again: 'heads',
    })
    expect(ran.error).toBe(null)
    if (files === 3) {
      const locks = ran.steps.map((step) => step.locks.map((lock) => lock.join(' ')))
      // ADD CONSTRAINT's lock must be released before the rows are validated.
      expect(locks[1]?.join()).not.toMatch(/users (?:AccessExclusive|ShareRowExclusive)Lock/)
    }
  })
})

describe('nothing is written', () => {
  const key = "op.create_foreign_key('fk', 'users', 'orgs', ['org_id'], ['id'])"
  const check = "op.create_check_constraint('ck', 'users', 'id > 0')"
  const fixed = (files: Readonly<Record<string, string>>): string =>
    guard(folderWith({ ...scaffold, 'migrations/versions/a1.py': firstTables, ...files }), [
      'lint',
      'migrations/versions/b2.py',
      '--rule',
      'AG424',
      '--rule',
      'AG427',
      '--fix',
    ]).stdout
  const b2 = (...lines: readonly string[]) => ({
    'migrations/versions/b2.py': exampleMigration('b2', 'a1', lines, ['pass']),
  })

  test.each([
    [
      'where another migration follows',
      {
        ...b2(key),
        'migrations/versions/c3.py': exampleMigration('c3', 'b2', ['pass'], ['pass']),
      },
    ],
    ['where the constraint goes again', b2(key, "op.drop_constraint('fk', 'users')")],
    [
      'where a naming convention may change the name',
      {
        ...b2(check),
        'models.py': "metadata = MetaData(naming_convention={'ck': 'ck_%(constraint_name)s'})\n",
      },
    ],
    ['under a condition', b2('if True:', `    ${key}`)],
    ['for several actions', b2("op.execute('ALTER TABLE users ADD CHECK (id > 0), ADD COLUMN x int')")],
    [
      'in a project that also runs on SQLite',
      { ...b2(key), 'pyproject.toml': "[tool.alembic-guard.lint]\ndialects = ['postgresql', 'sqlite']\n" },
    ],
  ])('%s', (_, files) => {
    expect(fixed(files)).toContain('None of the findings could be fixed safely.')
  })
})
