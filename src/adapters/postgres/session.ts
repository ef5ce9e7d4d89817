/** Runs statements in one read-only transaction, with as few round trips as possible. */
import type { Deadline } from '../files/deadline.ts'
import type { PostgresTarget } from '../libpq/libpq.ts'
import { type SessionStatement, sentAs } from './safe-path.ts'

/** Rows returned by one statement, in the server's text format. */
export type ResultRows = readonly (readonly (string | null)[])[]

/** Results of one round trip, up to the first error. */
export interface QueryAnswer {
  readonly answers: readonly ResultRows[]
  /** Null if there was no error. */
  readonly error: unknown
}

/** An open connection. Each method takes one round trip. */
export interface PostgresSession {
  readonly target: Pick<PostgresTarget, 'host' | 'port'>
  /**
   * Runs statements in the read-only transaction, which the first call opens. Returns one result per statement. After
   * an error, the transaction is unusable.
   */
  query(...statements: readonly SessionStatement[]): Promise<readonly ResultRows[]>
  /** Like `query`, but after an error, returns the results so far and keeps the transaction usable. */
  tryQuery(...statements: readonly SessionStatement[]): Promise<QueryAnswer>
  /** Like `tryQuery`, but also ends the transaction if there is no error. */
  tryLast(...statements: readonly SessionStatement[]): Promise<QueryAnswer>
  /** Like `query`, but runs each statement in its own transaction, so that locks are released early. */
  queryApart(...statements: readonly SessionStatement[]): Promise<readonly ResultRows[]>
  /** Like `queryApart`, but also ends the last transaction if there is no error. */
  queryApartLast(...statements: readonly SessionStatement[]): Promise<readonly ResultRows[]>
  /** Sets the statements to run after every future BEGIN. */
  adopt(settings: readonly string[]): void
  /** Abandons the failed transaction, so that `query` opens a new one. */
  restart(): void
  close(): Promise<void>
}

/** Transport for messages to the server. */
export interface Wire {
  readonly target: Pick<PostgresTarget, 'host' | 'port'>
  /** Sends a message and returns its results. Rejects if the connection ends first. */
  ask(message: string): Promise<QueryAnswer>
  /** Whether the connection has ended. */
  gone(): boolean
  /** Closes the connection cleanly. */
  end(): Promise<void>
  destroy(): void
}

/** Opens a session. `begins` returns the statements that open a transaction and set its time limits. */
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
  // Statements to prepend to the next message.
  let first: readonly string[] = []

  /**
   * Sends both lists of statements in one message. Returns the results of `statements`. After an error, returns only
   * the complete results.
   */
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
    // Even a failed transaction must be rolled back before a pooler reuses the connection.
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
        // If the connection is gone, there is no transaction to end.
      } finally {
        deadline.signal.removeEventListener('abort', stop)
        wire.destroy()
      }
    },
  }
}
