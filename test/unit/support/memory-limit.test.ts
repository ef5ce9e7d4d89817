/** Tests memory limits with both cgroup versions, using folders that imitate their file systems. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { limitMemory } from '../../support/memory-limit.ts'

function cgroups(): string {
  const root = mkdtempSync(join(tmpdir(), 'cgroups-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

test('version 2: the root passes the controller on, and the limit is in memory.max', () => {
  const root = cgroups()
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory pids\n')
  const limit = limitMemory(512, root)
  const folder = dirname(limit.procs)
  expect(dirname(folder)).toBe(root)
  expect(readFileSync(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+memory')
  expect(readFileSync(join(folder, 'memory.max'), 'utf8')).toBe('536870912')
  expect(limit.peak()).toBeNull()
  writeFileSync(join(folder, 'memory.peak'), '104857600\n')
  expect(limit.peak()).toBe(100)
})

test('version 1: the limit is in the folder of the memory controller', () => {
  const root = cgroups()
  mkdirSync(join(root, 'memory'))
  const limit = limitMemory(200, root)
  const folder = dirname(limit.procs)
  expect(dirname(folder)).toBe(join(root, 'memory'))
  expect(readFileSync(join(folder, 'memory.limit_in_bytes'), 'utf8')).toBe('209715200')
  writeFileSync(join(folder, 'memory.max_usage_in_bytes'), '52428800\n')
  expect(limit.peak()).toBe(50)
})

test('without cgroups, an error says so', () => {
  expect(() => limitMemory(200, join(cgroups(), 'missing'))).toThrow('ENOENT')
})

test('the cgroup is removed', () => {
  const root = cgroups()
  mkdirSync(join(root, 'memory'))
  const limit = limitMemory(200, root)
  // A real cgroup can be removed even though it contains this file; an ordinary folder can't.
  rmSync(join(dirname(limit.procs), 'memory.limit_in_bytes'))
  limit.end()
  expect(() => readFileSync(limit.procs)).toThrow('ENOENT')
})
