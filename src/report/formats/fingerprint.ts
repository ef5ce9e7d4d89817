/** Computes a fingerprint for each finding. The fingerprint stays the same when line numbers change. */
import type { Report } from '../model/report.ts'

/** Returns a unique string of 32 hexadecimal digits for each finding. */
export function fingerprintsOf({ findings }: Pick<Report, 'findings'>): readonly string[] {
  const seen = new Map<string, number>()
  return findings.map(({ code, revisions, location }) => {
    const key = JSON.stringify([code, revisions, location?.path ?? null])
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return fingerprint(count === 1 ? key : `${key}${count}`)
  })
}

/** Odd multipliers for four 32-bit hashes. */
const factors = [0x01000193, 0x9e3779b1, 0x85ebca6b, 0xc2b2ae35]

/** Hashes UTF-16 code units to 128 bits. Not cryptographic. */
export function fingerprint(text: string): string {
  return factors.map((factor) => hash(text, factor).toString(16).padStart(8, '0')).join('')
}

function hash(text: string, factor: number): number {
  let bits = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(index), factor)
    bits ^= bits >>> 15
  }
  return bits >>> 0
}
