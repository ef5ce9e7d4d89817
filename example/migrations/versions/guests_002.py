"""Guests

Revision ID: guests_002
Revises: rooms_001
"""
import sqlalchemy as sa
from alembic import op

revision = "guests_002"
down_revision = "rooms_001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "guests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
    )


def downgrade():
    op.drop_table("guests")
