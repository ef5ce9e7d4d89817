/** Uses openssl to create certificates for TLS tests. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Returns a self-signed certificate for `localhost` (not 127.0.0.1) and its key, in PEM format. */
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

/** Returns a long-expired certificate for `localhost` and its key, as PEM. */
export function expired(): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-certificate-'))
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  }
  try {
    writeFileSync(
      join(folder, 'ca.cnf'),
      `[ca]\ndefault_ca = d\n[d]\ndatabase = index\nserial = serial\nnew_certs_dir = .\ndefault_md = sha256\npolicy = p
x509_extensions = e\n[p]\ncommonName = supplied\n[e]\nsubjectAltName = DNS:localhost\n`,
    )
    writeFileSync(join(folder, 'index'), '')
    writeFileSync(join(folder, 'serial'), '01\n')
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-new', ...curve, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost')
    const times = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z']
    openssl(
      'ca',
      '-batch',
      '-selfsign',
      '-config',
      'ca.cnf',
      '-keyfile',
      'key.pem',
      '-in',
      'request.pem',
      '-out',
      'c.pem',
      '-notext',
      ...times,
    )
    return {
      certificate: readFileSync(join(folder, 'c.pem'), 'utf8'),
      key: readFileSync(join(folder, 'key.pem'), 'utf8'),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
