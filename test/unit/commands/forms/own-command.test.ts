/** Tests the upgrade command that `init` writes and `rehearse` runs. */
import { expect, test } from 'vitest'
import { memoryTree } from '../../../../src/adapters/files/memory-tree.ts'
import { locateProject } from '../../../../src/adapters/project/locate-project.ts'
import { upgradeWords } from '../../../../src/commands/forms/own-command.ts'

const flaskEnv = 'from flask import current_app\n'

test.each([
  [
    'plain Alembic',
    { 'alembic.ini': '[alembic]\nscript_location = migrations\n', 'migrations/env.py': '' },
    {},
    'head',
    'alembic upgrade head',
  ],
  [
    'another file and section',
    { 'etc/a.ini': '[shop]\nscript_location = migrations\n', 'migrations/env.py': '' },
    { config: ['etc/a.ini'], name: 'shop' },
    'abc',
    'alembic -c etc/a.ini -n shop upgrade abc',
  ],
  [
    'Flask-Migrate',
    { 'migrations/alembic.ini': '[alembic]\n', 'migrations/env.py': flaskEnv },
    {},
    'head',
    'flask db upgrade',
  ],
  [
    'Flask-Migrate in another folder',
    { 'db/alembic.ini': '[alembic]\n', 'db/env.py': flaskEnv },
    { directory: 'db' },
    'abc',
    'flask db upgrade -d db abc',
  ],
])('%s', async (_name, files, options, target, words) => {
  const tree = memoryTree({ files })
  expect(upgradeWords(tree, await locateProject(tree, options), target).join(' ')).toBe(words)
})
