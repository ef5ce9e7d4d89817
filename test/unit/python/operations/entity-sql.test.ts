/** alembic_utils entities have the same effects as the SQL that alembic_utils executes for them. */
import { expect, test } from 'vitest'
import { readOperations } from '../../../../src/python/operations/read-operations.ts'

function steps(lines: readonly string[]): unknown {
  const head =
    'from alembic import op\nfrom alembic_utils.pg_function import PGFunction, PGTrigger, PGView\nfrom rt import definition\n'
  const source = `${head}def upgrade():\n${lines.map((line) => `    ${line}`).join('\n')}\n`
  const { upgrade } = readOperations(new TextEncoder().encode(source), 'a.py', 'postgresql')
  return upgrade.kind === 'operations'
    ? upgrade.operations.map((step) => ({ ...step, span: null }))
    : upgrade.reason
}

const body = 'RETURNS trigger AS $$ BEGIN NEW.made := now()::timestamp; RETURN NEW; END $$ LANGUAGE plpgsql'
const events = 'BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION touch()'

test.each([
  ['create', `PGFunction('public', 'touch()', '${body};')`, [`CREATE FUNCTION public.touch() ${body}`]],
  [
    'replace',
    `PGFunction(schema='public', signature='touch ()', definition='${body}')`,
    [`CREATE OR REPLACE FUNCTION public.touch() ${body}`],
  ],
  [
    'create',
    `PGFunction('public', 'touch()', ${JSON.stringify(body.replace('BEGIN', String.raw`BEGIN /* when\: */`))})`,
    [`CREATE FUNCTION public.touch() ${body.replace('BEGIN', 'BEGIN /* when: */')}`],
  ],
  [
    'create',
    `PGTrigger('public', 'set_made', '${events}', on_entity='public.posts')`,
    [`CREATE TRIGGER set_made ${events.replace('posts', 'public.posts')}`],
  ],
  [
    'replace',
    `PGTrigger('app', 'set_made', '${events}', 'app.posts')`,
    [
      'DROP TRIGGER IF EXISTS set_made ON app.posts',
      `CREATE TRIGGER set_made ${events.replace('posts', 'app.posts')}`,
    ],
  ],
  ['create', `PGView('public', 'recent', 'SELECT id FROM posts;')`, ['CREATE VIEW public.recent AS SELECT id FROM posts']], // prettier-ignore
])('%s_entity(%s)', (directive, entity, sql) => {
  expect(steps([`op.${directive}_entity(${entity})`])).toEqual(
    steps(sql.map((text) => `op.execute(${JSON.stringify(text)})`)),
  )
})

test.each([
  ['a name that needs quotes', `PGFunction('public', 'setMade()', '${body}')`],
  ['a definition that is only known at run time', `PGFunction('public', 'touch()', definition)`],
  ['an escape', `PGTrigger('public', 'set_made', r'${events.replace('ROW', String.raw`ROW WHEN (a = E"\n")`)}', 'posts')`], // prettier-ignore
  ['a replaced view', `PGView('public', 'recent', 'SELECT 1')`],
])('%s', (name, entity) => {
  const directive = name === 'a replaced view' ? 'replace_entity' : 'create_entity'
  const what = /PG([A-Z]\w+)/.exec(entity)?.[1]?.toLowerCase()
  expect(steps([`op.${directive}(${entity})`])).toEqual([{ kind: 'unrelated', what, span: null }])
})
