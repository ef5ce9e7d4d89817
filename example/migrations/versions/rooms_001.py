"""Rooms

Revision ID: rooms_001
Revises:
"""
import sqlalchemy as sa
from alembic import op

revision = "rooms_001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
    )


def downgrade():
    op.drop_table("rooms")
