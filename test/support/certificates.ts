/** Certificates for TLS tests, made by the openssl command. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A self-signed certificate for `localhost` (not for 127.0.0.1), and its key, as PEM. */
export function selfSigned(): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-certificate-'))
  try {
    const certificate = join(folder, 'certificate.pem')
    const key = join(folder, 'key.pem')
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        certificate,
      ].concat('-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'),
      { stdio: 'ignore' },
    )
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
