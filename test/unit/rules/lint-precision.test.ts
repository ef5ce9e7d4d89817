/** A rule may be enabled by default only if manual review found it to be precise. */
import { expect, test } from 'vitest'
import { exampleMigration } from '../../../src/rules/examples/example-migrations.ts'
import { chosenRules } from '../../../src/core/lint/run-lint.ts'
import { lintRules } from '../../../src/rules/lint/index.ts'
import { lintOf } from '../../support/lint-example.ts'

test.each(lintRules.map((rule) => [rule.code, rule] as const))(
  '%s is enabled only if at least nine of ten findings were correct',
  (_, { onByDefault, precision: { hits, read, right } }) => {
    expect(right).toBeLessThanOrEqual(read)
    expect(read).toBeLessThanOrEqual(hits)
    // A rule that is enabled by default needs at least 30 reviewed findings. If the rule has fewer findings, all of
    // them must be reviewed.
    if (onByDefault) {
      expect(read).toBeGreaterThanOrEqual(Math.min(hits, 30))
      expect(right).toBeGreaterThanOrEqual(0.9 * read)
    }
  },
)

test('a disabled rule runs if its code or name is requested', () => {
  const codes = (only: readonly string[], on: readonly string[]): readonly string[] =>
    chosenRules(lintRules, only, on).map(({ code }) => code)
  expect(codes([], [])).not.toContain('AG407')
  expect(codes([], ['AG407'])).toContain('AG407')
  expect(codes([], ['schema-not-checked'])).toContain('AG407')
  expect(codes(['ag407'], [])).toEqual(['AG407'])
})

test('AG426 reports a drop only on request, and a rename always', async () => {
  const of = async (
    up: string,
    only: readonly string[],
    on: readonly string[],
  ): Promise<readonly string[]> => {
    const files = {
      'a1.py': exampleMigration(
        'a1',
        null,
        ["op.create_table('users', sa.Column('id', sa.Integer()), sa.Column('name', sa.Text()))"],
        ["op.drop_table('users')"],
      ),
      'b2.py': exampleMigration('b2', 'a1', [up], ["raise NotImplementedError('no')"]),
    }
    const project = { 'app/report.py': "QUERY = 'SELECT name FROM users'\n" }
    const { findings } = await lintOf({ files, project }, chosenRules(lintRules, only, on))
    return findings.map(({ code }) => code)
  }
  const [drop, rename] = [
    "op.drop_column('users', 'name')",
    "op.alter_column('users', 'name', new_column_name='n')",
  ]
  expect(await of(drop, [], [])).not.toContain('AG426')
  expect(await of(drop, [], ['AG426'])).toContain('AG426')
  expect(await of(drop, ['drop-or-rename-in-use'], [])).toEqual(['AG426'])
  expect(await of(rename, [], [])).toContain('AG426')
})
