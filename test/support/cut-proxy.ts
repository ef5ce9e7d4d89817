/** A TCP proxy for PostgreSQL that can cut the connection at any statement. */
import { type Socket, connect, createServer } from 'node:net'

/** What happens to a statement: it is forwarded, it never arrives, or it is never answered. */
export type Fate = 'pass' | 'cut before' | 'cut after'

/** A running proxy. */
export interface CutProxy {
  readonly port: number
  stop(): void
}

/** Starts a proxy. Calls `fate` with each simple query's text and its index on the connection. */
export async function startCutProxy(
  target: { readonly host: string; readonly port: number },
  fate: (statement: string, index: number) => Fate | Promise<Fate>,
): Promise<CutProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host)
    let index = 0
    let cutting = false
    let work = Promise.resolve()
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', cut)
    }
    client.on('data', (chunk: Buffer) => {
      work = work.then(async () => {
        if (chunk[0] !== 0x51) return void upstream.write(chunk)
        const answer = await fate(chunk.subarray(5, -1).toString(), index)
        index += 1
        if (answer === 'cut before') return cut()
        cutting = answer === 'cut after'
        upstream.write(chunk)
      })
    })
    // The answer has arrived, so the server has executed the statement.
    upstream.on('data', (chunk: Buffer) => (cutting ? cut() : void client.write(chunk)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    stop: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
