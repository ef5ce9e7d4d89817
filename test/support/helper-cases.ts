/** Migrations with helper classes, in database states where the migrations fail. */
import type { ReplayCase } from './dry-run-cases.ts'

const helper = [
  'class Helper:',
  "    kind = 'Integer'",
  '    def __init__(self, op, table):',
  '        self.op = op',
  '        self.table = table',
  '        self.reset()',
  '    def reset(self):',
  "        self.there = [c['name'] for c in sa.inspect(self.op.get_bind()).get_columns(self.table)]",
  '    def add(self, name):',
  '        if name not in self.there:',
  '            self.op.add_column(self.table, sa.Column(name, self.type_of(self.kind)))',
  '    @staticmethod',
  '    def type_of(kind):',
  "        return sa.Integer() if kind == 'Integer' else sa.String()",
  '    @classmethod',
  '    def of(cls, table):',
  '        return cls(op, table)',
]
const one = 'CREATE TABLE seats (id int)'
const two = 'CREATE TABLE seats (id int, label int)'
const byClass = [
  'import enum',
  'class Kind(enum.Enum):',
  "    a = 'a'",
  'class Other(enum.Enum):',
  "    a = 'a'",
  "columns = {Kind: 'label', Other: 'hall'}",
]

const added = (first: string, second: string, options = ''): readonly string[] => [
  'from dataclasses import dataclass, field',
  'from typing import ClassVar',
  `@dataclass${options}`,
  'class Added:',
  `    ${first}`,
  `    ${second}`,
  '    def add(self):',
  '        op.add_column(self.table, sa.Column(self.name, sa.Integer()))',
]
const plainly = added('name: str', "table: str = 'seats'", '(frozen=True)')

/** Cases for PostgreSQL and SQLite. */
export const helperCases: readonly ReplayCase[] = [
  {
    name: 'an object that remembers the columns of a table',
    code: 'AG301',
    live: one,
    pending: [...helper, "helper = Helper(op, 'seats')", "helper.add('label')", "helper.add('label')"],
    passes: [
      { live: two },
      { pending: [...helper, "helper = Helper.of('seats')", "helper.add('label')", "helper.add('hall')"] },
      {
        pending: [
          ...helper,
          "helper = Helper(op, 'seats')",
          "helper.add('label')",
          'helper.reset()',
          "helper.add('label')",
        ],
      },
    ],
  },
  {
    name: 'an attribute that is assigned from outside',
    code: 'AG302',
    live: one,
    pending: [...helper, "helper = Helper(op, 'seats')", "helper.table = 'halls'", "helper.add('label')"],
    passes: [
      { live: 'CREATE TABLE seats (id int); CREATE TABLE halls (id int)' },
      { pending: [...helper, "helper = Helper(op, 'seats')", "helper.add('label')"] },
    ],
  },
  {
    name: 'a dataclass',
    code: 'AG301',
    live: one,
    pending: [...plainly, "Added('label').add()", "Added(name='label').add()"],
    passes: [
      {
        live: 'CREATE TABLE seats (id int); CREATE TABLE label (id int)',
        pending: [...plainly, "Added('label').add()", "Added('label', table='label').add()"],
      },
      // A class variable isn't a parameter.
      { pending: [...added("table: ClassVar[str] = 'seats'", 'name: str'), "Added('seats').add()"] },
      {
        pending: [
          ...added("table: str = field(default='id', init=False)", "name: str = field(default='id')"),
          "added = Added('label')",
          "added.table = 'seats'",
          'added.add()',
        ],
      },
      {
        pending: [
          ...added('name: str', "table: str = 'seats'", '(kw_only=True)'),
          "Added(name='label').add()",
        ],
      },
    ],
  },
  {
    name: 'columns listed by enum class',
    code: 'AG301',
    live: two,
    pending: [...byClass, "op.add_column('seats', sa.Column(columns[Kind], sa.Integer()))"],
    passes: [
      { live: one },
      { pending: [...byClass, "op.add_column('seats', sa.Column(columns[Other], sa.Integer()))"] },
      {
        pending: [
          ...byClass,
          "for name in list(columns.values())[1:]: op.add_column('seats', sa.Column(name, sa.Integer()))",
        ],
      },
    ],
  },
]
