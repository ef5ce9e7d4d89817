/**
 * Tests each cause of "Can't locate revision" in a real git repository. Alembic must be able to upgrade once
 * the remedy is applied.
 */
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderWith, guard } from '../support/guard.ts'
import { type GitProject, canRun, gitProject, projectIn, step } from '../support/git-project.ts'
import { startOwnPostgres } from '../support/postgres.ts'

if (!canRun && process.env['CI']) throw new Error('git and Python with Alembic are needed here')
if (!canRun) console.warn('SKIPPED: git or Python with Alembic is missing')

const server = await startOwnPostgres({})
afterAll(() => server?.stop())

const versions = 'migrations/versions'
const lost = 'guest_lockout_001'

interface Case {
  readonly name: string
  /** Creates a checkout where Alembic can't find `revision`. */
  readonly make: () => GitProject
  /** The lost revision; `guest_lockout_001` by default. */
  readonly revision?: string
  readonly kind: string
  /** Strings that the output must contain. */
  readonly says?: readonly string[]
  /** Number of the suggested remedy to apply, or a function that performs manual steps. */
  readonly cure: number | ((project: GitProject, remedies: readonly Remedy[]) => void)
  /** The version table's rows after the upgrade. */
  readonly rows: readonly string[]
}

interface Remedy {
  readonly title: string
  readonly argv: readonly string[] | null
}

interface Answer {
  readonly revisions: readonly {
    readonly provenances: readonly {
      readonly kind: string
      readonly message: string
      readonly remedies: readonly Remedy[]
    }[]
  }[]
  readonly lacks: readonly string[]
}

function addLost(project: GitProject, path = `${versions}/${lost}.py`): void {
  project.write(path, step(lost, 'reservations_002'))
}

/** Creates a project whose lost migration is committed and has run. */
function withLost(project: GitProject = gitProject()): GitProject {
  addLost(project)
  project.commit('Lock guests out')
  project.alembic('upgrade', 'head')
  return project
}

/** Creates a project whose old migrations were squashed into a new migration. */
function begunAnew(): GitProject {
  const project = withLost()
  project.git('rm', '-q', '-r', versions)
  project.write(
    `${versions}/everything_001.py`,
    step('everything_001', null, 'base_001').replace(
      /(    op\.create_table\('base_001'.*\n)/,
      (line) => line + line.replace('base_001', 'reservations_002') + line.replace('base_001', lost),
    ),
  )
  project.commit('Begin anew')
  return project
}

const cases: readonly Case[] = [
  {
    name: 'the file was deleted after it was applied',
    make() {
      const project = withLost()
      project.remove(`${versions}/${lost}.py`)
      project.commit('No lockout after all')
      return project
    },
    kind: 'deleted',
    says: ['No lockout after all', 'Ann Ode'],
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the file was deleted and the history continued from its parent',
    make() {
      const project = withLost()
      project.remove(`${versions}/${lost}.py`)
      project.commit('No lockout after all')
      project.write(`${versions}/menu_003.py`, step('menu_003', 'reservations_002'))
      project.commit('Menu')
      return project
    },
    kind: 'deleted',
    cure: 0,
    rows: ['menu_003'],
  },
  {
    name: 'two consecutive files were deleted',
    make() {
      const project = withLost()
      project.write(`${versions}/unlock_002.py`, step('unlock_002', lost))
      project.commit('Unlock')
      project.alembic('upgrade', 'head')
      project.remove(`${versions}/${lost}.py`)
      project.remove(`${versions}/unlock_002.py`)
      project.commit('Neither')
      return project
    },
    revision: 'unlock_002',
    kind: 'deleted',
    says: ['together with 1 other migration'],
    cure: 0,
    rows: ['unlock_002'],
  },
  {
    name: 'the file was deleted from the middle, and its child now follows its parent',
    make() {
      const project = withLost()
      project.write(`${versions}/menu_003.py`, step('menu_003', lost))
      project.commit('Menu')
      project.remove(`${versions}/${lost}.py`)
      project.write(`${versions}/menu_003.py`, step('menu_003', 'reservations_002'))
      project.commit('Squash')
      return project
    },
    kind: 'deleted',
    cure: 0,
    rows: ['menu_003'],
  },
  {
    name: 'a merge commit removed the file',
    make() {
      const project = withLost()
      project.git('switch', '-q', '-c', 'side', 'HEAD~1')
      project.write('README', 'side')
      project.commit('Side')
      project.git('switch', '-q', 'main')
      project.write('NEWS', 'main')
      project.commit('News')
      project.git('merge', '-q', '--no-commit', '--no-ff', 'side')
      project.remove(`${versions}/${lost}.py`)
      project.commit('Merge side, without the lockout')
      return project
    },
    kind: 'deleted',
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the folder was renamed later',
    make() {
      const project = withLost()
      project.remove(`${versions}/${lost}.py`)
      project.commit('No lockout after all')
      project.git('mv', 'migrations', 'schema')
      project.write('alembic.ini', '[alembic]\nscript_location = %(here)s/schema\n')
      project.commit('Rename')
      return project
    },
    kind: 'deleted',
    cure: 0,
    rows: [lost],
  },
  {
    name: "the file was moved to a folder that Alembic doesn't search",
    make() {
      const project = withLost()
      project.write('migrations/deprecated/README', 'old')
      project.git('mv', `${versions}/${lost}.py`, `migrations/deprecated/${lost}.py`)
      project.commit('Tidy up')
      return project
    },
    kind: 'moved',
    says: ['Tidy up'],
    cure: 0,
    rows: [lost],
  },
  {
    name: 'its id was edited in place',
    make() {
      const project = withLost()
      project.write(`${versions}/${lost}.py`, step('lockout_003', 'reservations_002', lost))
      project.commit('Nicer id')
      return project
    },
    kind: 'renamed',
    says: ['lockout_003'],
    cure: 0,
    rows: ['lockout_003'],
  },
  {
    name: 'its operations are in another file under another id',
    make() {
      const project = withLost()
      project.remove(`${versions}/${lost}.py`)
      project.commit('Away')
      project.write(`${versions}/b7.py`, step('lockout_003', 'reservations_002', lost))
      project.commit('Generated again')
      return project
    },
    kind: 'renamed',
    says: ['lockout_003'],
    cure: 0,
    rows: ['lockout_003'],
  },
  {
    name: 'an unmerged branch ran it',
    make() {
      const project = gitProject()
      project.git('switch', '-q', '-c', 'lockout')
      withLost(project)
      project.git('switch', '-q', 'main')
      project.write('README', 'more')
      project.commit('Main goes on')
      return project
    },
    kind: 'branch',
    says: ['lockout', "isn't merged"],
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the same, squash-merged',
    make() {
      const project = gitProject()
      project.git('switch', '-q', '-c', 'lockout')
      withLost(project)
      project.git('switch', '-q', 'main')
      project.write('README', 'more')
      project.commit('Main goes on')
      return project
    },
    kind: 'branch',
    cure: (project) => project.run(['git', 'cherry-pick', 'lockout']),
    rows: [lost],
  },
  {
    name: 'an unmerged branch ran it, and main has a new migration',
    make() {
      const project = gitProject()
      project.git('switch', '-q', '-c', 'lockout')
      withLost(project)
      project.git('switch', '-q', 'main')
      project.write(`${versions}/menu_003.py`, step('menu_003', 'reservations_002'))
      project.commit('Menu')
      return project
    },
    kind: 'branch',
    cure: 0,
    rows: ['menu_003'],
  },
  {
    name: 'the branch was squashed and deleted, and only the reflog has its first commit',
    make() {
      const project = gitProject()
      project.git('switch', '-q', '-c', 'lockout')
      withLost(project)
      project.remove(`${versions}/${lost}.py`)
      project.write(`${versions}/menu_003.py`, step('menu_003', 'reservations_002'))
      project.commit('Menu instead')
      project.git('switch', '-q', 'main')
      project.git('merge', '-q', '--squash', 'lockout')
      project.commit('Menu (squashed)')
      project.git('branch', '-q', '-D', 'lockout')
      return project
    },
    kind: 'branch',
    says: ['reflog'],
    cure: 0,
    rows: ['menu_003'],
  },
  {
    name: 'no ref and no reflog leads to its commit anymore',
    make() {
      const project = gitProject()
      project.git('switch', '-q', '-c', 'lockout')
      withLost(project)
      project.git('switch', '-q', 'main')
      project.git('branch', '-q', '-D', 'lockout')
      project.git('reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all')
      return project
    },
    kind: 'branch',
    says: ["that isn't on any branch"],
    cure: 0,
    rows: [lost],
  },
  {
    name: 'it is in a stash, never committed',
    make() {
      const project = gitProject()
      addLost(project)
      project.alembic('upgrade', 'head')
      project.git('stash', 'push', '-q', '--include-untracked')
      return project
    },
    kind: 'branch',
    says: ['stash@{0}'],
    cure: 0,
    rows: [lost],
  },
  {
    name: 'this checkout is older than the database, and is updated',
    make() {
      const project = withLost()
      project.git('switch', '-q', '--detach', 'HEAD~1')
      return project
    },
    kind: 'ahead',
    says: ['main', 'by 1 revision'],
    cure: 0,
    rows: [lost],
  },
  {
    name: 'this checkout is older, and the database is downgraded from the newer one',
    make() {
      const project = withLost()
      project.git('switch', '-q', '--detach', 'HEAD~1')
      return project
    },
    kind: 'ahead',
    cure(project) {
      const newer = `${project.folder}-newer`
      project.git('worktree', 'add', '-q', newer, 'main')
      projectIn(newer, newer, join(project.folder, 'app.db')).alembic('downgrade', 'reservations_002')
      project.git('worktree', 'remove', '--force', newer)
    },
    rows: ['reservations_002'],
  },
  {
    name: 'another project of this repository has the row',
    make() {
      const project = gitProject()
      const other = projectIn(project.top, join(project.top, 'billing'), join(project.folder, 'app.db'))
      other.write('alembic.ini', '[alembic]\nscript_location = %(here)s/billing_migrations\n')
      other.write(
        'billing_migrations/env.py',
        "from alembic import context\nfrom sqlalchemy import create_engine\nimport os\nwith create_engine(os.environ['DATABASE_URL']).connect() as c:\n    context.configure(connection=c)\n    with context.begin_transaction():\n        context.run_migrations()\n",
      )
      other.write('billing_migrations/versions/invoices.py', step(lost, null))
      project.commit('Billing')
      other.alembic('upgrade', 'head')
      return project
    },
    kind: 'foreign',
    says: ['billing/billing_migrations', 'app.db is the right database for this code.'],
    cure(project) {
      const env = project.git('show', 'HEAD:migrations/env.py')
      project.write(
        'migrations/env.py',
        env.replace('connection=connection', "connection=connection, version_table='shop_version'"),
      )
    },
    rows: [lost],
  },
  {
    name: 'the file is committed and missing from the working tree',
    make() {
      const project = withLost()
      project.remove(`${versions}/${lost}.py`)
      return project
    },
    kind: 'shipped-not',
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the file is committed outside the version locations',
    make() {
      const project = gitProject()
      addLost(project, `migrations/extra/${lost}.py`)
      project.commit('Extra')
      project.alembic('-c', 'alembic.ini', 'upgrade', 'head')
      project.write(
        'wide.ini',
        `[alembic]\nscript_location = %(here)s/migrations\nversion_locations = %(here)s/${versions} %(here)s/migrations/extra\n`,
      )
      project.alembic('-c', 'wide.ini', 'upgrade', 'head')
      return project
    },
    kind: 'shipped-not',
    says: ["isn't a version location"],
    cure(project) {
      project.git('mv', `migrations/extra/${lost}.py`, `${versions}/${lost}.py`)
    },
    rows: [lost],
  },
  {
    name: 'the row differs from an id only by case',
    make() {
      const project = gitProject()
      project.alembic('upgrade', 'head')
      project.write(
        `${versions}/reservations_002.py`,
        step('RESERVATIONS_002', 'base_001', 'reservations_002'),
      )
      return project
    },
    revision: 'reservations_002',
    kind: 'near-miss',
    says: ['RESERVATIONS_002'],
    cure: 0,
    rows: ['RESERVATIONS_002'],
  },
  {
    name: 'it was never committed',
    make() {
      const project = gitProject()
      addLost(project)
      project.alembic('upgrade', 'head')
      project.remove(`${versions}/${lost}.py`)
      return project
    },
    kind: 'never-here',
    says: ['right database', 'app.db', 'alembic-guard placeholder guest_lockout_001'],
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the history was restarted, and a placeholder is placed according to the schema',
    make: begunAnew,
    kind: 'deleted',
    says: ['the history was restarted', 'Begin anew'],
    cure: 2,
    rows: [lost],
  },
  {
    name: 'the history was restarted, and the database gets the new id',
    make: begunAnew,
    kind: 'deleted',
    cure: 0,
    rows: ['everything_001'],
  },
  {
    name: 'the history was restarted by mistake',
    make: begunAnew,
    kind: 'deleted',
    says: ['restarted by mistake'],
    cure: (project) => project.run(['git', 'restore', '--source=HEAD~1', '--', versions]),
    rows: [lost],
  },
  {
    name: 'the history was restarted and continued',
    make() {
      const project = begunAnew()
      project.write(`${versions}/menu_002.py`, step('menu_002', 'everything_001'))
      project.commit('Menu')
      return project
    },
    kind: 'deleted',
    cure: 0,
    rows: ['menu_002'],
  },
  {
    name: 'paths contain spaces and non-ASCII letters',
    make() {
      const project = gitProject({ below: 'mein Café' })
      const path = `${versions}/Gäste sperren ü.py`
      addLost(project, path)
      project.commit('Gäste')
      project.alembic('upgrade', 'head')
      project.remove(path)
      project.commit('Doch nicht')
      return project
    },
    kind: 'deleted',
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the repository uses SHA-256',
    make() {
      const project = withLost(gitProject({ init: ['--object-format=sha256'] }))
      project.remove(`${versions}/${lost}.py`)
      project.commit('No lockout after all')
      return project
    },
    kind: 'deleted',
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the checkout is a worktree',
    make() {
      const main = withLost()
      main.remove(`${versions}/${lost}.py`)
      main.commit('No lockout after all')
      const folder = join(folderWith({}), 'tree')
      main.git('worktree', 'add', '-q', '-b', 'other', folder)
      return projectIn(folder, folder, join(main.folder, 'app.db'))
    },
    kind: 'deleted',
    cure: 0,
    rows: [lost],
  },
  {
    name: 'the migrations are in a submodule',
    make() {
      const inner = gitProject()
      const outer = projectIn(folderWith({}), folderWith({}))
      outer.git('init', '-q', '-b', 'main')
      outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.folder, 'shop')
      outer.write('alembic.ini', '[alembic]\nscript_location = %(here)s/shop/migrations\n')
      outer.write('.gitignore', 'app.db\n')
      outer.write(`shop/${versions}/${lost}.py`, step(lost, 'reservations_002'))
      outer.git('-C', 'shop', 'add', '-A')
      outer.git('-C', 'shop', 'commit', '-q', '-m', 'Lock out')
      outer.alembic('upgrade', 'head')
      outer.git('-C', 'shop', 'rm', '-q', `${versions}/${lost}.py`)
      outer.git('-C', 'shop', 'commit', '-q', '-m', 'No lockout')
      outer.commit('Everything')
      return outer
    },
    kind: 'deleted',
    cure: 0,
    rows: [lost],
  },
]

describe.skipIf(!canRun)('explain reports the cause, and its remedy works', () => {
  test.each(cases.map((one) => [one.name, one] as const))(
    '%s',
    (_, { make, revision = lost, kind, says = [], cure, rows }) => {
      const project = make()
      const before = project.tryAlembic('upgrade', 'head')
      expect(before.stdout + before.stderr).toContain(`Can't locate revision identified by '${revision}'`)
      const refs = project.git('for-each-ref')
      const status = project.git('status', '--porcelain')

      const human = project.guard('explain', revision)
      const { stdout, stderr, status: code } = project.guard('explain', revision, '--format', 'json')
      expect([code, stderr]).toEqual([0, ''])
      const answer = JSON.parse(stdout) as Answer
      const [first] = answer.revisions[0]?.provenances ?? []
      expect(first?.kind).toBe(kind)
      const words = human.stdout.replace(/\s+/g, ' ')
      for (const text of says) expect(words).toContain(text)
      for (const line of human.stdout.split('\n')) {
        if (!/^\s+(?:git|alembic|alembic-guard) /.test(line))
          expect(line).toMatch(/^.{0,80}$|^\s+\S+$|\S{40}/)
      }
      expect(project.git('for-each-ref')).toBe(refs)
      expect(project.git('status', '--porcelain')).toBe(status)

      const checked = project.guard('check')
      expect([checked.status, checked.stderr]).toEqual([1, ''])

      if (typeof cure === 'number') project.run(first?.remedies[cure]?.argv ?? [])
      else cure(project, first?.remedies ?? [])
      const after = project.tryAlembic('upgrade', 'head')
      expect([after.status, after.stdout + after.stderr]).toEqual([0, expect.anything()])
      expect(project.rows()).toEqual(rows)
    },
  )
})

describe.skipIf(!canRun || server === null)('on a server', () => {
  test('the prompt for the right database contains its name and host', async () => {
    if (!server) return
    const database = await server.createDatabase(
      `CREATE TABLE alembic_version (version_num VARCHAR(32)); INSERT INTO alembic_version VALUES ('${lost}')`,
    )
    const project = gitProject()
    const url = `postgresql://postgres@127.0.0.1:${server.port}/${database.name}`
    const { stdout } = guard(project.folder, ['explain', lost], { DATABASE_URL: url })
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      `Check that ${database.name} on 127.0.0.1 is the right database for this code.`,
    )
    await database.drop()
  })
})
