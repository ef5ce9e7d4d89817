/** Each task that `init` leaves to the user must name the file and say what to do. */
import { expect, test } from 'vitest'
import type { InitNote } from '../../../../src/core/release/init-heroku.ts'
import { initNote } from '../../../../src/report/phrases/init.ts'

test.each<[InitNote, readonly string[]]>([
  [{ kind: 'unclearUpgrade', line: 3 }, ['Procfile, line 3', 'alembic-guard run --']],
  [{ kind: 'noObject', path: 'app.json' }, ['app.json', 'left unchanged']],
  [{ kind: 'noList' }, ['app.json', 'buildpacks']],
  [{ kind: 'noDatabase' }, ['app.json', 'exit status 3']],
  [{ kind: 'devDependency' }, ['package.json', 'dependencies']],
  [{ kind: 'envWithoutUrl', path: 'migrations/env.py' }, ['migrations/env.py', 'DATABASE_URL']],
  [{ kind: 'addPackage', argv: ['uv', 'add', 'alembic-guard'] }, ['uv add alembic-guard']],
  [
    { kind: 'compiled', source: 'requirements.in', requirement: 'alembic-guard==1' },
    ['requirements.in', 'alembic-guard==1'],
  ],
  [{ kind: 'ownForm', path: 'package.json', keys: { a: 1 } }, ['package.json', '{"a":1}']],
])('%j', (note, parts) => {
  for (const part of parts) expect(initNote(note)).toContain(part)
})
