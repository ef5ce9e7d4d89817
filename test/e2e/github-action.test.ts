/** Runs action.yml's shell step with the packed guard, in an environment like that of GitHub's runner. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { folderWith, threeMigrations } from '../support/guard.ts'
import { npmSettings, packedTarball } from '../support/packed.ts'
import { findPostgres } from '../support/postgres.ts'
import { runnerCommands } from '../support/runner-commands.ts'

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

interface Step {
  readonly id?: string
  readonly if?: string
  readonly shell?: string
  readonly run?: string
  readonly uses?: string
  readonly env?: Readonly<Record<string, string>>
  readonly with?: Readonly<Record<string, string>>
  readonly 'working-directory'?: string
}

const repository = fileURLToPath(new URL('../..', import.meta.url))
const action = parse(readFileSync(join(repository, 'action.yml'), 'utf8')) as Action
const [guardStep, commentStep, uploadStep] = action.runs.steps
const server = await findPostgres()
const tarball = packedTarball()
// npx installs the package here once and reuses it.
const home = dirname(tarball)

/** Replaces `${{ … }}` as the runner does. */
function filledIn(
  text: string,
  inputs: Record<string, string>,
  outputs: Record<string, string> = {},
): string {
  return text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => {
    if (name === 'github.action_path') return repository.replace(/\/$/, '')
    const output = /^steps\.guard\.outputs\.(.+)$/.exec(name)?.[1]
    if (output !== undefined) return outputs[output] ?? ''
    if (name === 'github.token') return 'runner-token'
    if (name === 'github.event.pull_request.number') return '7'
    const input = /^inputs\.(.+)$/.exec(name)?.[1]
    if (input === undefined || !(input in action.inputs)) throw new Error(`the runner knows no ${name}`)
    return inputs[input] ?? filledIn(action.inputs[input]?.default ?? '', {})
  })
}

interface Ran {
  readonly status: number | null
  readonly log: string
  readonly outputs: Record<string, string>
  readonly summary: string
}

/** Runs the action's first step. */
function runGuardStep(
  workspace: string,
  inputs: Record<string, string>,
  env: Record<string, string> = {},
): Ran {
  const files = folderWith({ output: '', summary: '', 'step.sh': guardStep?.run ?? '' })
  const stepEnv = Object.fromEntries(
    Object.entries(guardStep?.env ?? {}).map(([name, value]) => [name, filledIn(value, inputs)]),
  )
  const run = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', join(files, 'step.sh')], {
    cwd: join(workspace, filledIn(guardStep?.['working-directory'] ?? '', inputs)),
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: join(files, 'output'),
      GITHUB_STEP_SUMMARY: join(files, 'summary'),
      ...npmSettings,
      ...env,
      ...stepEnv,
    },
    encoding: 'utf8',
  })
  const lines = readFileSync(join(files, 'output'), 'utf8').split('\n').filter(Boolean)
  return {
    status: run.status,
    log: run.stdout + run.stderr,
    outputs: Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string])),
    summary: readFileSync(join(files, 'summary'), 'utf8'),
  }
}

/** Creates a repository with the Alembic project in `backend`. */
function workspaceWith(files: Readonly<Record<string, string>>): string {
  const below = Object.entries(files).map(([path, text]) => [`backend/${path}`, text])
  const workspace = folderWith(Object.fromEntries(below) as Record<string, string>)
  spawnSync('git', ['init', '-q', workspace])
  return workspace
}

const broken = { ...threeMigrations, 'migrations/versions/bad.py': "revision = 'x'\ndown_revision = (\n" }
const history = 'check --database-url= --allow-missing-url'
const inputs = { version: tarball, 'working-directory': 'backend' }

test('an invalid history is annotated, summarized and written as SARIF, and fails the job', () => {
  const workspace = workspaceWith(broken)
  const ran = runGuardStep(workspace, { ...inputs, args: history })
  expect(ran.status, ran.log).toBe(1)
  const errors = runnerCommands(ran.log).filter(({ name }) => name === 'error')
  expect(errors[0]?.properties).toMatchObject({ file: 'backend/migrations/versions/bad.py' })
  expect(ran.summary).toContain('Blocked')
  const sarif = join(workspace, 'backend', 'alembic-guard.sarif')
  expect(ran.outputs).toEqual({ status: '1', sarif })
  expect(readFileSync(sarif, 'utf8')).toContain('"backend/migrations/versions/bad.py"')
})

test('a valid history passes; without a report, none is left over from an earlier run', () => {
  const workspace = workspaceWith({ ...threeMigrations, 'old.sarif': 'yesterday' })
  const ran = runGuardStep(workspace, { ...inputs, args: history, sarif: '' })
  expect(ran).toMatchObject({ status: 0, outputs: { status: '0' } })
  const usage = runGuardStep(workspace, { ...inputs, args: 'check --nonsense', sarif: 'old.sarif' })
  expect(usage).toMatchObject({ status: 2, outputs: { status: '2' } })
})

test('a pull request gets one comment, which later runs update', async () => {
  const asked: { method: string; path: string; body: string; authorization: string }[] = []
  const comments = [{ id: 1, body: 'LGTM' }]
  let answer = 200
  const api = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const body = text === '' ? '' : (JSON.parse(text) as { body: string }).body
      asked.push({ method, path: url, body, authorization: headers.authorization ?? '' })
      if (method === 'POST') comments.push({ id: comments.length + 1, body })
      response.writeHead(answer, { 'content-type': 'application/json' })
      response.end(JSON.stringify(method === 'GET' ? comments : {}))
    })
  })
  await new Promise<void>((resolve) => void api.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void api.close())
  const { port } = api.address() as AddressInfo
  const run = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const workspace = workspaceWith(files)
    const { outputs } = runGuardStep(workspace, { ...inputs, args: history, sarif: '', comment: 'true' })
    const env = Object.fromEntries(
      Object.entries(commentStep?.env ?? {}).map(([name, value]) => [name, filledIn(value, {}, outputs)]),
    )
    const { stdout } = await promisify(execFile)('bash', ['-ec', commentStep?.run ?? ''], {
      env: {
        PATH: process.env['PATH'],
        GITHUB_API_URL: `http://127.0.0.1:${port}`,
        GITHUB_REPOSITORY: 'me/app',
        ...env,
      },
    })
    return stdout
  }
  const methods = (): string[] => asked.splice(0).map(({ method }) => method)
  // A passing check posts no comment.
  expect(await run(threeMigrations)).toBe('')
  expect(methods()).toEqual(['GET'])
  await run(broken)
  expect(asked.at(-1)).toMatchObject({
    path: '/repos/me/app/issues/7/comments',
    authorization: 'Bearer runner-token',
  })
  expect(methods()).toEqual(['GET', 'POST'])
  expect(comments.at(-1)?.body).toMatch(
    /^<!-- alembic-guard alembic-guard -->\n### alembic.*Blocked[^]*AG101/,
  )
  await run(threeMigrations)
  expect(asked.at(-1)).toMatchObject({
    path: '/repos/me/app/issues/comments/2',
    body: expect.stringContaining('Pass'),
  })
  expect(methods()).toEqual(['GET', 'PATCH'])
  answer = 403
  expect(await run(broken)).toContain(
    "::warning title=alembic-guard::couldn't post the comment: GitHub returned 403",
  )
})

test('inputs are arguments, never code', () => {
  const workspace = workspaceWith(threeMigrations)
  const args = `${history} --message $(touch\u00a0owned) ; touch owned * "`
  const ran = runGuardStep(workspace, { ...inputs, args, sarif: '$(touch owned).sarif' })
  expect(ran.status).toBe(2)
  const made = spawnSync('find', [workspace, '-name', '*owned*'], { encoding: 'utf8' }).stdout
  expect(made).toBe('')
})

test.skipIf(!server)('the database comes from an input or the environment', async () => {
  if (!server) return
  const database = await server.createDatabase()
  await database.execute('CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)')
  await database.execute("INSERT INTO alembic_version VALUES ('guest_lockout_001')")
  const workspace = workspaceWith(threeMigrations)
  const given = runGuardStep(workspace, { ...inputs, 'database-url': database.url }, { DATABASE_URL: 'x' })
  expect(given.status, given.log).toBe(1)
  expect(given.log).toContain('title=AG201 unknown-revision::')
  expect(given.summary).toContain('```mermaid')
  const inherited = runGuardStep(workspace, inputs, { DATABASE_URL: database.url })
  expect(inherited.status).toBe(1)
  for (const { log, summary } of [given, inherited]) expect(log + summary).not.toContain(database.url)
})

describe('the action file', () => {
  test('never inserts an input into a script', () => {
    for (const { run } of action.runs.steps) expect(run ?? '').not.toContain('${{')
  })

  test('uploads what the guard wrote, whatever its verdict, with a pinned action', () => {
    expect(uploadStep?.uses).toMatch(/^github\/codeql-action\/upload-sarif@[0-9a-f]{40}$/)
    expect(uploadStep?.if).toBe(
      "always() && inputs.upload-sarif == 'true' && steps.guard.outputs.sarif != ''",
    )
    expect(filledIn(uploadStep?.with?.['sarif_file'] ?? '', {}, { sarif: '/a/b.sarif' })).toBe('/a/b.sarif')
    expect(Object.values(action.outputs).map(({ value }) => filledIn(value, {}, { status: '1' }))).toEqual([
      '1',
      '',
    ])
    expect(commentStep?.if).toBe("always() && inputs.comment == 'true' && steps.guard.outputs.markdown != ''")
  })

  test('uses its own package version', () => {
    const fake = folderWith({})
    const npx = join(fake, 'bin', 'npx')
    mkdirSync(dirname(npx))
    writeFileSync(npx, '#!/bin/sh\necho "npx $*"\n', { mode: 0o755 })
    const ran = runGuardStep(
      workspaceWith(threeMigrations),
      { 'working-directory': 'backend' },
      {
        PATH: `${dirname(npx)}:${process.env['PATH'] ?? ''}`,
      },
    )
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(ran.log).toBe(`npx --yes --package alembic-guard@${version} -- alembic-guard check\n`)
  })
})
