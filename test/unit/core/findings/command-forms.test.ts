/** Tests how rules print commands in different projects. */
import { expect, test } from 'vitest'
import {
  type CommandForms,
  commandText,
  hintText,
  plainForms,
  typedCommand,
  typedPage,
  typedRemedy,
} from '../../../../src/core/findings/command-forms.ts'
import { advice, command } from '../../../../src/core/findings/finding.ts'

const forms: CommandForms = {
  alembic: ['poetry', 'run', 'flask', 'db'],
  behindVerb: ['-d', 'my db'],
  assignment: 'DATABASE_URL="$STAGING_URL"',
  guard: ['npx', 'alembic-guard'],
  guardVerbs: new Map([['graph', ['heroku', 'alembic:graph']]]),
  guardOptions: new Map([
    [
      'placeholder',
      [
        ['-c', 'a.ini'],
        ['--after', 'x'],
      ],
    ],
  ]),
}

test.each([
  [
    ['alembic', 'stamp', 'abc'],
    ['poetry', 'run', 'flask', 'db', 'stamp', '-d', 'my db', 'abc'],
  ],
  [
    ['alembic-guard', 'placeholder', 'abc', '--write'],
    ['npx', 'alembic-guard', 'placeholder', 'abc', '--write', '-c', 'a.ini', '--after', 'x'],
  ],
  [
    ['alembic-guard', 'placeholder', 'abc', '--after', 'y'],
    ['npx', 'alembic-guard', 'placeholder', 'abc', '--after', 'y', '-c', 'a.ini'],
  ],
  [
    ['alembic-guard', 'recover'],
    ['npx', 'alembic-guard', 'recover'],
  ],
  [
    ['alembic-guard', 'graph', '--format', 'svg'],
    ['heroku', 'alembic:graph', '--format', 'svg'],
  ],
  [
    ['git', 'restore', 'x'],
    ['git', 'restore', 'x'],
  ],
])('%j', (argv, typed) => {
  expect(typedCommand(argv, forms)).toEqual(typed)
  expect(typedCommand(argv, plainForms)).toEqual(argv)
})

test('the URL of another variable precedes Alembic, and nothing else', () => {
  expect(commandText(['alembic', 'current'], forms)).toBe(
    `DATABASE_URL="$STAGING_URL" poetry run flask db current -d 'my db'`,
  )
  expect(typedRemedy(command('do', ['alembic', 'current'], 'nothing', 'likely'), forms)).toMatchObject({
    assignment: 'DATABASE_URL="$STAGING_URL"',
  })
  expect(typedRemedy(command('do', ['git', 'log'], 'nothing', 'likely'), forms)).not.toHaveProperty(
    'assignment',
  )
  expect(typedRemedy(advice('think'), forms)).toEqual(advice('think'))
})

test('a page replaces only the commands that the plugin has', () => {
  const page = 'The output of `alembic-guard graph --format json`; `alembic-guard run` in the Procfile.'
  expect(typedPage(page, forms)).toBe(
    'The output of `heroku alembic:graph --format json`; `alembic-guard run` in the Procfile.',
  )
  expect(typedPage(page, plainForms)).toBe(page)
})

test('a hint contains its command in the middle', () => {
  expect(hintText('wait', forms)).toBe('wait')
  expect(hintText({ before: 'run ', command: ['alembic-guard', 'check'], after: ' again' }, forms)).toBe(
    'run npx alembic-guard check again',
  )
})
