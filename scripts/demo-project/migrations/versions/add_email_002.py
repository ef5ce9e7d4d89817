"""guests have an email

Revision ID: add_email_002
Revises: base_001
Create Date: 2026-01-11 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "add_email_002"
down_revision = "base_001"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("guests", sa.Column("email", sa.String(255), nullable=True))


def downgrade():
    op.drop_column("guests", "email")
