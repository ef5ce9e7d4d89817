"""Runs the migrations on the database of the release."""
import os

from alembic import context
from sqlalchemy import create_engine, pool

# Heroku writes postgres://, SQLAlchemy knows only postgresql://.
url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)

with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
