/**
 * Carries statements over an open connection inside one read-only transaction, as few messages as can be. Knows
 * transactions and savepoints; no table and no driver.
 */
import type { Deadline } from '../files/deadline.ts'
import type { PostgresTarget } from '../libpq/libpq.ts'
import { type SessionStatement, sentAs } from './safe-path.ts'

/** The rows of one statement; every value in the server's text form. */
export type ResultRows = readonly (readonly (string | null)[])[]

/** The answers of one message, as far as they came, and what ended them. */
export interface QueryAnswer {
  readonly answers: readonly ResultRows[]
  /** Null: nothing. */
  readonly error: unknown
}

/** An open connection. Each method sends one message, of several statements, and waits for one answer. */
export interface PostgresSession {
  readonly target: Pick<PostgresTarget, 'host' | 'port'>
  /**
   * Sends statements as one message (one round trip, simple protocol) inside the read-only transaction, which the
   * first call opens. One answer for each statement. A failure leaves the transaction unusable.
   */
  query(...statements: readonly SessionStatement[]): Promise<readonly ResultRows[]>
  /** Like `query`, but the answers before a failure count, and the transaction goes on. */
  tryQuery(...statements: readonly SessionStatement[]): Promise<QueryAnswer>
  /** Like `tryQuery`; the transaction ends with the message where nothing fails. */
  tryLast(...statements: readonly SessionStatement[]): Promise<QueryAnswer>
  /**
   * Like `query`, each statement in a read-only transaction of its own: no lock outlives its statement. Still one
   * message.
   */
  queryApart(...statements: readonly SessionStatement[]): Promise<readonly ResultRows[]>
  /** Like `queryApart`; the last transaction ends with the message where nothing fails. */
  queryApartLast(...statements: readonly SessionStatement[]): Promise<readonly ResultRows[]>
  /** Statements that follow every BEGIN from the next one on, instead of earlier ones. */
  adopt(settings: readonly string[]): void
  /** Gives the failed transaction up, so that `query` opens a new one. */
  restart(): void
  close(): Promise<void>
}

/** What carries the messages. */
export interface Wire {
  readonly target: Pick<PostgresTarget, 'host' | 'port'>
  /** Rejects where the connection ends with it. */
  ask(message: string): Promise<QueryAnswer>
  /** The connection is gone. */
  gone(): boolean
  /** Says goodbye. */
  end(): Promise<void>
  destroy(): void
}

/** `begins`: the statements that open the transaction, for the time that is left. */
export function openSession(
  wire: Wire,
  begins: () => readonly string[],
  deadline: Deadline,
): PostgresSession {
  const stop = (): void => wire.destroy()
  deadline.signal.addEventListener('abort', stop)
  let open = false
  let closed = false
  let adopted: readonly string[] = []
  const opening = (): readonly string[] => [...begins(), ...adopted]
  // What has to be said before anything else; it travels with the next message.
  let first: readonly string[] = []

  /** Without a failure the answers to `statements` alone; with one those that came complete. */
  const send = async (
    before: readonly string[],
    statements: readonly SessionStatement[],
  ): Promise<QueryAnswer> => {
    const lead = [...first, ...before]
    first = []
    const sent = statements.map(sentAs)
    const { answers, error } = await wire.ask([...lead, ...sent.flatMap(({ texts }) => texts)].join(';\n'))
    let end = lead.length
    const complete = sent.flatMap(({ texts, answer }) => {
      const start = end
      end += texts.length
      return end <= answers.length ? [answers[start + answer] ?? []] : []
    })
    return { answers: complete, error }
  }
  const begin = (): readonly string[] => {
    const before = open ? [] : opening()
    // Also when it fails: the transaction has to be rolled back before a pooler gets the connection back.
    open = true
    return before
  }
  const attempt = async (statements: readonly SessionStatement[], last: boolean): Promise<QueryAnswer> => {
    const before = [...begin(), 'SAVEPOINT look']
    const answered = await send(before, last ? [...statements, 'ROLLBACK'] : statements)
    if (answered.error !== null) first = ['ROLLBACK TO SAVEPOINT look']
    else if (last) open = false
    return { ...answered, answers: answered.answers.slice(0, statements.length) }
  }
  const apart = async (
    statements: readonly SessionStatement[],
    last: boolean,
  ): Promise<readonly ResultRows[]> => {
    const before = [...(open ? ['COMMIT'] : []), ...opening()]
    open = true
    const between = ['COMMIT', ...opening()]
    const all = statements.flatMap((one, index) => [...(index === 0 ? [] : between), one])
    const { answers, error } = await send(before, last ? [...all, 'COMMIT'] : all)
    if (error !== null) throw error
    open = !last
    return statements.map((_text, index) => answers[index * (between.length + 1)] ?? [])
  }
  return {
    target: wire.target,
    query: async (...statements) => {
      const { answers, error } = await send(begin(), statements)
      if (error !== null) throw error
      return answers
    },
    tryQuery: async (...statements) => attempt(statements, false),
    tryLast: async (...statements) => attempt(statements, true),
    queryApart: async (...statements) => apart(statements, false),
    queryApartLast: async (...statements) => apart(statements, true),
    adopt: (settings) => {
      adopted = settings
    },
    restart: () => {
      if (open) first = ['ROLLBACK']
      open = false
    },
    close: async () => {
      if (closed) return
      closed = true
      try {
        if (!deadline.signal.aborted && !wire.gone()) {
          if (open || first.length > 0) await wire.ask('ROLLBACK')
          await wire.end()
        }
      } catch {
        // The connection is gone, and with it the transaction.
      } finally {
        deadline.signal.removeEventListener('abort', stop)
        wire.destroy()
      }
    },
  }
}
