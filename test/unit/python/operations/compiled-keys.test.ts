/** `@compiles(sa.ForeignKeyConstraint)` can change the names of foreign keys. The SQL is what Alembic 1.8 prints. */
import { expect, test } from 'vitest'
import type { Constraint, Operation } from '../../../../src/core/history/operation.ts'
import { noModules } from '../../../../src/python/interpreter/run.ts'
import { readUpgrade } from '../../../../src/python/operations/read-operations.ts'

const keys = [
  "    op.create_table('b', sa.Column('a_id', sa.Integer), sa.ForeignKeyConstraint(['a_id'], ['a.id'], name='fk_b'))",
  "    op.create_foreign_key('fk_c', 'b', 'a', ['a_id'], ['id'])",
  "    op.add_column('b', sa.Column('c_id', sa.Integer, sa.ForeignKey('a.id', name='fk_d')))",
]

function constraintsOf(step: Operation): readonly Constraint[] {
  if (step.kind === 'addConstraint') return [step.constraint]
  return step.kind === 'createTable' || step.kind === 'addColumn' ? step.constraints : []
}

/** Returns the name of each foreign key; `?` if the name may change. */
function namesWith(code: readonly string[]): readonly (string | null)[] {
  const head = ['import sqlalchemy as sa', 'from alembic import op', 'from sqlalchemy.ext import compiler']
  const source = [...head, ...code, '', 'def upgrade():', ...keys].join('\n')
  const read = readUpgrade(new TextEncoder().encode(source), 'a.py', 'postgresql', null, noModules)
  const found = read.kind === 'operations' ? read.operations.flatMap(constraintsOf) : []
  return found.map(({ name, unknownConvention }) => (unknownConvention ? '?' : name))
}

const decorator = "@compiler.compiles(sa.ForeignKeyConstraint, 'postgresql')"
const nameless = [
  'def process(element, compiler, **kw):',
  '    element.name = None',
  '    return compiler.visit_foreign_key_constraint(element, **kw)',
]

test.each([
  ['no such code', [], ['fk_b', 'fk_c', 'fk_d']],
  // CREATE TABLE b (a_id INTEGER, FOREIGN KEY(a_id) REFERENCES a (id));
  // ALTER TABLE b ADD FOREIGN KEY(a_id) REFERENCES a (id);
  ['code that removes the name', [decorator, ...nameless], [null, null, null]],
  ['code for another database', ["@compiler.compiles(sa.ForeignKeyConstraint, 'sqlite')", ...nameless], ['fk_b', 'fk_c', 'fk_d']], // prettier-ignore
  [
    'code for every database',
    ['@compiler.compiles(sa.ForeignKeyConstraint)', ...nameless],
    [null, null, null],
  ],
  [
    'other code',
    [decorator, nameless[0] ?? '', "    element.name = 'x'", nameless[2] ?? ''],
    ['?', '?', '?'],
  ],
  ['code for another construct', [decorator.replace('ForeignKey', 'Unique'), ...nameless], ['fk_b', 'fk_c', 'fk_d']], // prettier-ignore
])('%s', (_, code, names) => {
  expect(namesWith(code)).toEqual(names)
})
