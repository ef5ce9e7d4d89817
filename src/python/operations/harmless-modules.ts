/** Libraries and modules whose functions don't change the database. */

/** Modules that don't change the database unless they receive the connection. */
const harmless = new Set(
  (
    'abc argparse array ast base64 binascii bisect calendar collections contextlib contextvars copy csv dataclasses datetime decimal ' +
    'difflib enum fractions functools gc getpass glob hashlib hmac html inspect io ipaddress itertools json locale logging ' +
    'math numbers operator os pathlib pickle platform pprint random re secrets shutil socket statistics string struct sys ' +
    'tempfile textwrap threading time timeit traceback types typing typing_extensions unicodedata urllib uuid warnings ' +
    'weakref xml zipfile zlib zoneinfo __future__ six dateutil pytz tqdm structlog yaml simplejson orjson slugify ' +
    'importlib.resources pkg_resources packaging colorama click rich unidecode cryptography passlib bcrypt ulid loguru oslo_log oslo_utils oslo_serialization oslo_config faker nanoid shortuuid babel humanize markdown bs4 jinja2 attr attrs uuid_utils funcy shapely requests httpx werkzeug dotenv pydantic numpy'
  ).split(' '),
)

const acting = /^os\.(?:system|exec|spawn|popen|fork)|^sys\.modules/

export function isHarmlessModule(path: string): boolean {
  const root = path.split('.')[0] ?? ''
  return (harmless.has(root) || path.startsWith('importlib.resources')) && !acting.test(path)
}
