/** Reads modules that contain more than plain assignments, and compares the results with CPython's. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Binding, MigrationModule, PyValue } from '../../../../src/core/history/migration-module.ts'
import { readMigration } from '../../../../src/python/header/read-migration.ts'

type Recorded = readonly [kind: string, content?: unknown] | null

const { modules } = JSON.parse(readFileSync('test/fixtures/python/modules.json', 'utf8')) as {
  readonly modules: readonly (readonly [string, Readonly<Record<string, Recorded>>])[]
}

const read = (text: string, path = 'f.py'): MigrationModule => readMigration(Buffer.from(text), path)

/** Converts the value to the format used for the recorded results. Sorts sets. */
function recorded(value: PyValue): unknown {
  if (value.kind === 'none') return ['none']
  if (value.kind === 'other') return ['other', value.type]
  if (!('items' in value)) return [value.kind, value.value]
  return [
    value.kind,
    value.kind.includes('set') ? sorted(value.items.map(recorded)) : value.items.map(recorded),
  ]
}

function sorted(items: unknown): unknown {
  return Array.isArray(items)
    ? [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : items
}

function normal(content: Recorded): unknown {
  if (content === null) return null
  const [kind, inner] = content
  if (!Array.isArray(inner)) return content
  const items: unknown[] = inner.map((item: Recorded) => normal(item))
  return [kind, kind.includes('set') ? sorted(items) : items]
}

describe('350 random modules', () => {
  const compared = modules.flatMap(([text, names]) => {
    // Names whose values no static reader can know.
    const { revision, downRevision, branchLabels, dependsOn } = read(
      `from rt import ctx, deco, ext, unknown_cond\n${text}`,
    )
    const bindings: Record<string, Binding> = {
      revision,
      down_revision: downRevision,
      branch_labels: branchLabels,
      depends_on: dependsOn,
    }
    return Object.entries(bindings).map(([name, binding]) => ({
      text,
      name,
      binding,
      want: normal(names[name] ?? null),
    }))
  })

  test('are never misread', () => {
    for (const { text, name, binding, want } of compared) {
      if (binding.kind === 'unreadable') continue
      const got = binding.kind === 'unbound' ? null : recorded(binding.value)
      expect(got, `${name} in\n${text}`).toEqual(want)
    }
  })

  test('are mostly readable', () => {
    const told = compared.filter(({ binding }) => binding.kind !== 'unreadable')
    expect(told.length / compared.length).toBeGreaterThan(0.7)
  })
})

const { modules: flows } = JSON.parse(readFileSync('test/fixtures/python/flows.json', 'utf8')) as {
  readonly modules: readonly (readonly [string, ...(Readonly<Record<string, Recorded>> | null)[]])[]
}

describe('170 random modules with loops, functions and exceptions', () => {
  const told = flows.flatMap(([text, ...outcomes]) => {
    const { revision, downRevision, branchLabels, dependsOn, raises } = read(text)
    if (raises !== null) return []
    const bindings = {
      revision,
      down_revision: downRevision,
      branch_labels: branchLabels,
      depends_on: dependsOn,
    }
    return Object.entries(bindings).flatMap(([name, binding]) => {
      if (binding.kind === 'unreadable') return []
      const got = binding.kind === 'unbound' ? null : recorded(binding.value)
      return outcomes.flatMap((names) =>
        names === null ? [] : { text, name, got, want: normal(names[name] ?? null) },
      )
    })
  })

  test('are never misread, whatever values the unknown names have', () => {
    for (const { text, name, got, want } of told) expect(got, `${name} in\n${text}`).toEqual(want)
    expect(told.length).toBeGreaterThan(500)
  })
})

/** Imports names whose values no static reader can determine. */
const rest = 'from rt import change, register, unknown, unread\n'

const str = (value: string): PyValue => ({ kind: 'str', value })
const tuple = (...ids: string[]): PyValue => ({ kind: 'tuple', items: ids.map(str) })

describe('computed forms', () => {
  test.each<[string, PyValue]>([
    ['x = "a"\nrevision = x + "b"', str('ab')],
    ['x = "a"\nx += "b"\nrevision = x', str('ab')],
    ['revision = "%s_%03d" % ("a", 7)', str('a_007')],
    ['revision = "{}-{n:>2}".format("a", n=1)', str('')],
    ['revision = f"{\'a\'}{1:02d}"', str('a01')],
    ['revision = "a,b".split(",")[1]', str('b')],
    ['revision = "_".join(("a", "b"))', str('a_b')],
    ['import os\nrevision = os.path.splitext(os.path.basename(__file__))[0]', str('f')],
    ['from os.path import basename as b\nrevision = b(__file__).removesuffix(".py")', str('f')],
    ['from pathlib import Path\nrevision = Path(__file__).stem', str('f')],
    ['revision = __name__', str('f_py')],
    ['revision = "a-b-c".replace("-", "_", 1)', str('a_b-c')],
    ['revision = "a-b-c".replace("-", "_", -1)', str('a_b_c')],
    ['revision = "a-b-c".replace("-", "_", 0)', str('a-b-c')],
    ['revision = "a-b-c".replace("-", "_", 5)', str('a_b_c')],
    ['revision = tuple(["a", *("b",)])', tuple('a', 'b')],
    ['p = ["a"]\np += ["b"]\nrevision = tuple(p)', tuple('a', 'b')],
    ['p = ["a"]\np.append("b")\nrevision = tuple(p)', tuple('a', 'b')],
    ['revision, *rest = "a", "b", "c"', str('a')],
    ['(revision := "a")', str('a')],
    ['globals()["revision"] = "a"', str('a')],
    ['if True:\n  revision = "a"\nelse:\n  revision = "b"', str('a')],
    ['if __name__ == "__main__":\n  revision = "b"\nelse:\n  revision = "a"', str('a')],
    ['from typing import TYPE_CHECKING\nrevision = "a"\nif TYPE_CHECKING:\n  revision = "b"', str('a')],
    ['import sys\nif sys.version_info >= (3, 0):\n  revision = "a"', str('a')],
    ['def f():\n  global revision\n  revision = "b"\nrevision = "a"', str('a')],
    ['from app import *\nrevision = "a"', str('a')],
    [
      'revision = "a"\nfrom sqlalchemy import *\nfrom app.revision import x as y\nimport b.revision',
      str('a'),
    ],
    ['def upgrade():\n  globals()["x"]()\nrevision = "a"', str('a')],
    ['for revision in ("a", "b"):\n  pass', str('b')],
    ['with open(__file__) as f:\n  revision = "a"', str('a')],
    ['revision = ("a",)\nids = []\ndef f(): ids.append("b")\nf()\nrevision += tuple(ids)', tuple('a', 'b')],
    ['revision = tuple([x for x in ("a",)])', tuple('a')],
    ['revision = {"k": "a"}["k"]', str('a')],
    ['def f(x="a"): return x\nrevision = f()', str('a')],
  ])('%s', (text, value) => {
    const { revision } = read(text)
    // Alignment in format specifications isn't supported.
    if (text.includes(':>2')) expect(revision.kind).toBe('unreadable')
    else expect(revision).toMatchObject({ kind: 'value', value })
  })
})

describe('unreadable forms, never guessed', () => {
  test.each([
    'import uuid\nrevision = str(uuid.uuid4())',
    'from app import revision',
    'from app import *',
    'x = "a"\nfrom sqlalchemy import *\nrevision = x',
    'revision = "a"\nimport revision.x',
    'revision = "a"\nfrom app import (y, x as revision)',
    'revision = "a"\nfrom app import *',
    'if unknown():\n  revision = "a"',
    'revision = "a"\nif unknown():\n  revision = "b"',
    'try:\n  revision = "a"\nexcept Exception:\n  pass',
    'while unknown():\n  revision = "a"',
    'match unread:\n  case [revision]: pass',
    'def f():\n  global revision\n  revision = "b"\nrevision = "a"\nf()',
    'def f():\n  global revision\n  revision = "b"\ndef g(): f()\nrevision = "a"\nx = [g(), 1]',
    'def f():\n  globals()["revision"] = "b"\nrevision = "a"\nf()',
    'revision = "a"\nexec("revision = 1")',
    'revision = "a"\nglobals().update(unread)',
    'import sys\nrevision = "a"\nsetattr(sys.modules[__name__], "revision", "b")',
    'x = revision = ["a"]\nchange(x)',
    'revision = ["a"]\nrevision[0] = "b"',
    'revision = unread',
    'x = "a"\nif unknown():\n  x = "b"\nrevision = x',
    'x = "a"\nimport x\nrevision = x',
    'x = "a"\nfor x in unread: pass\nrevision = x',
    'x = "a"\ndef f():\n  global x\n  x = "b"\nrevision = (f(), x)[1]',
    'x = ["a"]\nrevision = (change(x), x[0])[1]',
    'revision = "\\N{DASH}"',
    'class revision: pass',
    'revision = "a"\nfor x in ("a", "b"):\n  if unknown(): break\n  revision = "b"',
    'revision = ["a"]\nfor x in unknown(): revision.append(x)',
    'def f():\n  if unknown(): return "a"\n  return "b"\nrevision = f()',
    'revision = ["a"]\nregister(lambda: revision.append("b"))',
    'revision = ["a"]\nregister(revision.append)',
    'x = unknown()\nrevision = x and None',
    'def revision(): pass',
  ])('%s', (text) => {
    expect(read(rest + text).revision).toMatchObject({ kind: 'unreadable', span: { path: 'f.py' } })
  })
})

describe('a module that certainly fails to load', () => {
  test.each([
    ['raise RuntimeError("do not run")', 'RuntimeError', 'do not run'],
    ['raise alembic.util.CommandError(f"no {1}")', 'CommandError', 'no 1'],
    ['raise NotImplementedError', 'NotImplementedError', ''],
    ['if True:\n  raise ValueError(int)', 'ValueError', 'int'],
    ['assert False', 'AssertionError', ''],
    ['import sys\nsys.exit(1)', 'SystemExit', '1'],
    ['revision = "a"\ndown_revision = abc123\n', 'NameError', "name 'abc123' is not defined"],
  ])('%s', (text, type, message) => {
    expect(read(text).raises?.error).toEqual({ type, message })
  })

  test.each(['if unknown():\n  raise ValueError', 'def f():\n  raise ValueError', 'assert unknown()'])(
    'but not: %s',
    (text) => {
      expect(read(rest + text).raises).toBeNull()
    },
  )
})
