#!/usr/bin/env node
/**
 * Creates the demo's SQLite file. If STAMP is guest_lockout_001, the file includes the changes made by that
 * lost migration. Executes the migrations' SQL verbatim, because the guard checks SQLite's schema-change counter.
 * Usage: demo-database.mjs FILE STAMP
 */
import Database from 'better-sqlite3'

const [file, stamp] = process.argv.slice(2)
const database = new Database(file)
database.exec(`
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE guests (id INTEGER NOT NULL, name VARCHAR(120) NOT NULL, PRIMARY KEY (id));
CREATE TABLE rooms (id INTEGER NOT NULL, number VARCHAR(8) NOT NULL, PRIMARY KEY (id));
ALTER TABLE guests ADD COLUMN email VARCHAR(255);
CREATE TABLE room_types (id INTEGER NOT NULL, title VARCHAR(60) NOT NULL, PRIMARY KEY (id));
ALTER TABLE rooms ADD COLUMN room_type_id INTEGER;
CREATE TABLE rates (id INTEGER NOT NULL, room_type_id INTEGER NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY (id));
CREATE TABLE staff (id INTEGER NOT NULL, login VARCHAR(60) NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_guests_email ON guests (email);
CREATE TABLE payments (id INTEGER NOT NULL, guest_id INTEGER NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY (id));
ALTER TABLE guests ADD COLUMN phone VARCHAR(40);
`)
if (stamp === 'guest_lockout_001') {
  database.exec(
    'CREATE TABLE guest_lockout (id INTEGER NOT NULL, guest_id INTEGER NOT NULL, PRIMARY KEY (id))',
  )
}
database.prepare('INSERT INTO alembic_version VALUES (?)').run(stamp)
database.close()
