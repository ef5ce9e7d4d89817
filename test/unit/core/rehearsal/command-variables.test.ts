/** Tests how the roles of environment variables are inferred from their names. */
import { expect, test } from 'vitest'
import {
  isHarmlessName,
  isSettingName,
  roleOfName,
} from '../../../../src/core/rehearsal/command-variables.ts'

test.each([
  ['DATABASE_URL', 'url'],
  ['SQLALCHEMY_DATABASE_URI', 'url'],
  ['HEROKU_POSTGRESQL_RED_URL', 'url'],
  ['DB_DSN', 'url'],
  ['DB_HOST', 'host'],
  ['POSTGRES_SERVER', 'host'],
  ['RDS_HOSTNAME', 'host'],
  ['PGHOST', 'host'],
  ['DB_PORT', 'port'],
  ['POSTGRES_USER', 'user'],
  ['DB_USERNAME', 'user'],
  ['DB_PASS', 'password'],
  ['POSTGRES_PASSWORD', 'password'],
  ['DB_PWD', 'password'],
  ['POSTGRES_DB', 'database'],
  ['DB_NAME', 'database'],
  ['SHOP_DATABASE', 'database'],
  ['DB__HOST', 'host'],
  ['REDIS_URL', null],
  ['CELERY_BROKER_URL', null],
  ['MONGO_DATABASE', null],
  ['HOST', null],
  ['PORT', null],
  ['SECRET_KEY', null],
])('%s: %s', (name, role) => {
  expect(roleOfName(name)).toBe(role)
})

test.each(['PATH', 'LC_ALL', 'VIRTUAL_ENV', 'PYTHONPATH', 'FLASK_APP', 'TMPDIR'])(
  '%s leads nowhere',
  (name) => {
    expect(isHarmlessName(name)).toBe(true)
  },
)

test.each([
  'SECRET_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'VAULT_TOKEN',
  'PGSERVICE',
  'HTTPS_PROXY',
  'PYTHONSTARTUP',
  'KUBECONFIG',
  'HOME',
])("%s isn't passed on by default", (name) => {
  expect(isHarmlessName(name)).toBe(false)
})

test('parameters of a connection say how, not where', () => {
  expect(['DB_POOL_SIZE', 'DB_DRIVER', 'SQLALCHEMY_ECHO'].every(isSettingName)).toBe(true)
  expect(['DB_HOST', 'POOL_SIZE', 'DB_SERVICE'].some(isSettingName)).toBe(false)
})
