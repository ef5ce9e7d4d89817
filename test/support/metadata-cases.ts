/** Ways for env.py to obtain its metadata, with the names that result from the naming convention. */

/** `MODULE` is replaced with a module name that only this case uses. */
export interface MetadataCase {
  readonly name: string
  /** Contents of MODULE.py. */
  readonly module: string
  /** Additional modules, by suffix: `_b` is written to MODULE_b.py. */
  readonly others?: Readonly<Record<string, string>>
  /** Lines in env.py that define `target_metadata`. */
  readonly env: string
  /** The call that passes the metadata to Alembic; undefined to use the standard call. */
  readonly configure?: string
  /** Name of the UNIQUE constraint on the column `place` of the new table `seats`. */
  readonly unique: string
  /** True if the guard can't know the name. */
  readonly unknown?: true
}

/** Returns the call that passes the metadata to Alembic. */
export function configureOf({ configure }: MetadataCase): string {
  return configure ?? 'context.configure(connection=connection, target_metadata=target_metadata)'
}

const convention = `{
    'ix': 'ix_%(column_0_label)s', 'uq': 'uq_%(table_name)s_%(column_0_name)s', 'ck': 'ck_%(table_name)s_%(constraint_name)s',
    'fk': 'fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s', 'pk': 'pk_%(table_name)s',
}`
const named = `from sqlalchemy import MetaData\nnaming = ${convention}\n`
const ofBase = 'from MODULE import Base\ntarget_metadata = Base.metadata'
const plain = 'seats_place_key'
const conventional = 'uq_seats_place'
const declarative = 'from sqlalchemy.orm import declarative_base\n'

export const metadataCases: readonly MetadataCase[] = [
  {
    name: 'a metadata among unpacked arguments',
    module: `${named}metadata = MetaData(naming_convention=naming)`,
    env: "from MODULE import metadata\noptions = {'target_metadata': metadata}",
    configure: 'context.configure(connection=connection, **options)',
    unique: conventional,
    unknown: true,
  },
  {
    name: 'a call of context.configure in another module, beside another configure() in env.py',
    module: `from alembic import context\n${named}def set_up(connection):\n    context.configure(connection=connection, target_metadata=MetaData(naming_convention=naming))`,
    env: 'from MODULE import set_up\nclass Log:\n    def configure(self):\n        pass\nLog().configure()',
    configure: 'set_up(connection)',
    unique: conventional,
    unknown: true,
  },
  {
    name: 'context.configure under another name',
    module: `${named}metadata = MetaData(naming_convention=naming)`,
    env: 'from MODULE import metadata\nfrom alembic.context import configure',
    configure: 'configure(connection, target_metadata=metadata)',
    unique: conventional,
  },
  {
    name: 'a name that two modules import from each other, which another import provides first',
    module: `${declarative}Base = declarative_base()\nimport MODULE_b\nfrom MODULE_b import Base`,
    others: { _b: 'from MODULE import Base' },
    env: ofBase,
    unique: plain,
    unknown: true,
  },
  {
    name: 'modules that star-import each other',
    module: `from MODULE_b import *\n${declarative}Base = declarative_base()`,
    others: { _b: 'from MODULE_c import *', _c: 'from MODULE_b import *' },
    env: 'import MODULE_c as models\ntry:\n    target_metadata = models.Base.metadata\nexcept AttributeError:\n    from MODULE import Base\n    target_metadata = Base.metadata',
    unique: plain,
    unknown: true,
  },
  {
    name: 'declarative_base()',
    module: `${declarative}Base = declarative_base()`,
    env: ofBase,
    unique: plain,
  },
  {
    name: 'declarative_base(metadata=…)',
    module: `${declarative}${named}Base = declarative_base(metadata=MetaData(naming_convention=naming))`,
    env: ofBase,
    unique: conventional,
  },
  {
    name: 'a metadata imported from another module, with a convention from a third',
    module: `from sqlalchemy.orm import registry\nfrom MODULE_b import metadata\nmapper = registry(metadata=metadata)\nBase = mapper.generate_base()`,
    others: {
      _b: 'from sqlalchemy import MetaData\nimport MODULE_c as config\nmetadata = MetaData(naming_convention=config.NAMING)',
      _c: `NAMING = ${convention}`,
    },
    env: ofBase,
    unique: conventional,
  },
  {
    name: '@as_declarative()',
    module: `from sqlalchemy.orm import as_declarative\n@as_declarative()\nclass Base:\n    id = None`,
    env: ofBase,
    unique: plain,
  },
  {
    name: '@as_declarative(metadata=…), which replaces the metadata in the body of the class',
    module: `from sqlalchemy.orm import as_declarative\n${named}@as_declarative(metadata=MetaData(naming_convention=dict(naming)))\nclass Base:\n    metadata = MetaData()`,
    env: ofBase,
    unique: conventional,
  },
  {
    name: 'a subclass of the base, through a package with a star import',
    module: 'from MODULE_b import *\nclass Model(Base):\n    __abstract__ = True',
    others: {
      _b: `${declarative}${named}Base = declarative_base(metadata=MetaData(naming_convention={**naming}))`,
    },
    env: 'import MODULE as models\ntarget_metadata = models.Model.metadata',
    unique: conventional,
  },
  {
    name: 'a convention that is assigned later',
    module: `${declarative}${named}Base = declarative_base()\nBase.metadata.naming_convention = naming`,
    env: ofBase,
    unique: conventional,
  },
  {
    name: 'a list of metadata, which has no convention',
    module: `${declarative}${named}Base = declarative_base(metadata=MetaData(naming_convention=naming))`,
    env: 'from MODULE import Base\ntarget_metadata = [Base.metadata]',
    unique: plain,
  },
  {
    name: 'a function that returns the metadata',
    module: `${named}metadata = MetaData(naming_convention=naming)\ndef get_metadata(kind):\n    if kind:\n        return metadata\n    return metadata`,
    env: 'import MODULE\ntarget_metadata = MODULE.get_metadata(1)',
    unique: conventional,
  },
  {
    name: 'an attribute that the constructor assigns',
    module: `${named}class Database:\n    def __init__(self):\n        self.metadata = MetaData(naming_convention=naming)\ndb = Database()`,
    env: 'from MODULE import db\ntarget_metadata = db.metadata',
    unique: conventional,
  },
  {
    name: 'names that are bound again',
    module: `${declarative}${named}Base = declarative_base()\nBase = declarative_base(metadata=MetaData(naming_convention=naming))`,
    env: 'target_metadata = None\nfrom MODULE import Base\ntarget_metadata = Base.metadata',
    unique: conventional,
  },
  {
    name: 'a convention whose key has no entry',
    module: `from sqlalchemy import MetaData\nmetadata = MetaData(naming_convention={'pk': 'pk_%(table_name)s'})`,
    env: 'from MODULE import metadata as target_metadata',
    unique: plain,
  },
  {
    name: 'a long name, shortened with a hash',
    module: `from sqlalchemy import MetaData\nmetadata = MetaData(naming_convention={'uq': 'unique_constraint_on_the_table_named_%(table_name)s_and_on_the_only_column_%(column_0_N_name)s'})`,
    env: 'from MODULE import metadata as target_metadata',
    unique: 'unique_constraint_on_the_table_named_seats_and_on_the_o_85df',
  },
  {
    name: 'a convention that another module assigns',
    module: `${declarative}Base = declarative_base()`,
    others: { _b: `${named}import MODULE\nMODULE.Base.metadata.naming_convention = naming` },
    env: `${ofBase}\nimport MODULE_b`,
    unique: conventional,
    unknown: true,
  },
  {
    name: 'a convention that a function assigns',
    module: `${declarative}${named}Base = declarative_base()\ndef prepare(metadata):\n    setattr(metadata, 'naming_convention', naming)\nprepare(Base.metadata)`,
    env: ofBase,
    unique: conventional,
    unknown: true,
  },
  {
    name: 'a dictionary that is changed',
    module: `${named}naming['uq'] = 'unique_%(table_name)s'\nmetadata = MetaData(naming_convention=naming)`,
    env: 'from MODULE import metadata as target_metadata',
    unique: 'unique_seats',
    unknown: true,
  },
  {
    name: 'a function of the project as a token',
    module: `from sqlalchemy import MetaData\ndef short(constraint, table):\n    return table.name[:2]\nmetadata = MetaData(naming_convention={'short': short, 'uq': 'uq_%(short)s'})`,
    env: 'from MODULE import metadata as target_metadata',
    unique: 'uq_se',
    unknown: true,
  },
  {
    name: 'one of two metadata',
    module: `import sys\n${named}if sys.argv:\n    metadata = MetaData(naming_convention=naming)\nelse:\n    metadata = MetaData()`,
    env: 'from MODULE import metadata as target_metadata',
    unique: conventional,
    unknown: true,
  },
  {
    name: 'a global that a function assigns',
    module: `${named}metadata = MetaData()\ndef prepare():\n    global metadata\n    metadata = MetaData(naming_convention=naming)\nprepare()`,
    env: 'from MODULE import metadata as target_metadata',
    unique: conventional,
    unknown: true,
  },
]

/** Cases that use Flask-SQLAlchemy. */
export const flaskCases: readonly MetadataCase[] = [
  {
    name: 'SQLAlchemy()',
    module: 'from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()',
    env: 'from MODULE import db\ntarget_metadata = db.metadata',
    unique: plain,
  },
  {
    name: 'SQLAlchemy(metadata=…)',
    module: `from flask_sqlalchemy import SQLAlchemy\n${named}class Own(SQLAlchemy):\n    pass\ndb = Own(metadata=MetaData(naming_convention=naming))`,
    env: 'from MODULE import db\ntarget_metadata = db.Model.metadata',
    unique: conventional,
  },
  {
    name: 'SQLAlchemy(model_class=…) with a class that is only known at run time',
    module: `from flask_sqlalchemy import SQLAlchemy\n${declarative}${named}bases = [declarative_base(metadata=MetaData(naming_convention=naming))]\ndb = SQLAlchemy(model_class=bases.pop())`,
    env: 'from MODULE import db\ntarget_metadata = db.Model.metadata',
    unique: conventional,
    unknown: true,
  },
  {
    name: "Flask-Migrate's template",
    module: `from flask import Flask\nfrom flask_migrate import Migrate\nfrom flask_sqlalchemy import SQLAlchemy\n${named}db = SQLAlchemy(metadata=MetaData(naming_convention=naming))\nmigrate = Migrate()\napp = Flask(__name__)\napp.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'\ndb.init_app(app)\nmigrate.init_app(app, db)`,
    env: `from MODULE import app\napp.app_context().push()\nfrom flask import current_app\ntarget_db = current_app.extensions['migrate'].db\ndef get_metadata():\n    if hasattr(target_db, 'metadatas'):\n        return target_db.metadatas[None]\n    return target_db.metadata\ntarget_metadata = get_metadata()`,
    unique: conventional,
  },
]
