import { expect, test } from 'vitest'
import { isPlainDefault } from '../../../../src/core/dry-run/objects/plain-defaults.ts'

test.each(["now() AT TIME ZONE 'utc'", "(now() AT TIME ZONE 'utc'::text)", "timezone('utc'::text, now())"])(
  '%s is a time, not a number',
  (text) => {
    expect(isPlainDefault('timestamp without time zone', text)).toBe(true)
    expect(isPlainDefault('integer', text)).toBe(false)
  },
)
