/** Tests modules that migrations import through their own package. */
import { expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { repositoryModules } from '../../../../src/adapters/project/repository-modules.ts'

const files = {
  'conf/alembic.ini': '[alembic]\nscript_location = lib/shop/db/migrations/alembic\n',
  'lib/shop/__init__.py': '',
  'lib/shop/prices.py': 'x = 1\n',
  'lib/shop/db/__init__.py': '',
  'lib/shop/db/models.py': 'x = 1\n',
  'lib/shop/db/migrations/__init__.py': '',
  'lib/shop/db/migrations/utils.py': 'x = 1\n',
  'lib/shop/db/migrations/alembic/env.py': '',
  'lib/shop/db/migrations/alembic/helpers.py': 'x = 1\n',
  'lib/shop/db/migrations/alembic/versions/a1.py': "revision = 'a1'\ndown_revision = None\n",
}

test("helpers next to the migrations are found by their package, the application isn't", async () => {
  const tree = memoryTree({ files })
  const { importPaths } = await locateProject(tree, { config: ['conf/alembic.ini'] })
  const modules = repositoryModules(tree, importPaths)
  expect(modules.find('shop.db.migrations.utils')?.path).toBe('lib/shop/db/migrations/utils.py')
  expect(modules.find('shop.db.migrations.alembic.helpers')?.path).toBe(
    'lib/shop/db/migrations/alembic/helpers.py',
  )
  for (const name of ['shop.prices', 'shop.db.models', 'shop']) expect(modules.find(name), name).toBeNull()
})

test("the code of a project is found in `src` next to the migrations' folder", async () => {
  const tree = memoryTree({
    files: {
      'conf/alembic.ini': '[alembic]\nscript_location = api/migrations\n',
      'api/migrations/env.py': '',
      'api/migrations/versions/a1.py': "revision = 'a1'\ndown_revision = None\n",
      'api/src/shop/__init__.py': '',
      'api/src/shop/views.py': 'x = 1\n',
    },
  })
  const { importPaths } = await locateProject(tree, { config: ['conf/alembic.ini'] })
  expect(repositoryModules(tree, importPaths).find('shop.views')?.path).toBe('api/src/shop/views.py')
})

const packaged = {
  '/work/shop/alembic.ini': '[alembic]\nscript_location = db/migrations\nprepend_sys_path = .\n',
  '/work/shop/db/migrations/env.py': '',
  '/work/shop/db/migrations/versions/a1.py': "revision = 'a1'\ndown_revision = None\n",
  '/work/shop/views.py': 'x = 1\n',
}

test.each([
  ['is found in the folder of its packaging file', { '/work/pyproject.toml': '' }, 'views.py'],
  ["isn't found outside of the repository", { '/work/setup.py': '', '/work/shop/.git': '' }, undefined],
  ["isn't found without a packaging file", {}, undefined],
])('a package of the project %s', async (_, more: Record<string, string>, path) => {
  const tree = memoryTree({ cwd: '/work/shop', files: { ...packaged, ...more } })
  const { importPaths } = await locateProject(tree, {})
  expect(repositoryModules(tree, importPaths).find('shop.views')?.path).toBe(path)
})
