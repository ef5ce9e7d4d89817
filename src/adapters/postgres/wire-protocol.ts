/** Message framing for version 3 of PostgreSQL's protocol. */

/** A message. A startup message has no `type`. `raw` is the whole message. */
export interface WireMessage {
  readonly type: string
  readonly body: Buffer
  readonly raw: Buffer
}

/** Maximum message length in bytes. PostgreSQL's own limit is one gigabyte. */
const maxLength = 0x3fffffff

/**
 * Returns a function that buffers bytes and yields complete messages. `typed` indicates whether the next message has
 * a type byte.
 */
export function messageReader(typed: () => boolean): (chunk: Buffer) => Iterable<WireMessage> {
  let parts: Buffer[] = []
  let have = 0
  let want = 0
  return function* read(chunk) {
    parts.push(chunk)
    have += chunk.length
    if (have < want) return
    let buffer = parts.length === 1 ? chunk : Buffer.concat(parts)
    for (;;) {
      const head = typed() ? 1 : 0
      want = head + 4
      if (buffer.length < want) break
      const length = buffer.readUInt32BE(head)
      if (length < 4 || length > maxLength) throw new RangeError('not a PostgreSQL protocol message')
      want = head + length
      if (buffer.length < want) break
      const raw = buffer.subarray(0, want)
      buffer = buffer.subarray(want)
      // If the consumer stops early, the next call continues with the rest.
      parts = [buffer]
      have = buffer.length
      want = 0
      yield { type: head === 1 ? String.fromCharCode(raw[0] ?? 0) : '', body: raw.subarray(head + 4), raw }
    }
  }
}

/** Encodes a message with a type byte. */
export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** Encodes zero-terminated strings. */
export function zeroEnded(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(''))
}

/** Encodes a 32-bit integer in network byte order. */
export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

/** Decodes a null-terminated string. `next` is the offset after the null byte. */
export function textAt(body: Buffer, start: number): { readonly text: string; readonly next: number } {
  const end = body.indexOf(0, start)
  const stop = end < 0 ? body.length : end
  return { text: body.toString('utf8', start, stop), next: stop + 1 }
}

/** Returns the fields of an error, keyed by field code, such as `C` for the SQLSTATE and `M` for the message. */
export function errorFields(body: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (let at = 0; at < body.length && body[at] !== 0;) {
    const { text, next } = textAt(body, at + 1)
    fields.set(String.fromCharCode(body[at] ?? 0), text)
    at = next
  }
  return fields
}

/** Encodes an error message for a client. */
export function errorMessage(code: string, text: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`
  return message('E', Buffer.from(fields))
}

/** Decodes the parameters of a startup message. */
export function startupParameters(body: Buffer): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (let at = 4; at < body.length && body[at] !== 0;) {
    const name = textAt(body, at)
    const value = textAt(body, name.next)
    parameters[name.text] = value.text
    at = value.next
  }
  return parameters
}

/** Decodes a DataRow as text; null for NULL. */
export function rowTexts(body: Buffer): (string | null)[] {
  const values: (string | null)[] = []
  let at = 2
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    const length = body.readInt32BE(at)
    at += 4
    values.push(length < 0 ? null : body.toString('utf8', at, at + length))
    at += Math.max(0, length)
  }
  return values
}
