/** Compares how the guard and Alembic parse random command lines. */
import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseWrappedCommand } from '../../src/core/release/wrapped-command.ts'
import { findPython } from '../support/judge.ts'
import { missing } from '../support/postgres.ts'

const python = findPython() ?? missing('Alembic', 'no Python can import it')

/**
 * Parses command lines with Alembic's `CommandLine`. The result is null if a line is invalid or runs a different
 * command.
 */
const script = `
import contextlib, io, json, sys
from alembic.config import CommandLine
answers = []
for words in json.load(sys.stdin):
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            options = CommandLine('alembic').parser.parse_args(words)
        verb = options.cmd[0].__name__ if hasattr(options, 'cmd') else None
        config = options.config if isinstance(options.config, list) else [options.config]
        answers.append(None if verb != 'upgrade' else {
            'target': options.revision, 'name': options.name, 'config': config[-1],
            'arguments': [x.split('=')[0] for x in options.x or []], 'offline': options.sql,
        })
    except SystemExit:
        answers.append(None)
json.dump(answers, sys.stdout)
`

/** Options in common styles, sometimes with one argument too many or too few. */
const before = fc.constantFrom(
  ...'-c a.ini|-cb.ini|-c=d.ini|--config e.ini|--config=c.ini|--conf f.ini|--name main|-n n|-nx|-x t=1|-xt=2|--raiseerr|-c|--'.split(
    '|',
  ),
)
const after = fc.constantFrom(
  ...'head|heads|+1|-1|abc|head|head|--sql|--tag x|--tag=y|--sq|--ta z|-c a.ini|--|-z'.split('|'),
)
const words = fc
  .tuple(
    fc.array(before, { maxLength: 3 }),
    fc.constantFrom('upgrade', 'upgrade', 'upgrade', 'downgrade'),
    fc.array(after, { maxLength: 3 }),
  )
  .map(([first, verb, rest]) => [...first, verb, ...rest].join(' ').split(' '))

describe.skipIf(!python)('the wrapped command line', () => {
  test('is interpreted as Alembic does', () => {
    const lines = fc.sample(words, { numRuns: 2000, seed: 20240229 })
    const { stdout, stderr } = spawnSync(python ?? '', ['-c', script], {
      input: JSON.stringify(lines),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    if (stdout === '') throw new Error(stderr)
    const answers: readonly (object | null)[] = JSON.parse(stdout)
    let understood = 0
    for (const [index, answer] of answers.entries()) {
      const line = lines[index] ?? []
      const { upgrade } = parseWrappedCommand(['alembic', ...line])
      // If Alembic rejects the arguments, nothing runs.
      if (!upgrade || !answer) continue
      understood += 1
      const { target, name, config, offline } = upgrade
      const ours = { target, name: name ?? 'alembic', config: config.at(-1) ?? 'alembic.ini', offline }
      expect({ ...ours, arguments: upgrade.arguments }, line.join(' ')).toEqual({
        ...answer,
        config: 'config' in answer ? (answer.config ?? 'alembic.ini') : null,
      })
    }
    const taken = answers.filter((answer) => answer !== null).length
    expect(understood).toBeGreaterThan(200)
    // The guard may fail to parse a few lines, which causes only a warning.
    expect(understood / taken).toBeGreaterThan(0.9)
  })
})
