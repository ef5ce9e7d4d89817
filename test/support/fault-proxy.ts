/** A TCP proxy for PostgreSQL that injects a fault at a given server message. */
import { type Server, type Socket, connect, createServer } from 'node:net'

/** The connection is cut or stalls, or messages are delayed or garbled. */
export const faults = ['cut', 'stall', 'delay', 'garble'] as const
export type Fault = (typeof faults)[number]

/** A running proxy. */
export interface FaultProxy {
  readonly port: number
  /** Returns the number of server messages forwarded, across all connections. */
  messages(): number
  /** Returns the number of round trips after login, counted as `ReadyForQuery` messages. */
  roundTrips(): number
  close(): Promise<void>
}

/**
 * Starts a proxy that causes `fault` at server message number `at`, counting from 0. `random` chooses the bytes to
 * garble.
 */
export async function startFaultProxy(
  target: { readonly port: number; readonly host: string } | { readonly path: string },
  fault: Fault | null,
  at: number,
  random: () => number = Math.random,
): Promise<FaultProxy> {
  let seen = 0
  let ready = 0
  let logins = 0
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  }
  const server: Server = createServer((client) => {
    const upstream = connect(target)
    keep(client)
    keep(upstream)
    client.pipe(upstream)
    let pending: Buffer = Buffer.alloc(0)
    let stalled = false
    upstream.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk])
      for (let length = lengthOf(pending); length !== null && !stalled; length = lengthOf(pending)) {
        const message = Buffer.from(pending.subarray(0, length))
        pending = pending.subarray(length)
        const kind = String.fromCharCode(message[0] ?? 0)
        if (kind === 'Z') ready += 1
        // After AuthenticationOk, the next `ReadyForQuery` ends the login, so it doesn't count as a round
        // trip.
        if (kind === 'R' && message.length === 9 && message.readUInt32BE(5) === 0) logins += 1
        const hit = seen++ === at ? fault : null
        if (hit === 'cut') {
          client.destroy()
          upstream.destroy()
          return
        }
        if (hit === 'stall') stalled = true
        else if (hit === 'delay') {
          upstream.pause()
          setTimeout(() => upstream.resume(), 200)
          client.write(message)
        } else client.write(hit === 'garble' ? garbled(message, random) : message)
      }
    })
    upstream.once('end', () => !stalled && client.end())
    client.once('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return {
    port: address.port,
    messages: () => seen,
    roundTrips: () => ready - logins,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Returns the first message's length; null if incomplete. The response to a TLS request is one byte. */
function lengthOf(buffer: Buffer): number | null {
  const kind = String.fromCharCode(buffer[0] ?? 0)
  if (kind === 'N' && buffer.length === 1) return 1
  if (buffer.length < 5) return null
  const length = buffer.readUInt32BE(1) + 1
  return buffer.length < length ? null : length
}

/** Changes one to four bytes of a message, including its header. */
function garbled(message: Buffer, random: () => number): Buffer {
  const changes = 1 + Math.floor(random() * 4)
  for (let change = 0; change < changes; change += 1) {
    const index =
      random() < 0.4
        ? Math.floor(random() * Math.min(5, message.length))
        : Math.floor(random() * message.length)
    message[index] = ((message[index] ?? 0) + 1 + Math.floor(random() * 255)) % 256
  }
  return message
}
