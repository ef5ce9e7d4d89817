/** Tests modules that env.py imports from the project. */
import { expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { readProjectEnvironment } from '../../../../src/adapters/project/environment-use.ts'

function read(files: Readonly<Record<string, string>>, modules: readonly string[] = []) {
  const tree = memoryTree({ files, cwd: '/shop' })
  const { reads, sources } = readProjectEnvironment(tree, {
    envPath: 'migrations/env.py',
    scriptLocation: 'migrations',
    modules,
  })
  return {
    names: reads.map(({ name }) => name).sort(),
    sources: sources.map(({ path, line }) => `${path}:${line}`),
  }
}

test('finds modules, packages, relative imports and module names in calls', () => {
  const { names, sources } = read({
    'migrations/env.py': 'from shop.config import settings\nimport lib.tools\nimport os\nos.environ["A"]',
    'shop/__init__.py': 'import os\nos.environ["B"]',
    'shop/config.py': 'from . import other\nfrom .deep.place import x\nos.environ["C"]',
    'shop/other.py': 'import_module("named")\nos.environ["D"]',
    'shop/deep/place.py': 'from ..config import y\nos.environ["E"]\nu = "postgresql://app@db/x"',
    'src/lib/tools.py': 'os.environ["F"]',
    'named.py': 'os.environ["G"]',
    'unrelated.py': 'os.environ["NO"]',
  })
  expect(names).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G'])
  expect(sources).toEqual(['shop/deep/place.py:3'])
})

test('finds modules that Flask loads, and names in .env files', () => {
  const { names } = read(
    {
      'migrations/env.py': '',
      'app.py': 'os.environ["A"]',
      '.env': '# X=1\nDB_HOST=localhost\nexport DB_PORT=1\n',
      '.flaskenv': 'FLASK_APP=app',
    },
    ['app'],
  )
  expect(names).toEqual(['A', 'DB_HOST', 'DB_PORT', 'FLASK_APP'])
})
