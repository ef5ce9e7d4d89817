/** Names for findings that stay the same while lines move: made of code, revisions and path. Knows no format. */
import type { Report } from './report.ts'

/** One fingerprint per finding, in their order, no two alike: 32 hexadecimal digits. */
export function fingerprintsOf({ findings }: Pick<Report, 'findings'>): readonly string[] {
  const seen = new Map<string, number>()
  return findings.map(({ code, revisions, location }) => {
    const key = JSON.stringify([code, revisions, location?.path ?? null])
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return fingerprint(count === 1 ? key : `${key}${count}`)
  })
}

/** FNV-1a of 128 bits over UTF-16 code units. It tells findings apart; it keeps no secret. */
export function fingerprint(text: string): string {
  const prime = 0x0000000001000000000000000000013bn
  let hash = 0x6c62272e07bb014262b821756295c58dn
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(128, (hash ^ BigInt(text.charCodeAt(index))) * prime)
  }
  return hash.toString(16).padStart(32, '0')
}
