/** Decides by name which environment variables a rehearsed command receives. */

/** The part of a connection specified by a variable. */
export type VariableRole = 'url' | 'host' | 'port' | 'user' | 'password' | 'database'

/** Words that indicate a relational database. */
const databaseWord =
  /^(?:DB|DATABASES?|POSTGRES(?:QL)?|PG|PSQL|PGSQL|RDS|SQL|SQLALCHEMY|ALEMBIC|TIMESCALE(?:DB)?)/

/** Words that indicate a service other than a relational database. */
const otherService =
  /^(?:REDIS|MONGO(?:DB)?|CELERY|BROKER|CACHE|MAIL|SMTP|EMAIL|AMQP|RABBIT(?:MQ)?|KAFKA|ELASTIC(?:SEARCH)?|OPENSEARCH|MYSQL|MEMCACHED?|S3|AWS|SENTRY|LDAP|FTP|HTTPS?|DYNAMO(?:DB)?)/

const lastWords: readonly (readonly [VariableRole, RegExp])[] = [
  ['url', /(?:URL|URI|DSN|CONN(?:ECTION)?(?:STRING|STR)?)$/],
  ['host', /(?:HOST(?:NAME|ADDR)?|SERVER|ADDR(?:ESS)?|ENDPOINT|SOCKET)$/],
  ['port', /PORT$/],
  ['user', /(?:USER(?:NAME)?|LOGIN|ROLE)$/],
  ['password', /(?:PASS(?:WORD|WD)?|PWD|PW|SECRET)$/],
  ['database', /(?:NAME|DB|DATABASE)$/],
]

/** Guesses which part of a connection a variable holds; null if its name doesn't reveal that. */
export function roleOfName(name: string): VariableRole | null {
  const words = name.toUpperCase().split(/_+/)
  if (!words.some((word) => databaseWord.test(word)) || words.some((word) => otherService.test(word))) {
    return null
  }
  const last = words.at(-1) ?? ''
  const [role = null] = lastWords.find(([, pattern]) => pattern.test(last)) ?? []
  return role
}

/** Suffixes of variables that say how to connect, not where, such as `DB_POOL_SIZE` or `DB_DRIVER`. */
const settingWord =
  /(?:DRIVER|SCHEME|DIALECT|ENGINE|BACKEND|TYPE|SCHEMAS?|PREFIX|POOL|SIZE|OVERFLOW|TIMEOUT|RECYCLE|ECHO|DEBUG|ENCODING|CHARSET|RETRIES)$/i

/** Variables that programs need, and general settings that don't identify a server. */
const harmless =
  /^(?:PATH|PWD|OLDPWD|SHLVL|_|SHELL|USER|LOGNAME|TERM|COLUMNS|LINES|NO_COLOR|FORCE_COLOR|LANG|LANGUAGE|LC_[A-Z_]+|TZ|TZDIR|TMPDIR|TEMP|TMP|CI|DYNO|HOSTNAME|LD_LIBRARY_PATH|LD_PRELOAD|DYLD_[A-Z_]+|SYSTEMROOT|VIRTUAL_ENV|CONDA_(?:PREFIX|DEFAULT_ENV|EXE)|PYTHON(?!STARTUP)[A-Z_]*|PYENV_[A-Z_]+|UV_[A-Z_]*(?:DIR|INSTALL|OFFLINE|FROZEN|LOCKED|SYNC|PYTHON)|POETRY_(?:ACTIVE|HOME|CACHE_DIR|CONFIG_DIR|DATA_DIR|VIRTUALENVS_[A-Z_]+)|PIPENV_[A-Z_]+|WORKON_HOME|PDM_[A-Z_]*(?:DIR|HOME|VENV)|RYE_HOME|ASDF_[A-Z_]+|MISE_[A-Z_]+|NIX_[A-Z_]+|(?:SSL_CERT|REQUESTS_CA)[A-Z_]*|FLASK_(?:APP|ENV|DEBUG|RUN_[A-Z_]+|SKIP_DOTENV)|ALEMBIC_CONFIG|APP_ENV|ENV|ENVIRONMENT|STAGE|LOG_?LEVEL|DEBUG|TESTING|TEST_[A-Z_]*COUNT|GITHUB_ACTIONS|XDG_RUNTIME_DIR)$/

/** Whether the command may receive a variable with this name. Its value is checked separately. */
export function isHarmlessName(name: string): boolean {
  return harmless.test(name.toUpperCase())
}

/** Whether a variable says how to use a database rather than which one, such as `DB_POOL_SIZE`. */
export function isSettingName(name: string): boolean {
  const words = name.toUpperCase().split(/_+/)
  return words.some((word) => databaseWord.test(word)) && settingWord.test(words.at(-1) ?? '')
}
