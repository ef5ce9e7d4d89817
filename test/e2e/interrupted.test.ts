/** Signals must end the guard at once, even during a long computation. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { cli, folderWith } from '../support/guard.ts'
import { mixedProject } from '../support/mixed-history.ts'

/** Waits until the process has used enough CPU time to finish its setup. */
async function computing({ pid }: ChildProcess): Promise<void> {
  const ticks = (): number => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11])
  while (ticks() < 120) await sleep(20)
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends a long lint', async (signal) => {
  const folder = folderWith(mixedProject(4000, 'chain', 1))
  const report = join(folder, 'report.json')
  const words = ['lint', '--all', '--format', 'json', '--output', report]
  const child = spawn(process.execPath, [cli, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let written = ''
  child.stdout.on('data', (data: Buffer) => (written += data.toString()))
  const ended = new Promise((resolve) => child.on('close', (status, by) => resolve({ status, by })))
  await computing(child)
  child.kill(signal)
  expect(await ended).toEqual({ status: null, by: signal })
  expect(written).toBe('')
  expect(existsSync(report)).toBe(false)
})
