import { expect, test } from 'vitest'
import { sqlalchemyMajorIn, sqlalchemyMajorOf } from '../../../../src/core/release/sqlalchemy-pin.ts'

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
