/** Compares our formatting of driver values with Python's own output. */
import { execFileSync, spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pythonBytes, pythonFloat } from '../../src/adapters/database/driver-values.ts'
import { missing } from '../support/postgres.ts'

const python = spawnSync('python3', ['--version']).status === 0 || missing('python3', 'not on the PATH')

test.skipIf(!python)('floats and bytes are printed as in Python', () => {
  const floats = fc.sample(fc.double({ noNaN: true }), 300)
  const bytes = fc.sample(fc.uint8Array({ maxLength: 12 }), 300)
  const script =
    'import json,sys\nfor v in json.load(sys.stdin): print(json.dumps(repr(bytes.fromhex(v[1:])) if v[0]=="x" else repr(float(v[1:]))))'
  const input = [
    ...floats.map((value) => `f${value}`),
    ...bytes.map((value) => `x${Buffer.from(value).toString('hex')}`),
  ]
  const output = execFileSync('python3', ['-c', script], { input: JSON.stringify(input), encoding: 'utf8' })
  const expected: string[] = output
    .trim()
    .split('\n')
    .map((line) => String(JSON.parse(line)))
  // `${-0}` is "0" in JavaScript. The unit test covers negative zero.
  expect([...floats.map((value) => pythonFloat(value === 0 ? 0 : value)), ...bytes.map(pythonBytes)]).toEqual(
    expected,
  )
})
