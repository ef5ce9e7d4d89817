/** SQLAlchemy's name for a kind of database. Reports and URLs use the same names. */
export type DialectName = 'postgresql' | 'sqlite'
