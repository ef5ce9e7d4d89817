import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readHerokuConfig } from '../../../../src/adapters/release/heroku-cli.ts'

const question = { app: 'shop', remote: null, variable: 'DATABASE_URL' }

/** Creates a fake `heroku` command that runs `script`. Returns options for calling it. */
function heroku(script: string): { env: { PATH: string }; cwd: string; signal: AbortSignal } {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-heroku-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'heroku'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'heroku'), 0o755)
  return { env: { PATH: `${folder}:/usr/bin:/bin` }, cwd: folder, signal: new AbortController().signal }
}

test('the value is returned without its newline; an empty one is null', async () => {
  expect(await readHerokuConfig(question, heroku('echo postgres://h/d'))).toBe('postgres://h/d')
  expect(await readHerokuConfig(question, heroku('echo'))).toBeNull()
})

test("other output of the CLI doesn't matter", async () => {
  const noisy = heroku('echo "Warning: heroku update available" >&2; echo postgres://h/d')
  expect(await readHerokuConfig(question, noisy)).toBe('postgres://h/d')
})

test('a CLI that hangs is killed, along with everything it started', async () => {
  const look = readHerokuConfig(question, { ...heroku('sleep 600'), timeoutMs: 100 })
  await expect(look).rejects.toMatchObject({
    kind: 'unavailable',
    message: "The Heroku CLI didn't respond within 0.1 s.",
  })
})

test('an interrupt kills it', async () => {
  const caller = new AbortController()
  const look = readHerokuConfig(question, { ...heroku('sleep 600'), signal: caller.signal })
  caller.abort()
  await expect(look).rejects.toMatchObject({ message: 'The call to the Heroku CLI was interrupted.' })
})

test("its standard input is closed, so it can't prompt", async () => {
  const asking = heroku('read answer || { echo "cannot read, please use heroku login" >&2; exit 3; }')
  await expect(readHerokuConfig(question, asking)).rejects.toMatchObject({
    message: "The Heroku CLI isn't logged in.",
  })
})

test.each(['-a', 'my app', '', 'a;b', '../x'])("%j isn't an app name", async (app) => {
  await expect(readHerokuConfig({ ...question, app }, heroku('echo x'))).rejects.toMatchObject({
    kind: 'usage',
  })
})
