/** What has to be done to pg's client behind its types. Knows its insides and the protocol; opens and asks nothing. */
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { ownFailure } from './errors.ts'

/** A client of pg's. */
type Client = object

/** The part of pg's own connection that its types keep to themselves. */
interface Connection extends EventEmitter {
  readonly stream: Duplex
  /** Begins to read what the server sends: at once, or when TLS stands. */
  attachListeners: (stream: Duplex) => void
}

/** The connection inside a client. */
export function connectionOf(client: Client): Connection {
  return Reflect.get(client, 'connection')
}

/** pg sends PGOPTIONS and PGREPLICATION of this process whatever it is told; only the plan's options are sent. */
export function ignoreEnvironment(client: Client, options: string | null): void {
  const parameters: Record<string, unknown> = Reflect.get(client, 'connectionParameters')
  parameters['options'] = options ?? undefined
  parameters['replication'] = undefined
}

/**
 * pg's parser throws at a message whose lengths do not fit, out of the event loop, where nobody catches it and the
 * process ends. Instead the connection ends, as it does at every other fault.
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

/** The first answer is a request to authenticate, an error or a notice, and short (libpq checks the same). */
export function looksLikePostgres(chunk: Buffer): boolean {
  const kind = String.fromCharCode(chunk[0] ?? 0)
  if (!'RENv'.includes(kind)) return false
  return chunk.length < 5 || (chunk.readUInt32BE(1) >= 4 && chunk.readUInt32BE(1) < 30_000)
}
