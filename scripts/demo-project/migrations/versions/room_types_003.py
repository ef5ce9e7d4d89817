"""room types

Revision ID: room_types_003
Revises: add_email_002
Create Date: 2026-02-12 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "room_types_003"
down_revision = "add_email_002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "room_types",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(60), nullable=False),
    )


def downgrade():
    op.drop_table("room_types")
