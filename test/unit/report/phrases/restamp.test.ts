/** The message about a refused restamp must give a reason and name the affected objects. */
import { expect, test } from 'vitest'
import type { RestampFact, RestampRefusal } from '../../../../src/core/restamp/plan-restamp.ts'
import { restampFact, restampRefusal } from '../../../../src/report/phrases/restamp.ts'

test.each<[RestampRefusal, readonly string[], string | null]>([
  [{ kind: 'noTable', table: 's.av' }, ['no version table s.av'], 'stamp'],
  [{ kind: 'notTable', table: 's.av' }, ["s.av isn't a table"], null],
  [{ kind: 'noText', table: 'av', repr: null }, ['av', 'NULL'], 'check'],
  [{ kind: 'noText', table: 'av', repr: "b'x'" }, ["b'x'"], 'check'],
  [{ kind: 'twice', table: 'av', row: 'a' }, ['av', 'row a more than once'], 'duplicates'],
  [{ kind: 'repeated', id: 'a' }, ['a is specified more than once'], null],
  [{ kind: 'notStamped', absent: ['a'], rows: ['b'] }, ["isn't stamped with a", 'row is b'], 'check'],
  [{ kind: 'notStamped', absent: ['a'], rows: ['b', 'c'] }, ['rows are b and c'], 'check'],
  [{ kind: 'notStamped', absent: ['a'], rows: [] }, ['it has no version rows'], 'check'],
  [{ kind: 'stamped', there: ['a'], replaces: true }, ['already stamped with a'], '--remove'],
  [{ kind: 'stamped', there: ['a'], replaces: false }, ['already stamped with a'], null],
  [{ kind: 'undefined', id: 'a', meant: null }, ['defines a'], 'use a revision'],
  [{ kind: 'undefined', id: 'a', meant: 'abc' }, ['defines a'], 'abc'],
  [{ kind: 'length', id: 'a', length: 40, width: 32 }, ['40 characters', 'only 32'], 'widen'],
  [{ kind: 'overlap', revision: 'b', others: ['a'], earlier: null }, ['b comes after a'], null],
  [{ kind: 'overlap', revision: 'b', others: ['a'], earlier: 'a' }, ['b comes after a'], '--remove a'],
  [
    { kind: 'evidence', contradictions: [{ kind: 'early', revisions: ['a'] }] },
    ['evidence', 'a would run a second time'],
    '--force',
  ],
])('%j', (why, parts, way) => {
  const { reason, hint } = restampRefusal(why)
  for (const part of parts) expect(reason).toContain(part)
  if (way === null) expect(hint).toBeNull()
  else expect(JSON.stringify(hint)).toContain(way)
})

const writes = { kind: 'stampWrites', versionTable: 'av', count: 3, older: [] } as const

test.each<[RestampFact, string]>([
  [{ kind: 'schema', fact: { kind: 'applied', tips: [] } }, 'none of these migrations is applied'],
  [{ kind: 'schema', fact: { kind: 'applied', tips: ['a'] } }, 'everything up to a is applied'],
  [{ kind: 'schema', fact: { kind: 'absent', id: 'a', effects: 2, missing: 1 } }, '1 of 2 effects missing'],
  [{ kind: 'schema', fact: { kind: 'undropped', id: 'a', counted: null } }, "undid none of a's changes"],
  [{ kind: 'schema', fact: { kind: 'undropped', id: 'a', counted: writes } }, '3 version writes'],
  [{ kind: 'schema', fact: { kind: 'undecided', id: 'a', silence: null } }, 'inconclusive'],
  [{ kind: 'schema', fact: { kind: 'undecided', id: 'a', silence: { kind: 'rows' } } }, 'only changes data'],
  [
    { kind: 'schema', fact: { kind: 'branch', id: 'a', parent: 'b', tables: ['t'] } },
    'a belongs after b, because it or a later migration changes t, which exists only on that branch',
  ],
  [{ kind: 'effects', id: 'a', present: 1, effects: 1 }, 'a: 1 of 1 effect present'],
  [{ kind: 'effects', id: 'a', present: 4, effects: 5 }, 'a: 4 of 5 effects present'],
  [{ kind: 'silent', id: 'a', silence: { kind: 'unread' } }, "file wasn't read"],
  [{ kind: 'silent', id: 'a', silence: { kind: 'empty' } }, 'it does nothing'],
  [{ kind: 'silent', id: 'a', silence: { kind: 'indistinct' } }, 'identify it'],
  [{ kind: 'silent', id: 'a', silence: { kind: 'droppedColumns' } }, 'columns are missing from its table'],
  [{ kind: 'silent', id: 'a', silence: { kind: 'opaque', reason: 'a loop' } }, 'a loop'],
  [{ kind: 'skipped', revisions: ['a', 'b'] }, 'a and b'],
  [{ kind: 'undefined', revisions: ['a'] }, 'no file defines a'],
  [{ kind: 'unknown', what: 'git' }, 'unknown: git'],
  [{ kind: 'unreadSchema' }, "couldn't be read"],
  [{ kind: 'misfit', where: [{ kind: 'both', id: 'a' }] }, 'a appears to be both applied and not applied'],
  [
    { kind: 'misfit', where: [{ kind: 'none', among: ['a', 'b'] }] },
    'none of the candidate positions (a, b) fits all the evidence',
  ],
  [{ kind: 'late', revisions: ['a'] }, 'a would be skipped'],
])('%j', (fact, part) => {
  expect(restampFact(fact)).toContain(part)
})
