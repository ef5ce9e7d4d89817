/** The progress line must appear only in terminals. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type AddressInfo, type Server, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { folderWith, threeMigrations } from '../support/guard.ts'
import { findPostgres, missing } from '../support/postgres.ts'

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const erase = '\r\u001b[K'
const line = `${erase}alembic-guard: waiting for the database`
const terminal = spawnSync('script', ['--version']).status === 0 || missing('script', 'no util-linux here')
const server = await findPostgres()

/** Starts a server that is closed at the end of the test. */
async function listening(handler: Parameters<typeof createServer>[1]): Promise<number> {
  const made: Server = createServer(handler)
  onTestFinished(() => void made.close())
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return (made.address() as AddressInfo).port
}

/** Runs the command line, optionally in a pseudo-terminal, and returns its standard output. */
async function shell(folder: string, text: string, atTerminal: boolean, url: string): Promise<string> {
  const program = atTerminal ? 'script' : 'sh'
  const args = atTerminal ? ['-qefc', text, '/dev/null'] : ['-c', text]
  const child = spawn(program, args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TERM: 'xterm',
      NO_COLOR: '1',
      SHELL: '/bin/sh',
      DATABASE_URL: url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  await new Promise((resolve) => child.on('close', resolve))
  return output
}

const guard = `'${process.execPath}' '${cli}'`

describe.skipIf(!terminal)('at a terminal', () => {
  test('a wait of more than a second shows a progress line, which is removed before the report', async () => {
    // The server accepts the connection but never answers.
    const port = await listening((socket) => void socket.on('error', () => {}))
    const url = `postgres://u:secret-word@127.0.0.1:${port}/db?sslmode=disable`
    const output = await shell(folderWith(threeMigrations), `${guard} check --timeout 2.5`, true, url)
    expect(output).toContain(line)
    const [before = '', ...after] = output.split('-----> alembic-guard')
    expect(before.endsWith(erase)).toBe(true)
    expect(after.join('')).not.toContain('waiting for the database')
    expect(output).not.toContain('secret-word')
  })

  test('a file or a pipe gets no progress line', async () => {
    const port = await listening((socket) => void socket.on('error', () => {}))
    const url = `postgres://u:secret-word@127.0.0.1:${port}/db?sslmode=disable`
    const folder = folderWith(threeMigrations)
    const [piped, toFile] = await Promise.all([
      shell(folder, `${guard} check --timeout 2.5`, false, url),
      shell(folder, `${guard} check --timeout 2.5 2>errors >report`, true, url),
    ])
    expect(piped).toContain('ERROR:')
    expect(piped).not.toMatch(/waiting for the database|\u001b/)
    expect(toFile).toBe('')
    expect(readFileSync(join(folder, 'errors'), 'utf8')).toBe('')
    expect(readFileSync(join(folder, 'report'), 'utf8')).not.toMatch(/waiting for the database|\u001b/)
  })

  test('the report can go to a file while the progress line stays on the terminal', async () => {
    const port = await listening((socket) => void socket.on('error', () => {}))
    const folder = folderWith(threeMigrations)
    const url = `postgres://127.0.0.1:${port}/db?sslmode=disable`
    const output = await shell(folder, `${guard} check --timeout 2.5 >report`, true, url)
    expect(output).toContain(line)
    expect(output.endsWith(erase)).toBe(true)
    expect(readFileSync(join(folder, 'report'), 'utf8')).toMatch(/^-----> alembic-guard/)
  })

  test.skipIf(!server)('the command of run has the terminal to itself', async () => {
    if (!server) return
    const database = await server.createDatabase()
    const { hostname, port: serverPort } = new URL(database.url)
    const port = await listening((socket) => {
      const through = connect(Number(serverPort), hostname)
      for (const end of [socket, through]) end.on('error', () => end.destroy())
      // Delay every answer, so that the check takes more than a second.
      through.on('data', (chunk) => setTimeout(() => socket.write(chunk), 700))
      socket.on('data', (chunk) => through.write(chunk))
      socket.on('close', () => through.destroy())
    })
    const slow = new URL(database.url)
    slow.host = `127.0.0.1:${port}`
    const folder = folderWith(threeMigrations)
    const output = await shell(
      folder,
      `${guard} run --no-lock --no-verify -- printf 'child\\n%s\\n' speaks`,
      true,
      slow.href,
    )
    expect(output).toContain(line)
    const [before = '', after = ''] = output.split('child')
    expect(before).toContain('SUCCESS:')
    expect(before.lastIndexOf(erase)).toBeLessThan(before.indexOf('----->'))
    expect(after.trim()).toBe('speaks')
  })
})
