import { describe, expect, test } from 'vitest'
import { findModels } from '../../../../src/python/lint/model-names.ts'

const span = { path: 'versions/a.py', line: 1, column: 1 }
const models = `class Base:
    pass


class User(Base):
    name: Mapped[str]
    __tablename__ = "users"

    id = Column(Integer)
    status = Column("state", Text)
    org: Mapped[Org] = orm.relationship(back_populates="users")

    def email(self):
        email = 1


class Org(Base):
    __tablename__ = "orgs"
    email = Column(Text)


tags = sa.Table(
    "tags", metadata)
`

function placesIn(table: string, column: string | null): readonly string[] {
  const found = findModels(models, 'app/models.py', [{ table, column, to: null, span }])
  return found.map(({ span: at }) => `${at.line}:${at.column}`)
}

describe('a model maps', () => {
  test.each([
    ['users', null, ['7:5']],
    ['tags', null, ['22:8']],
    ['users', 'id', ['9:5']],
    ['users', 'name', ['6:5']],
    ['orgs', 'email', ['19:5']],
  ] as const)('%s %s', (table, column, places) => {
    expect(placesIn(table, column)).toEqual(places)
  })

  test("a column under another name, a local name and another class don't count", () => {
    expect(placesIn('users', 'status')).toEqual([])
    expect(placesIn('users', 'email')).toEqual([])
    expect(placesIn('users', 'org')).toEqual([])
    expect(placesIn('orgs', 'id')).toEqual([])
    expect(placesIn('user', null)).toEqual([])
  })
})
