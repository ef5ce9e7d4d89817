/** Calls that SQLAlchemy 2 removed, each paired with a call that still works. */

export interface RemovedCall {
  readonly name: string
  /** Lines in `upgrade()` that follow `bind = op.get_bind()` and the definition of a table `t`. */
  readonly fails: readonly string[]
  readonly error: RegExp
  readonly passes: readonly string[]
}

const notExecutable = /Not an executable object: 'SELECT 1'/
const session = 'from sqlalchemy.orm import Session; session = Session(bind=bind)'

export const removedCalls: readonly RemovedCall[] = [
  {
    name: 'a string as a statement',
    fails: ['bind.execute("SELECT 1")'],
    error: notExecutable,
    passes: [
      'bind.execute(sa.text("SELECT 1"))',
      'op.execute("SELECT 1")',
      'bind.exec_driver_sql("SELECT 1")',
    ],
  },
  {
    name: 'a string in a variable, in a function',
    fails: ['query = "SELECT 1"', 'def run(connection): return connection.scalar(query)', 'run(bind)'],
    error: notExecutable,
    passes: [
      'query = sa.text("SELECT 1")',
      'def run(connection): return connection.scalar(query)',
      'run(bind)',
    ],
  },
  {
    name: 'an f-string',
    fails: ['for name in ("a", "b"):', '    op.get_bind().execute(f"SELECT {name} FROM t")'],
    error: /Not an executable object: /,
    passes: ['for name in ("a", "b"):', '    op.get_bind().execute(sa.text(f"SELECT {name} FROM t"))'],
  },
  {
    name: "the context's connection",
    fails: ['op.get_context().bind.execute("SELECT 1")'],
    error: notExecutable,
    passes: ['op.get_context().bind.execute(sa.text("SELECT 1"))'],
  },
  {
    name: 'a string, in a session',
    fails: [session, 'session.execute("SELECT 1")'],
    error: /Textual SQL expression 'SELECT 1' should be explicitly declared as text\('SELECT 1'\)/,
    passes: [
      session,
      'session.execute(sa.text("SELECT 1"))',
      'session.connection().execute(sa.text("SELECT 1"))',
    ],
  },
  {
    name: "a string, in a session's connection",
    fails: [session, 'session.connection().execute("SELECT 1")'],
    error: notExecutable,
    passes: [session, 'session.connection().execution_options().execute(sa.text("SELECT 1"))'],
  },
  {
    name: 'a list of columns',
    fails: ['bind.execute(sa.select([t.c.a]))'],
    error: /Column expression, FROM clause, or other columns clause element expected, got \[.*\]/,
    passes: ['bind.execute(sa.select(t.c.a))', 'columns = [t.c.a]', 'bind.execute(sa.select(*columns))'],
  },
  {
    name: 'a list of conditions',
    fails: ['from sqlalchemy.sql import case', 'case([(t.c.a == 1, 2)], else_=3)'],
    error:
      /The "whens" argument to case\(\), when referring to a sequence of items, is now passed as a series/,
    passes: [
      'from sqlalchemy.sql import case',
      'case((t.c.a == 1, 2), else_=3)',
      'case({1: 2}, value=t.c.a)',
    ],
  },
  {
    name: 'parameters as keywords',
    fails: ['bind.execute(sa.text("SELECT :a"), a=1)'],
    error: /Connection\.execute\(\) got an unexpected keyword argument 'a'/,
    passes: [
      'bind.execute(sa.text("SELECT :a"), {"a": 1})',
      'bind.execute(sa.text("SELECT :a").bindparams(a=1))',
    ],
  },
  {
    name: 'MetaData(bind=…)',
    fails: ['sa.MetaData(bind=bind)'],
    error: /MetaData\.__init__\(\) got an unexpected keyword argument 'bind'/,
    passes: ['sa.MetaData().reflect(bind)', 'sa.MetaData(schema="main")'],
  },
  {
    name: 'MetaData(connection)',
    fails: ['sa.MetaData(bind)'],
    error: /expected schema argument to be a string, got <class 'sqlalchemy\.engine\.base\.Connection'>\./,
    passes: ['sa.MetaData()'],
  },
  {
    name: 'Table(autoload=True)',
    fails: ['sa.Table("t", sa.MetaData(), autoload=True, autoload_with=bind)'],
    error: /Additional arguments should be named <dialectname>_<argument>, got 'autoload'/,
    passes: ['sa.Table("t", sa.MetaData(), autoload_with=bind)'],
  },
  {
    name: 'the execute method of an engine',
    fails: ['bind.engine.execute("SELECT 1")'],
    error: /'Engine' object has no attribute 'execute'/,
    passes: ['with bind.engine.connect() as other:', '    other.execute(sa.text("SELECT 1"))'],
  },
  {
    name: 'a condition of update()',
    fails: ['bind.execute(t.update(t.c.a == 1).values(a=2))'],
    error: /TableClause\.update\(\) takes 1 positional argument but 2 were given/,
    passes: ['bind.execute(t.update().where(t.c.a == 1).values(a=2))'],
  },
  {
    name: 'a condition of select()',
    fails: ['bind.execute(t.select(t.c.a == 1))'],
    error: /FromClause\.select\(\) takes 1 positional argument but 2 were given/,
    passes: ['bind.execute(t.select().where(t.c.a == 1))', 'conditions = []', 't.select(*conditions)'],
  },
  {
    name: 'a condition of the function delete()',
    fails: ['bind.execute(sa.delete(t, t.c.a == 1))'],
    error: /delete\(\) takes 1 positional argument but 2 were given/,
    passes: ['bind.execute(sa.delete(t).where(t.c.a == 1))'],
  },
]

/** Cases that SQLAlchemy 2 accepts, because the call doesn't run, goes to the driver, or fails inside a `try`. */
export const soundCalls: readonly (readonly [string, readonly string[]])[] = [
  ['in a try', ['try:', '    bind.execute("SELECT 1")', 'except Exception:', '    pass']],
  ['under a condition', ['if bind.dialect.name == "mysql":', '    bind.execute("SELECT 1")']],
  ['in a function that is not called', ['def run(): bind.execute("SELECT 1")']],
  ["with the driver's own cursor", ['bind.connection.cursor().execute("SELECT 1")']],
  ["with the driver's own connection", ['bind.connection.execute("SELECT 1")']],
]
