/**
 * Tests whether the guard can be sure that env.py passes no metadata. Without metadata, no naming convention changes
 * the names in migrations.
 */
import { describe, expect, test } from 'vitest'
import { passesNoMetadata } from '../../../../src/python/env/naming-convention.ts'
import { readEnvAtAGlance } from '../../../../src/python/env/scan-env.ts'

const template = (given: string, options: string): string =>
  `from alembic import context\n${given}\ndef run_migrations_online():\n    context.configure(connection=c, ${options})\n`

describe('names are final', () => {
  test.each([
    ['without metadata', '', 'render_as_batch=True'],
    [
      'in the template',
      '# target_metadata = mymodel.Base.metadata\ntarget_metadata = None',
      'target_metadata=target_metadata',
    ],
    ['with an annotation', 'target_metadata: MetaData | None = None', 'target_metadata=target_metadata,'],
    ['with a literal', '', 'target_metadata=None'],
    ['with a docstring', '"""Pass target_metadata = Base.metadata."""', 'compare_type=True'],
  ])('%s', (_, given, options) => {
    expect(passesNoMetadata(template(given, options))).toBe(true)
  })
})

describe('names may change', () => {
  test.each([
    ['with metadata', 'target_metadata = Base.metadata', 'target_metadata=target_metadata'],
    ['with metadata as an argument', '', 'target_metadata=Base.metadata'],
    [
      'with None under a condition',
      'target_metadata = None if x else Base.metadata',
      'target_metadata=target_metadata',
    ],
    [
      'with a second assignment',
      'target_metadata = None\ntarget_metadata = get()',
      'target_metadata=target_metadata',
    ],
    ['with metadata from a call', '', 'target_metadata=target_metadata()'],
    ['with metadata from another file', 'from models import *', 'compare_type=True'],
    ['with metadata as a list', 'target_metadata = [Base.metadata]', 'target_metadata=target_metadata'],
    ['with options that are unpacked', '', '**options'],
    ['with options in a dictionary', '', 'opts=options'],
    ['with a loop variable', 'for target_metadata in all:\n    pass', 'target_metadata=target_metadata'],
  ])('%s', (_, given, options) => {
    expect(passesNoMetadata(template(given, options))).toBe(false)
  })

  test('if another file configures Alembic', () => {
    expect(passesNoMetadata('from shop import run\nrun()\n')).toBe(false)
  })
})

test('a glance at env.py is enough', () => {
  const read = (options: string) =>
    readEnvAtAGlance(new TextEncoder().encode(template('', options)), 'env.py')
  expect(read('target_metadata=None')?.namesFinal).toBe(true)
  expect(read('target_metadata=metadata')).toMatchObject({ computed: [] })
  expect(read('target_metadata=metadata')?.namesFinal).toBeUndefined()
})
