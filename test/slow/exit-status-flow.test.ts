/**
 * Tests whether the guard detects commands that hide a failed upgrade. Compares its conclusions with real
 * shells.
 */
import { expect, test } from 'vitest'
import * as fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { parseShell } from '../../src/core/release/parse-shell.ts'
import { type Role, exitStatusFlow } from '../../src/core/release/exit-status-flow.ts'

const roles: Readonly<Record<string, Role>> = { u: 'upgrade' }

function hidesFailure(text: string): boolean {
  const parsed = parseShell(text)
  if (parsed.kind === 'unknown') throw new Error(text)
  return exitStatusFlow(parsed.list, ({ words }) => roles[words[0]?.text ?? ''] ?? 'other').hidesFailure
}

test.each(['sh', 'bash'])(
  '%s agrees: a failed upgrade is hidden exactly if some outcome of the rest hides it',
  (program) => {
    const simple = fc.constantFrom('u', 'o1', 'o2', 'true', 'false', 'exit 1', 'exit 0')
    const { list } = fc.letrec<{ list: string; command: string }>((tie) => ({
      command: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { weight: 6, arbitrary: simple },
        { weight: 1, arbitrary: tie('list').map((inner) => `( ${inner} )`) },
        { weight: 1, arbitrary: tie('list').map((inner) => `{ ${inner}; }`) },
      ),
      list: fc
        .tuple(
          fc.constantFrom('', '', 'set -e; '),
          tie('command'),
          fc.array(fc.tuple(fc.constantFrom('&&', '||', ';', '|'), tie('command')), { maxLength: 3 }),
        )
        .map(([head, first, rest]) => head + [first, ...rest.map(([op, next]) => `${op} ${next}`)].join(' ')),
    }))
    const shell = execFileSync('sh', ['-c', `readlink -f /bin/${program}`], { encoding: 'utf8' })
    fc.assert(
      fc.property(list, (text) => {
        // The parts of a pipeline run in parallel, so skip pipelines that contain several upgrades.
        fc.pre(!(text.includes('|') && (text.match(/\bu\b/g) ?? []).length > 1 && / \| /.test(text)))
        // Prints the exit statuses of the command and the upgrade, for every combination of outcomes.
        const outcomes = [0, 1].flatMap((o1) =>
          [0, 1].flatMap((o2) => [0, 1].map((u) => [o1, o2, u] as const)),
        )
        const script = outcomes
          .map(
            ([o1, o2, u]) =>
              `rm -f "$T"; ( o1() { return ${o1}; }; o2() { return ${o2}; }; u() { echo ${u} >"$T"; return ${u}; }; ${text}\n); printf '%s %s\\n' $? "$(cat "$T" 2>/dev/null)"`,
          )
          .join('\n')
        const real = execFileSync(program, ['-c', `T=$(mktemp); ${script}; rm -f "$T"`], {
          encoding: 'utf8',
        })
        const hidden = real.split('\n').includes('0 1')
        // Repeated calls have the same result here, but the guard assumes that they may differ.
        const twice = ['o1', 'o2', 'u'].some(
          (name) => (text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1,
        )
        const said = hidesFailure(text)
        if (twice && said) return
        expect([shell, text, said]).toEqual([shell, text, hidden])
      }),
      { numRuns: 150 },
    )
  },
  120_000,
)
