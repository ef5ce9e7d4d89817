"""reservations

Revision ID: reservations_010
Revises: guest_phone_009
Create Date: 2026-05-19 09:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "reservations_010"
down_revision = "guest_phone_009"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "reservations",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
    )


def downgrade():
    op.drop_table("reservations")
