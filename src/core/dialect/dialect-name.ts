/** SQLAlchemy's name for a kind of database. */
export type DialectName = 'postgresql' | 'sqlite'
