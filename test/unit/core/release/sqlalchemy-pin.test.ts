import { expect, test } from 'vitest'
import {
  sqlalchemyMajorIn,
  sqlalchemyMajorInProject,
  sqlalchemyMajorOf,
} from '../../../../src/core/release/sqlalchemy-pin.ts'

test.each([
  ['==1.4.46', 1],
  ['==1.2.7', 1],
  ['<2', 1],
  ['< 2.0', 1],
  ['>=1.4,<2.0', 1],
  ['>=1.4, <2.0', 1],
  ['~=1.4.20', 1],
  ['^1.4', 1],
  ['==1.4.*', 1],
  ['==2.0.12', 2],
  ['===2.0.12', 2],
  ['>=2', 2],
  ['>=2.0.1,<2.1', 2],
  ['~=2.0', 2],
  ['^2.0.25', 2],
  ['>1.4', null],
  ['>=1.3', null],
  ['!=1.4.0', null],
  ['', null],
  ['@ git+https://example.com/sqlalchemy', null],
])('SQLAlchemy%s', (specifier, major) => {
  expect(sqlalchemyMajorOf(specifier)).toBe(major)
})

test.each([
  ['SQLAlchemy==1.4.46\nalembic\n', false, 1],
  ['sqlalchemy[asyncio] >= 2.0 ; python_version > "3.8"\n', false, 2],
  ['sqlalchemy\n', false, null],
  ['sqlalchemy<2\nsqlalchemy>=2\n', false, null],
  ['flask-sqlalchemy==3.1.1\n', false, undefined],
  ['[[package]]\nname = "sqlalchemy"\nversion = "2.0.30"\n', true, 2],
  ['[[package]]\nname = "alembic"\nversion = "1.13.1"\n', true, undefined],
])('the file %j', (text, isLock, major) => {
  expect(sqlalchemyMajorIn(text, isLock)).toBe(major)
})

test.each([
  ['[tool.poetry.dependencies]\nSQLAlchemy = "1.4.54"\nsqlalchemy2-stubs = "0.0.2"\n', 1],
  ['[tool.poetry.dependencies]\nsqlalchemy = { version = "^2.0", extras = ["asyncio"] }\n', 2],
  ['[tool.poetry.dependencies]\nsqlalchemy = { git = "https://example.com/sqlalchemy" }\n', null],
  [
    '[tool.poetry.dependencies]\nsqlalchemy = "^1.4"\n[tool.poetry.group.new.dependencies]\nsqlalchemy = "^2"\n',
    null,
  ],
  ['[project]\ndependencies = ["alembic", "SQLAlchemy[asyncio]>=1.4,<2; python_version > \'3.8\'"]\n', 1],
  ['[project]\ndependencies = [\n  "sqlalchemy (>=2.0)",\n  # "sqlalchemy<2",\n]\n', 2],
  ['[project]\ndependencies = ["sqlalchemy"]\n', null],
  ['[tool.mypy]\nplugins = ["sqlalchemy.ext.mypy.plugin"]\n', undefined],
  ['[project]\ndependencies = ["flask-sqlalchemy==3.1.1", "sqlalchemy-utils<2"]\n', undefined],
])('the pyproject.toml %j', (text, major) => {
  expect(sqlalchemyMajorInProject(text)).toBe(major)
})
