/** MD5 as RFC 1321 has it, for names that SQLAlchemy shortens. Not for secrets. */

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
const sines = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32))

/** The digest of the text's UTF-8 bytes, in hexadecimal. */
export function md5Hex(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const padded = new DataView(new ArrayBuffer((((bytes.length + 8) >> 6) + 1) << 6))
  for (const [index, byte] of bytes.entries()) padded.setUint8(index, byte)
  padded.setUint8(bytes.length, 0x80)
  padded.setUint32(padded.byteLength - 8, bytes.length << 3, true)
  padded.setUint32(padded.byteLength - 4, Math.floor(bytes.length / 2 ** 29), true)
  const state = new DataView(new ArrayBuffer(16))
  const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
  for (const [index, word] of start.entries()) state.setUint32(index * 4, word, true)
  for (let block = 0; block < padded.byteLength; block += 64) addBlock(state, padded, block)
  return Array.from({ length: 16 }, (_, index) => state.getUint8(index).toString(16).padStart(2, '0')).join(
    '',
  )
}

function addBlock(state: DataView, message: DataView, block: number): void {
  const before = [0, 4, 8, 12].map((at) => state.getUint32(at, true))
  let [a = 0, b = 0, c = 0, d = 0] = before
  for (let step = 0; step < 64; step++) {
    const round = step >> 4
    const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round] ?? 0
    const place = [step, 5 * step + 1, 3 * step + 5, 7 * step][round] ?? 0
    const word = message.getUint32(block + (place % 16) * 4, true)
    const sum = (a + mixed + (sines[step] ?? 0) + word) | 0
    const shift = shifts[round * 4 + (step % 4)] ?? 0
    const next = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
    ;[a, b, c, d] = [d, next, b, c]
  }
  for (const [index, word] of [a, b, c, d].entries()) {
    state.setUint32(index * 4, ((before[index] ?? 0) + word) | 0, true)
  }
}
