"""guests and rooms

Revision ID: base_001
Revises: 
Create Date: 2026-01-10 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "base_001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "guests",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
    )
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("number", sa.String(8), nullable=False),
    )


def downgrade():
    op.drop_table("rooms")
    op.drop_table("guests")
