/**
 * Runs a command in its own network namespace. A second guard process, called the helper, starts it there and
 * forwards connections to the proxy.
 */
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { type Server, type Socket, createConnection, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import {
  type ChildEnd,
  type ChildOptions,
  type ForwardedSignal,
  runChild,
  signalGroup,
} from '../scratch/child-process.ts'
import type { PrivateNetwork } from './private-network.ts'

/** How the command reaches the scratch server. */
export interface Bridge {
  /** The proxy's Unix socket; null for SQLite. */
  readonly socket: string | null
  /** Loopback ports to forward to the proxy. */
  readonly ports: readonly number[]
}

/**
 * Instructions sent to the helper as one line of JSON. `env` must not contain anything that points to the production
 * database.
 */
interface Order {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly bridge: Bridge
}

/** Time in milliseconds that an interrupted command is given to exit. */
const graceMs = 3000

/** File descriptor for the helper's replies. */
const answerFd = 3

/**
 * Runs a command in isolation until it exits. `self` starts the helper. Never rejects: startup errors become a
 * `problem`, as in {@link runChild}.
 */
export function runIsolated(
  argv: readonly string[],
  { enter, drop }: PrivateNetwork,
  self: readonly string[],
  bridge: Bridge,
  options: ChildOptions & { readonly path: string | undefined },
): Promise<ChildEnd> {
  const [program = '', ...words] = [...enter, ...self]
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd: '/',
      env: { PATH: options.path },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    })
    const order: Order = { argv: [...drop, ...argv], cwd: options.cwd, env: options.env, bridge }
    // The pipe closes when the guard exits, which tells the helper to stop.
    child.stdin.on('error', () => undefined).write(`${JSON.stringify(order)}\n`)
    child.stdout.setEncoding('utf8').on('data', (text: string) => options.onOutput?.('stdout', text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => options.onOutput?.('stderr', text))
    if (child.pid !== undefined) options.onStart?.(child.pid)
    let end: ChildEnd | null = null
    const answers = createInterface({ input: child.stdio[answerFd] as Readable })
    answers.on('line', (line) => {
      const told = JSON.parse(line) as { readonly pid: number } | { readonly end: ChildEnd }
      if ('pid' in told) options.onStart?.(told.pid)
      else end = told.end
    })
    const unsubscribe = options.onSignal((signal) => {
      if (!options.terminal || signal === 'SIGTERM') child.kill(signal)
      // If the command ignores the signal, closing the helper's input makes the helper kill it.
      setTimeout(() => child.stdin.destroy(), graceMs).unref()
    })
    child.on('error', () => undefined)
    child.on('close', (code) => {
      unsubscribe()
      child.stdin.destroy()
      resolve(
        end ?? {
          status: code ?? 1,
          signal: null,
          problem: `the isolated network couldn't be set up (status ${code ?? 'none'})`,
        },
      )
    })
  })
}

/**
 * Runs inside the namespace: reads the instructions and starts the command. Exits when the command does, or when
 * `input` ends.
 */
export async function runInside(
  input: Readable,
  onSignal: (listener: (signal: ForwardedSignal) => void) => () => void,
): Promise<void> {
  const lines = createInterface({ input })
  const sockets = new Set<Socket>()
  let pid: number | null = null
  const killCommand = (): void => {
    // Also kills processes that the command left running, such as a server.
    if (pid !== null) signalGroup(pid, 'SIGKILL')
  }
  lines.on('close', killCommand)
  const order = await new Promise<Order | null>((resolve) => {
    lines.once('line', (line) => resolve(JSON.parse(line) as Order))
    lines.once('close', () => resolve(null))
  })
  if (order === null) return
  const servers = await listenOn(order.bridge, sockets)
  const end = await runChild(order.argv, {
    cwd: order.cwd,
    env: order.env,
    // The command runs in its own session, so Ctrl-C reaches it only through this process.
    group: true,
    terminal: false,
    onSignal,
    onStart: (started) => {
      pid = started
      answer({ pid: started })
    },
    onOutput: (stream, text) => tryWrite(stream === 'stdout' ? 1 : 2, text),
  })
  killCommand()
  answer({ end })
  for (const server of servers) server.close()
  for (const socket of sockets) socket.destroy()
  lines.removeAllListeners('close')
  input.destroy()
}

function answer(value: object): void {
  tryWrite(answerFd, `${JSON.stringify(value)}\n`)
}

/** Writes to a pipe. Ignores errors, because the guard may have exited. */
function tryWrite(fd: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      // The pipe is full, so try again.
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') continue
      return
    }
  }
}

async function listenOn({ socket, ports }: Bridge, sockets: Set<Socket>): Promise<readonly Server[]> {
  if (socket === null) return []
  const servers: Server[] = []
  for (const host of ['127.0.0.1', '::1']) {
    for (const port of new Set(ports)) {
      const server = createServer((client) => {
        const relay = createConnection(socket)
        for (const [one, other] of [
          [client, relay],
          [relay, client],
        ] as const) {
          sockets.add(one)
          one.setNoDelay(true)
          one.on('error', () => other.destroy())
          one.on('close', () => {
            sockets.delete(one)
            other.end()
          })
          one.pipe(other)
        }
      })
      const listens = await new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false))
        server.listen(port, host, () => resolve(true))
      })
      if (listens) servers.push(server)
    }
  }
  return servers
}
