/** Accesses internals of the `pg` client that its types don't expose. */
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { ownFailure } from './errors.ts'

type Client = object

interface Connection extends EventEmitter {
  readonly stream: Duplex
  /** Starts reading from the server, after any TLS handshake. */
  attachListeners: (stream: Duplex) => void
}

/** Returns a client's internal connection. */
export function connectionOf(client: Client): Connection {
  return Reflect.get(client, 'connection')
}

/** Makes pg send only the plan's options, and ignore this process's PGOPTIONS and PGREPLICATION. */
export function ignoreEnvironment(client: Client, options: string | null): void {
  const parameters: Record<string, unknown> = Reflect.get(client, 'connectionParameters')
  parameters['options'] = options ?? undefined
  parameters['replication'] = undefined
}

/**
 * Closes the connection after a malformed message. By default, pg's parser would throw in the event loop and crash
 * the process.
 */
export function endOnNoise(client: Client): void {
  const connection = connectionOf(client)
  const attach = connection.attachListeners.bind(connection)
  connection.attachListeners = (stream) => {
    const before = new Set(stream.listeners('data'))
    attach(stream)
    for (const read of stream.listeners('data').filter((listener) => !before.has(listener))) {
      stream.removeListener('data', read as (chunk: Buffer) => void)
      stream.on('data', (chunk: Buffer) => {
        try {
          read(chunk)
        } catch {
          stream.destroy(ownFailure('noise'))
        }
      })
    }
  }
}

/**
 * Whether a server's first message can start with these bytes. Like libpq, expects a short authentication request, an
 * error, a notice or a protocol negotiation.
 */
export function looksLikePostgres(chunk: Buffer): boolean {
  const kind = String.fromCharCode(chunk[0] ?? 0)
  if (!'RENv'.includes(kind)) return false
  return chunk.length < 5 || (chunk.readUInt32BE(1) >= 4 && chunk.readUInt32BE(1) < 30_000)
}
