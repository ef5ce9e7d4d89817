/**
 * Runs an embedded PostgreSQL server on a Unix socket. Exits when `input` ends, which means that the parent process
 * has exited.
 */
import { chmodSync } from 'node:fs'
import { type Server, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { startEngine } from './engine.ts'
import { shareSession } from './one-session.ts'
import { findPGlite } from './pglite-package.ts'

/** Instructions sent to the server as one line of JSON. */
export interface EmbeddedOrder {
  readonly socket: string
  readonly cache: string
  /** Extensions that the migrations or the copied schema may need. */
  readonly extensions: readonly string[]
}

/** The server's reply, sent as one line of JSON. */
export type EmbeddedAnswer = { readonly ready: true } | { readonly problem: string }

/**
 * Serves connections until the input ends. `end` must exit the process explicitly, because PGlite would keep it
 * running.
 */
export async function serveEmbedded(input: Readable, output: Writable, end: () => void): Promise<void> {
  output.on('error', () => undefined)
  const answer = (told: EmbeddedAnswer): void => void output.write(`${JSON.stringify(told)}\n`)
  const lines = createInterface({ input })
  const order = await new Promise<EmbeddedOrder | null>((resolve) => {
    lines.once('line', (line) => resolve(JSON.parse(line) as EmbeddedOrder))
    lines.once('close', () => resolve(null))
  })
  lines.once('close', end)
  if (order === null) return
  try {
    await listen(order)
    answer({ ready: true })
  } catch (error) {
    answer({ problem: error instanceof Error ? error.message : String(error) })
  }
}

async function listen({ socket, cache, extensions }: EmbeddedOrder): Promise<Server> {
  const pglite = findPGlite()
  if (pglite === null) throw new Error('@electric-sql/pglite is not installed')
  const engine = await startEngine({ pglite, cache, extensions })
  const connect = shareSession(engine)
  const server = createServer((client) => {
    client.setNoDelay(true)
    const connection = connect({
      write: (bytes) => void client.write(bytes),
      end: () => void client.end(),
    })
    client.on('data', (chunk) => {
      try {
        connection.receive(chunk)
      } catch (error) {
        // An invalid message closes only its own connection.
        client.destroy(error instanceof Error ? error : undefined)
      }
    })
    client.on('error', () => undefined)
    client.on('close', () => connection.close())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  chmodSync(socket, 0o600)
  return server
}
